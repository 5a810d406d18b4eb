"""What a worker holds outlasts its run: another run takes it over, or it is stopped in reverse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.engines.fleet.things import Thing
from tierdeps.engines.fleet.held_run import HeldRun, engine_of
from tierdeps.engines.fleet.messages import Cancel, Hello, Invoke, Load, Reply, Undo, to_engine
from tierdeps.engines.remote import DriverSpec, RemoteCall
from tierdeps.logs import CURRENT_DRIVER

if TYPE_CHECKING:
    from tests.engines.fleet.conftest import Log

#: What a run calls to bring a driver up, and to stop it.
UP = ("probe", "adopt", "cleanup", "start")


class Run:
    """The executor's side of a run: sends requests, and awaits their replies."""

    def __init__(self, log: Log, session: str, *drivers: str, **settings: object) -> None:
        self.hello = Hello(session, "graph@a", drivers, (), 5.0)
        self.settings = {"log": str(log.path), **settings}
        self.replies: dict[int, asyncio.Future[Reply]] = {}
        self.held: HeldRun | None = None

    def begin(self) -> HeldRun:
        self.held = HeldRun(self.hello, self.take, engine_of(self.hello))
        return self.held

    async def follow(self, held: HeldRun) -> None:
        self.held = held
        await held.take_over(self.hello, self.take)

    def take(self, body: bytes) -> None:
        message = to_engine.decode(body)
        if isinstance(message, Reply):
            self.replies[message.number].set_result(message)

    def ask(self, driver: str, phase: str | None = None, **changes: Any) -> asyncio.Future[Reply]:
        assert self.held is not None
        spec = replace(DriverSpec(driver, ("start",), f"{Thing.__module__}:Thing"), **changes)
        number = len(self.replies) + 1
        self.replies[number] = asyncio.get_running_loop().create_future()
        self.held.take(
            Load(number, spec) if phase is None else Invoke(number, RemoteCall(spec, phase, self.settings, 5))
        )
        return self.replies[number]

    def undo(self, driver: str) -> asyncio.Future[Reply]:
        assert self.held is not None
        number = len(self.replies) + 1
        self.replies[number] = asyncio.get_running_loop().create_future()
        self.held.take(Undo(number, driver, 5.0))
        return self.replies[number]

    async def up(self, *drivers: str, **changes: Any) -> None:
        for driver in drivers:
            for phase in (None, *UP):
                assert (await self.ask(driver, phase, **changes)).failure is None


FIRST = ["one cleanup", "one start", "two cleanup", "two start"]
STOPPED = ["two stop", "two cleanup", "one stop", "one cleanup"]


def test_without_a_run_drivers_are_stopped_in_reverse(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one", "two")
        held = run.begin()
        await run.up("one", "two")
        before = CURRENT_DRIVER.get()
        await held.stop()
        assert not held.holds_any
        assert CURRENT_DRIVER.get() == before  # what is printed next is no output of a driver

    asyncio.run(main())
    assert log.lines == [*FIRST, *STOPPED]


def test_a_failed_stop_keeps_no_other_driver_from_being_stopped(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one", "two", fail="stop")
        held = run.begin()
        await run.up("one", "two")
        await held.stop()

    asyncio.run(main())
    assert log.lines == [*FIRST, *STOPPED]


def test_a_call_that_hangs_is_cancelled_before_its_driver_is_stopped(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one", hang="start")
        held = run.begin()
        await run.ask("one")
        run.ask("one", "start")
        await log.wait_for("one start")
        await held.stop()

    asyncio.run(main())
    assert log.lines == ["one start", "one start cancelled", "one stop", "one cleanup"]


def test_another_run_takes_over_without_a_second_start(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one", "two"), Run(log, "second", "one", "two")
        held = first.begin()
        await first.up("one", "two")
        await second.follow(held)
        await second.up("one", "two")
        assert log.lines == FIRST
        for name in ("two", "one"):
            await second.ask(name, "stop")
            await second.ask(name, "cleanup")
        assert not held.holds_any

    asyncio.run(main())
    assert log.lines == [*FIRST, *STOPPED]


def test_a_driver_is_started_again_after_it_was_stopped(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one"), Run(log, "second", "one")
        held = first.begin()
        await first.up("one")
        await second.follow(held)
        await second.up("one")
        await second.ask("one", "stop")
        await second.ask("one", "start")

    asyncio.run(main())
    assert log.lines == ["one cleanup", "one start", "one stop", "one start"]


def test_a_driver_that_another_run_does_not_have_is_stopped(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one", "two"), Run(log, "second", "two")
        held = first.begin()
        await first.up("one", "two")
        await second.follow(held)
        await second.up("two")

    asyncio.run(main())
    assert log.lines == [*FIRST, "one stop", "one cleanup"]


def test_a_driver_that_has_changed_is_stopped_and_started(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one"), Run(log, "second", "one")
        held = first.begin()
        await first.up("one")
        await second.follow(held)
        await second.up("one", shared=frozenset({"other"}))

    asyncio.run(main())
    assert log.lines == ["one cleanup", "one start", "one stop", "one cleanup", "one cleanup", "one start"]


def test_a_driver_whose_settings_have_changed_is_reloaded(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one"), Run(log, "second", "one", size=7)
        held = first.begin()
        await first.up("one")
        await second.follow(held)
        await second.up("one")

    asyncio.run(main())
    assert log.lines == ["one cleanup", "one start", "one reload"]


def test_a_driver_that_was_not_whole_is_stopped_before_it_is_started_again(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one", hang="start"), Run(log, "second", "one")
        held = first.begin()
        await first.ask("one")
        first.ask("one", "start")
        await log.wait_for("one start")
        await second.follow(held)
        await second.up("one")

    asyncio.run(main())
    assert log.lines == ["one start", "one start cancelled", "one stop", "one cleanup", "one cleanup", "one start"]


def test_a_request_that_is_cancelled_before_it_has_started_gets_its_reply(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one")
        held = run.begin()
        reply = run.ask("one")
        held.take(Cancel(1))
        failure = (await reply).failure
        assert failure is not None
        assert failure.message == "the call was cancelled"

    asyncio.run(main())


def test_a_call_of_what_was_not_loaded_fails(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one")
        run.begin()
        failure = (await run.ask("one", "start")).failure
        assert failure is not None
        assert failure.message == "the lifecycle of 'one' was not loaded here"

    asyncio.run(main())


def test_a_session_that_attaches_stops_one_driver_after_the_other(log: Log) -> None:
    async def main() -> None:
        first, second = Run(log, "first", "one", "two"), Run(log, "second")
        held = first.begin()
        await first.up("one", "two")
        assert await held.attach("second", second.take) == ("one", "two")
        second.held = held
        assert [(await second.undo(name)).result for name in ("two", "one", "one")] == ["", "", ""]
        assert not held.holds_any

    asyncio.run(main())
    assert log.lines == [*FIRST, *STOPPED]


def test_what_goes_wrong_in_the_stop_of_a_held_driver_is_returned(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one", fail="stop")
        held = run.begin()
        await run.up("one")
        await held.attach("second", run.take)
        assert (await run.undo("one")).result == "stop: OSError: no such device"

    asyncio.run(main())
    assert log.lines == ["one cleanup", "one start", "one stop", "one cleanup"]


def test_a_call_that_goes_on_is_cancelled_before_what_is_held_is_stopped(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one", hang="start")
        held = run.begin()
        await run.ask("one")
        run.ask("one", "start")
        await log.wait_for("one start")
        assert await held.attach("second", run.take) == ("one",)
        await run.undo("one")

    asyncio.run(main())
    assert log.lines == ["one start", "one start cancelled", "one stop", "one cleanup"]


def test_a_stop_that_comes_together_with_its_cancellation_starts(log: Log) -> None:
    async def main() -> None:
        run = Run(log, "first", "one", hang="stop")
        held = run.begin()
        await run.up("one")
        reply = run.ask("one", "stop")
        held.take(Cancel(len(run.replies)))
        assert (await reply).failure is not None

    asyncio.run(main())
    assert log.lines == ["one cleanup", "one start", "one stop", "one stop cancelled"]

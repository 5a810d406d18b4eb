"""Exceptions in the executor itself: they fail the driver that they belong to, or else end the run in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import Driver, Executor, Lifecycle, requires
from tierdeps.clock import run_virtually
from tierdeps.engines import Engine
from tierdeps.engines.local import INLINE
from tierdeps.model import OnFailure, Policy, State
from tierdeps.settings import Settings
from tierdeps.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.executor.conftest import World
    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver, Report


class Torn(Settings, dict=True):
    """Settings of which those of one driver cannot be had from some call of its on."""

    def of(self, driver: str, host: str | None = None) -> Mapping[str, object]:
        """Raise, as a mistake of ours would."""
        counts = self.__dict__.setdefault("counts", {"left": 0})
        if driver == "a":
            if counts["left"] <= 0:
                raise ZeroDivisionError("ours")
            counts["left"] -= 1
        return super().of(driver, host)


def torn(calls: int = 0) -> Torn:
    settings = Torn()
    vars(settings)["counts"] = {"left": calls}
    return settings


class Swift(Lifecycle):
    async def start(self, context: Context) -> None: ...


class Plain(Lifecycle):
    def start(self, context: Context) -> None: ...


def drivers(kind: type[Lifecycle]) -> list[Driver]:
    return [
        Driver("a", lifecycle=kind),
        Driver("b", lifecycle=Swift),
        Driver("c", lifecycle=Swift, dependencies=(requires("a"),)),
    ]


@pytest.mark.parametrize("jobs", [None, 1])
@pytest.mark.parametrize("kind", [Swift, Plain])
def test_a_mistake_of_ours_fails_the_driver_that_it_belongs_to(
    world: World, kind: type[Lifecycle], jobs: int | None
) -> None:
    plan = world.plan(drivers(kind))
    report = world.start_and_stop(plan, settings=torn(), on_failure=OnFailure.ISOLATE, jobs=jobs)
    assert report["a"].reason == "ZeroDivisionError: ours"
    assert "ZeroDivisionError: ours" in report["a"].traceback
    assert report["c"].state is State.BLOCKED
    assert (report["b"].stopped, report.problem) == (True, "")


@pytest.mark.parametrize("policy", list(OnFailure))
def test_the_policy_says_what_a_mistake_of_ours_does_to_the_run(world: World, policy: OnFailure) -> None:
    report = world.start(world.plan(drivers(Swift)), settings=torn(), on_failure=policy)
    assert report["a"].state is State.FAILED
    assert (report["c"].state is State.READY) is (policy is OnFailure.IGNORE)


@pytest.mark.parametrize("kind", [Swift, Plain])
@pytest.mark.parametrize("calls", [1, 2])
def test_a_mistake_of_ours_in_a_stop_keeps_nobody_from_being_stopped(
    world: World, kind: type[Lifecycle], calls: int
) -> None:
    content = dict.fromkeys(("stop", "cleanup"), vars(kind)["start"])
    report = world.start_and_stop(world.plan(drivers(type("Stopping", (kind,), content))), settings=torn(calls))
    assert report["a"].stop_error == "ZeroDivisionError: ours"
    assert report["b"].stopped
    assert report["c"].stopped
    assert report.seconds < 1


def test_a_failure_that_a_driver_reports_of_its_own_tasks_is_its_failure(world: World) -> None:
    async def main() -> Report:
        told: list[asyncio.Task[None]] = []

        async def work(context: Context) -> None:
            try:
                await asyncio.sleep(2)  # the start is over by then
                vars(asyncio)["gone"]
            except KeyError as error:
                context.failed(error)

        async def start(context: Context) -> None:
            told.append(asyncio.create_task(work(context)))

        world.deeds["a:start"] = start
        executor = world.executor(world.plan([world.driver("a"), world.driver("b")]), on_failure="isolate")
        assert (await executor.start()).ok
        await asyncio.sleep(5)
        return await executor.stop()

    report = run_virtually(main())
    assert report["a"].reason == "KeyError: 'gone'"
    assert "in work" in report["a"].traceback
    assert report["b"].state is State.READY


def test_what_belongs_to_no_driver_ends_the_run_in_order(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
        await executor.start()
        executor.crash(ValueError("ours"))
        report = await executor.wait()
        assert [str(error) for error in executor.crashes] == ["ours"]
        return report

    report = run_virtually(main())
    assert world.stops == ["b", "a"]
    assert report.problem == "an error of tierdeps itself ended the run: ValueError: ours"
    assert not report.ok


def test_a_start_is_ended_by_it_too(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
        starting = asyncio.create_task(executor.start())
        await asyncio.sleep(1.5)
        executor.crash(ValueError("ours"))
        executor.crash(ValueError("one more"))
        return await starting

    report = run_virtually(main())
    assert world.stops == ["b", "a"]
    assert not report.ready


def test_before_and_after_a_run_there_is_nothing_to_end(world: World) -> None:
    async def main() -> Executor:
        executor = world.executor(world.plan([world.driver("a")]))
        executor.crash(ValueError("early"))
        assert executor.crashes == ()
        await executor.start()
        await executor.stop()
        executor.crash(ValueError("late"))
        return executor

    assert run_virtually(main()).report().ok


class Broken:
    """A worker that does what another one does, but for some things that it does wrong."""

    def __init__(self, wrong: str) -> None:
        self._worker: Worker = INLINE.open()
        self._wrong = wrong

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        return self._worker.import_class(driver, done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        return self._worker.instantiate(driver)

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        handle = self._worker.invoke(lifecycle, method, context, done)
        return self if self._wrong == "cancel" and handle is not None else handle

    def cancel(self) -> bool:
        raise ZeroDivisionError("ours")

    def close(self) -> None:
        self._worker.close()
        if self._wrong == "close":
            raise ZeroDivisionError("ours")


def test_an_engine_that_cannot_be_closed_keeps_nobody_waiting(world: World) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> Report:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        executor = Executor(world.plan([world.driver("a")]), engine=Engine("broken", "", lambda: Broken("close")))
        await executor.start()
        return await executor.stop()

    assert run_virtually(main()).ok
    assert [(context["message"], str(context["exception"])) for context in told] == [
        ("tierdeps: an unexpected exception", "ours")
    ]


def test_a_call_that_cannot_be_cancelled_fails_its_driver(world: World) -> None:
    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    async def main() -> Report:
        world.deeds["a:start"] = hang
        plan = world.plan([world.driver("a"), world.driver("b")])
        engine = Engine("broken", "", lambda: Broken("cancel"))
        executor = Executor(plan, engine=engine, on_failure="isolate", timeout=5, stop_timeout=5)
        report = await executor.start()
        await executor.stop()
        return report

    report = run_virtually(main())
    assert report["a"].state is State.FAILED
    assert report["a"].reason == "ZeroDivisionError: ours"
    assert report["b"].state is State.READY


def test_the_end_of_a_call_in_a_thread_that_raises_leaves_the_others_theirs() -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context))
        ended = loop.create_future()

        def first(result: object, error: BaseException | None) -> None:
            raise ZeroDivisionError("ours")

        threads = Threads(loop)
        threads.submit(lambda _: None, None, first)
        threads.submit(lambda _: None, None, lambda result, error: ended.set_result(None))
        await ended
        threads.close()

    asyncio.run(main())
    assert [str(context["exception"]) for context in told] == ["ours"]


def test_more_attempts_than_a_pause_can_be_doubled_end_in_the_failure_of_the_driver(world: World) -> None:
    async def fail(context: Context) -> None:
        raise OSError("no")

    world.deeds["a:start"] = fail
    plan = world.plan([world.driver("a", policy=Policy(retries=1100)), world.driver("b")])
    report = world.start_and_stop(plan, on_failure="isolate", deadline=10**6)
    assert report["a"].reason == "OSError: no"
    assert world.log.count("a:start") == 1101

"""The executor as a guest in somebody else's program."""

from __future__ import annotations

import asyncio
import gc
import signal
from typing import TYPE_CHECKING

from tierdeps._util.gc import BULK_THRESHOLD
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Event, Report, requires
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    import pytest

    from tests.executor.conftest import World


class Broken(Reporter):
    def event(self, event: Event) -> None:
        raise SystemExit("I am no good")


class Impatient(Reporter):
    """Asks for a stop at the first event, from inside the run."""

    executor: Executor

    def event(self, event: Event) -> None:
        self.executor.request_stop()


def test_a_reporter_that_raises_never_breaks_a_run(world: World) -> None:
    async def main() -> Report:
        plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
        return await Executor(plan, engine=INLINE, reporters=(Broken(), world.recorder)).start()

    report = run_virtually(main())
    assert report.ok
    assert report.notes == ("the reporter Broken raised it exited with I am no good; it receives no more events",)
    assert world.recorder.events


def test_a_reporter_may_ask_for_a_stop(world: World) -> None:
    async def main() -> Report:
        impatient = Impatient()
        plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
        impatient.executor = Executor(plan, engine=INLINE, reporters=(impatient,))
        return await impatient.executor.start()

    assert run_virtually(main()).interrupted
    assert "a:start" not in world.log


def test_it_installs_no_signal_handlers_and_prints_nothing(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    seen: list[object] = []

    async def main() -> None:
        executor = Executor(world.plan([world.driver("a")]))
        await executor.start()
        seen.extend(signal.getsignal(number) for number in (signal.SIGTERM,))
        await executor.stop()

    with asyncio.Runner() as runner:
        runner.run(main())
    assert seen == before[1:]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert capfd.readouterr() == ("", "")


def test_two_runs_share_a_loop(world: World) -> None:
    async def main() -> tuple[Report, Report]:
        plan = world.plan([world.driver("a")])
        return await asyncio.gather(Executor(plan, engine=INLINE).start(), Executor(plan, engine=INLINE).start())

    assert all(report.ok for report in run_virtually(main()))


def test_the_garbage_collector_is_as_before_once_all_drivers_are_ready() -> None:
    class Looking(Lifecycle):
        async def start(self, context: Context) -> None:
            seen.append(gc.get_threshold())

        stop = start

    async def main() -> None:
        executor = Executor(DependencyGraph([Driver("a", lifecycle=Looking)]).collapse())
        for act in (executor.start, executor.stop):
            await act()
            assert gc.get_threshold() == usual

    seen: list[tuple[int, int, int]] = []
    usual = gc.get_threshold()
    asyncio.run(main())
    assert [first for first, *_ in seen] == [max(usual[0], BULK_THRESHOLD)] * 2

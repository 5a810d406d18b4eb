"""The short way up is no other way: drivers that are only awaited, whoever listens."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar

import pytest

from tests.executor.conftest import Recorder
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.errors import UndeclaredDependency
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Event, OnFailure, Policy, Report, State, requires, wants
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.model import Plan

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="clean")


class Swift(Lifecycle):
    """Never waits."""

    seen: ClassVar[list[object]] = []

    async def start(self, context: Context) -> None:
        self.seen.append(context.driver)

    async def stop(self, context: Context) -> None: ...


class Broken(Swift):
    async def start(self, context: Context) -> None:
        raise OSError("no disk")


class Prying(Swift):
    async def start(self, context: Context) -> None:
        try:
            context.get("nobody")
        except UndeclaredDependency:
            self.seen.append("hidden")


class NoContext(Swift):
    async def start(self) -> None:  # type: ignore[override]  # a mistake that plugins make
        ...


class Slow(Swift):
    async def start(self, context: Context) -> None:
        await asyncio.sleep(1)


class Phased(Swift):
    async def initialize(self, context: Context) -> None: ...


class Dirty(Swift):
    async def start(self, context: Context) -> None:
        self.seen.append(VARIABLE.get())
        VARIABLE.set("dirty")


def plan_of(*drivers: Driver) -> Plan:
    return DependencyGraph(drivers).collapse()


def start(plan: Plan, *, stops: bool = False, **options: object) -> Report:
    async def main() -> Report:
        executor = Executor(plan, engine=INLINE, **options)  # type: ignore[arg-type]  # whatever it takes
        report = await executor.start()
        return await executor.stop() if stops else report

    Swift.seen.clear()
    return run_virtually(main())


def mixed() -> Plan:
    lives = (Swift, Broken, Prying, NoContext, Slow, Swift)
    drivers = [Driver(f"d{number}", lifecycle=life) for number, life in enumerate(lives)]
    behind = [
        Driver(f"e{number}", lifecycle=Swift, dependencies=(requires(f"d{number}"), wants("d4")))
        for number in range(len(lives))
    ]
    phased = Driver("p", lifecycle=Phased, phases=("initialize", "start"), dependencies=(requires("e0"),))
    retried = Driver("r", lifecycle=Broken, policy=Policy(retries=1, on_failure=OnFailure.IGNORE))
    return plan_of(*drivers, *behind, phased, retried, Driver("nothing", dependencies=(requires("p"),)))


@pytest.mark.parametrize("on_failure", list(OnFailure))
@pytest.mark.parametrize("stops", [False, True])
def test_what_comes_out_is_the_same_whether_anybody_listens(world: World, on_failure: OnFailure, stops: bool) -> None:
    unheard = start(mixed(), stops=stops, on_failure=on_failure, seed=1)
    heard = start(mixed(), stops=stops, on_failure=on_failure, seed=1, reporters=(world.recorder,))
    assert unheard.outcomes == heard.outcomes
    assert unheard.ok == heard.ok


@pytest.mark.parametrize("count", range(9))
def test_every_event_is_sent_to_a_reporter_though_another_one_breaks(world: World, count: int) -> None:
    class Breaking(Reporter):
        patience = count

        def event(self, event: Event) -> None:
            self.patience -= 1
            if self.patience < 0:
                raise OSError("no room")

    other = Recorder()
    plan = plan_of(*(Driver(name, lifecycle=Swift) for name in "abc"))
    report = start(plan, reporters=(Breaking(), other))
    start(plan, reporters=(world.recorder,))
    assert other.events == world.recorder.events
    assert len(report.notes) == 1


def test_a_report_that_is_asked_for_at_any_event_says_how_all_stands_then() -> None:
    class Asking(Reporter):
        def event(self, event: Event) -> None:
            outcome = executors[0].report()[event.driver]
            seen.append((outcome.state, event.state))

    seen: list[tuple[State, State]] = []
    executors: list[Executor] = []

    async def main() -> None:
        executors.append(Executor(plan_of(Driver("a", lifecycle=Swift)), engine=INLINE, reporters=(Asking(),)))
        await executors[0].start()
        await executors[0].stop()

    run_virtually(main())
    assert [told for _, told in seen][:4] == [State.STARTING] * 3 + [State.READY]
    assert all(state is told for state, told in seen[:4])


def test_a_driver_that_is_stopped_later_is_reported_as_stopped() -> None:
    report = start(plan_of(Driver("a", lifecycle=Swift)), stops=True)
    assert report["a"].state is State.READY
    assert report["a"].stopped


def test_a_report_stays_as_it_was_when_more_happens() -> None:
    async def main() -> Report:
        executor = Executor(plan_of(Driver("a", lifecycle=Swift)), engine=INLINE)
        report = await executor.start()
        await executor.stop()
        return report

    assert not run_virtually(main())["a"].stopped


def test_a_hidden_look_up_fails_a_driver_that_never_waits() -> None:
    report = start(plan_of(Driver("a", lifecycle=Prying)), on_failure="isolate")
    assert Swift.seen == ["hidden"]
    assert report["a"].reason.startswith("undeclared dependency")


def test_nothing_starts_after_one_of_them_requested_a_stop() -> None:
    class Stops(Swift):
        async def start(self, context: Context) -> None:
            executors[0].request_stop()

    executors: list[Executor] = []

    async def main() -> Report:
        plan = plan_of(Driver("a", lifecycle=Stops), Driver("b", lifecycle=Swift), Driver("c", lifecycle=Slow))
        executors.append(Executor(plan, engine=INLINE))
        return await executors[0].start()

    Swift.seen.clear()
    report = run_virtually(main())
    assert report.interrupted
    assert [outcome.begun for outcome in report.outcomes] == [True, False, False]
    assert Swift.seen == []


def test_variables_are_not_seen_from_one_to_the_next() -> None:
    start(plan_of(*(Driver(f"d{number}", lifecycle=Dirty) for number in range(4))))
    assert Swift.seen == ["clean"] * 4


def test_they_run_in_a_task_with_timeouts_and_groups_of_their_own() -> None:
    class Careful(Swift):
        async def start(self, context: Context) -> None:
            task = asyncio.current_task()
            try:
                async with asyncio.timeout(1), asyncio.TaskGroup() as group:
                    group.create_task(asyncio.sleep(5))
            except TimeoutError:
                assert asyncio.current_task() is task
                self.seen.append(task)

    report = start(plan_of(*(Driver(f"d{number}", lifecycle=Careful) for number in range(3))))
    assert report.ok, report.root_causes
    assert len(set(Swift.seen)) == 3
    assert report.seconds == pytest.approx(1)


def test_thousands_come_up_in_the_order_of_their_dependencies() -> None:
    names = [f"d{number:04}" for number in range(3000)]
    chain = [
        Driver(name, lifecycle=Swift, dependencies=(requires(before),) if before else ())
        for before, name in zip(["", *names], names, strict=False)
    ]
    assert start(plan_of(*chain)).ok
    assert Swift.seen == names

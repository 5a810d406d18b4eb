"""Drivers that are up are checked: what does not work any more is restarted or lost, and nothing starts on it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tierdeps import (
    DependencyGraph,
    Driver,
    Executor,
    HealthUnknownError,
    Lifecycle,
    OnFailure,
    Policy,
    Reporter,
    State,
    StepEvent,
    requires,
    wants,
)
from tierdeps.clock import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tierdeps import Context, Dependency, Event, Report


class Seen(Reporter):
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        self.events.append(event)


class Checked(Lifecycle):
    """Fails its check while its name is in ``sick``, and hangs while it is in ``hung``."""

    sick: ClassVar[set[str]] = set()
    hung: ClassVar[set[str]] = set()
    calls: ClassVar[list[tuple[float, str, str]]] = []
    heals: ClassVar[bool] = False

    def note(self, what: str, context: Context) -> None:
        self.calls.append((asyncio.get_running_loop().time(), what, context.driver))

    async def start(self, context: Context) -> None:
        self.note("start", context)

    async def check(self, context: Context) -> None:
        self.note("check", context)
        await asyncio.sleep(1000 if context.driver in self.hung else 0.1)
        if context.driver in self.sick:
            raise OSError("no answer")

    async def stop(self, context: Context) -> None:
        self.note("stop", context)


class Adopted(Checked):
    async def adopt(self, context: Context) -> bool:
        return context.driver == "a"


class Recovers(Checked):
    async def recover(self, context: Context) -> bool:
        context.restarting("its check failed")
        asyncio.get_running_loop().call_later(5, self._restarted, context)
        return True

    def _restarted(self, context: Context) -> None:
        self.sick.discard(context.driver)
        context.restarted()


def driver(name: str, *dependencies: Dependency, lifecycle: type[Lifecycle] = Checked) -> Driver:
    return Driver(name, dependencies=dependencies, lifecycle=lifecycle, policy=Policy(on_failure=OnFailure.ISOLATE))


def play(
    steps: Callable[[Executor, Seen], Coroutine[None, None, None]],
    *drivers: Driver,
    seen: Seen | None = None,
    jobs: int | None = None,
) -> Report:
    """Do something with a run in which all drivers are healthy at first; nothing is known of runs before it."""
    for kept in (Checked.sick, Checked.hung, Checked.calls):
        kept.clear()
    plan, reporter = DependencyGraph(drivers).collapse(), seen or Seen()

    async def main() -> Report:
        executor = Executor(plan, reporters=(reporter,), jobs=jobs)
        await executor.start()
        await steps(executor, reporter)
        return await executor.stop()

    return run_virtually(main())


def states(executor: Executor) -> dict[str, State]:
    return {outcome.driver: outcome.state for outcome in executor.report().outcomes}


def times(what: str, name: str) -> list[float]:
    return [at for at, done, of in Checked.calls if (done, of) == (what, name)]


def test_a_driver_is_checked_at_intervals_while_it_is_up() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(100)
        assert states(executor) == {"a": State.READY}
        assert not [event for event in seen.events if event.phase == "check"], "what works is not worth an event"

    play(steps, driver("a"))
    found = times("check", "a")
    assert 9 <= len(found) <= 13
    assert all(5 < later - earlier <= 10 for earlier, later in pairwise(found))
    assert found[-1] < times("stop", "a")[0]


@pytest.mark.parametrize("how", ["sick", "hung"])
def test_what_fails_its_check_is_lost_within_the_interval_times_the_failures(how: str) -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(33.3)
        getattr(Checked, how).add("a")
        await asyncio.sleep(19.9)
        assert states(executor)["a"] is State.READY, "two failures are not enough"
        await asyncio.sleep(10.2)
        assert states(executor) == {"a": State.STOPPED, "b": State.STOPPED, "c": State.READY}

    report = play(steps, driver("a"), driver("b", requires("a")), driver("c"))
    reason = report.root_causes[0].reason
    assert reason.startswith("its check failed 3 times in a row: ")
    assert ("no answer" if how == "sick" else "did not end within 2 s") in reason


def test_a_short_failure_loses_nothing_and_is_an_event() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(12)
        Checked.sick.add("a")
        await asyncio.sleep(12)
        Checked.sick.clear()
        await asyncio.sleep(20)
        assert states(executor) == {"a": State.READY}
        events = [event for event in seen.events if event.phase == "check"]
        assert [event.mark for event in events] == [StepEvent.FAILED, StepEvent.DONE]
        assert events[0].reason == "OSError: no answer"
        assert events[-1].reason.startswith("works again, after ")
        assert {event.state for event in events} == {State.READY}

    assert play(steps, driver("a")).ok


def test_a_driver_that_was_adopted_is_checked_too() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        assert states(executor)["a"] is State.ADOPTED
        Checked.sick.add("a")
        await asyncio.sleep(31)
        assert states(executor)["a"] is State.FAILED

    play(steps, driver("a", lifecycle=Adopted))
    assert not times("stop", "a")


def test_a_driver_that_recovers_restarts_and_is_checked_again() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        Checked.sick.add("a")
        await asyncio.sleep(36)
        assert states(executor) == {"a": State.READY, "b": State.READY}
        marks = [event.mark for event in seen.events if event.driver == "a" and event.phase == "start"]
        assert marks[-2:] == [StepEvent.RETRIED, StepEvent.DONE]
        Checked.calls.clear()
        await asyncio.sleep(11)
        assert times("check", "a")

    assert play(steps, driver("a", lifecycle=Recovers), driver("b", requires("a"))).ok


def test_nothing_starts_on_a_dependency_that_fails_its_check_now() -> None:
    a, b = driver("a"), driver("b", requires("a"))

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(100)
        Checked.sick.add("a")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b]).collapse()))
        await asyncio.sleep(10)
        assert not times("start", "b")
        assert executor.waiting() == ("b:start waits for the check of a",)
        Checked.sick.clear()
        result = await reloading
        assert result.ok
        assert 110 < times("start", "b")[0] < 120
        del seen

    assert play(steps, a).ok


def test_a_driver_whose_dependency_is_lost_while_it_waits_is_blocked() -> None:
    a, b = driver("a"), driver("b", requires("a"))

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(100)
        Checked.sick.add("a")
        result = await executor.reload(DependencyGraph([a, b]).collapse())
        assert not result.ok
        assert not times("start", "b")

    play(steps, a)


def test_a_waiting_driver_keeps_no_slot_from_others() -> None:
    a, b, c = driver("a"), driver("b", requires("a")), driver("c")

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(100)
        Checked.sick.add("a")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b, c]).collapse()))
        await asyncio.sleep(5)
        assert times("start", "c")
        Checked.sick.clear()
        await reloading

    assert play(steps, a, jobs=1).ok


def test_a_stop_waits_for_no_check() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        Checked.hung.add("a")
        await asyncio.sleep(9)

    report = play(steps, driver("a"))
    assert report.ok
    assert report.seconds < 9.5


def test_a_stop_while_a_driver_waits_for_a_check_ends_the_reload() -> None:
    a, b = driver("a"), driver("b", wants("a"))

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(100)
        Checked.hung.add("a")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b]).collapse()))
        await asyncio.sleep(1)
        await executor.stop()
        await reloading

    play(steps, a)
    assert not times("start", "b")


def test_without_an_interval_there_are_no_checks() -> None:
    class Never(Checked):
        check_every = 0

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(100)

    assert play(steps, driver("a", lifecycle=Never)).ok
    assert not times("check", "a")


@pytest.mark.parametrize(("name", "value"), [("check_every", -1), ("check_timeout", "x"), ("check_failures", 0)])
def test_limits_that_cannot_be_fail_the_driver(name: str, value: object) -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(1)

    report = play(steps, driver("a", lifecycle=type("Wrong", (Checked,), {name: value})))
    assert f"{name} must be" in report.root_causes[0].reason


def test_what_a_check_returns_is_a_failure() -> None:
    class Answers(Checked):
        async def check(self, context: Context) -> Any:
            return False

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(31)

    reason = play(steps, driver("a", lifecycle=Answers)).root_causes[0].reason
    assert "check returned False; return nothing, and raise an exception where the driver does not work" in reason


class Uncertain(Checked):
    """Cannot find out whether a driver works while its name is in ``unknown``."""

    unknown: ClassVar[set[str]] = set()

    async def check(self, context: Context) -> None:
        await super().check(context)
        if context.driver in self.unknown:
            raise HealthUnknownError("the daemon does not answer")


@pytest.fixture(autouse=True)
def certain() -> None:
    Uncertain.unknown.clear()


def test_a_check_that_finds_nothing_out_is_no_failure() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        Uncertain.unknown.add("a")
        await asyncio.sleep(1000)
        assert states(executor) == {"a": State.READY}
        assert not [event for event in seen.events if event.phase == "check"]

    assert play(steps, driver("a", lifecycle=Uncertain)).ok


def test_a_check_that_finds_nothing_out_does_not_pass_either() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        Checked.sick.add("a")
        await asyncio.sleep(12)
        Checked.sick.clear()
        Uncertain.unknown.add("a")
        await asyncio.sleep(1000)
        assert [event.mark for event in seen.events if event.phase == "check"] == [StepEvent.FAILED]
        Uncertain.unknown.clear()
        Checked.sick.add("a")
        await asyncio.sleep(20.5)
        assert states(executor) == {"a": State.STOPPED}, "two more failures make three"

    play(steps, driver("a", lifecycle=Uncertain))


@pytest.mark.parametrize("failed", [False, True])
def test_what_is_to_start_relies_on_what_the_last_check_found(failed: bool) -> None:
    a, b = driver("a", lifecycle=Uncertain), driver("b", requires("a"))

    async def steps(executor: Executor, seen: Seen) -> None:
        if failed:
            Checked.sick.add("a")
        await asyncio.sleep(12)
        Checked.sick.clear()
        Uncertain.unknown.add("a")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b]).collapse()))
        await asyncio.sleep(100)
        assert bool(times("start", "b")) is not failed
        Uncertain.unknown.clear()
        assert (await reloading).ok
        del seen

    assert play(steps, a).ok


def test_an_adopted_driver_that_recovers_stays_adopted_and_is_checked_again() -> None:
    class Both(Recovers, Adopted):
        pass

    async def steps(executor: Executor, seen: Seen) -> None:
        Checked.sick.add("a")
        await asyncio.sleep(36)
        assert states(executor) == {"a": State.ADOPTED}
        assert [event.mark for event in seen.events if event.mark][-2:] == [StepEvent.RETRIED, StepEvent.DONE]
        Checked.calls.clear()
        await asyncio.sleep(11)
        assert times("check", "a")

    assert play(steps, driver("a", lifecycle=Both)).ok
    assert not times("stop", "a")


@pytest.mark.parametrize(("lifecycle", "state"), [(Checked, State.READY), (Adopted, State.ADOPTED)])
def test_a_check_can_report_a_part_that_no_longer_works(lifecycle: type[Lifecycle], state: State) -> None:
    class Parts(lifecycle):  # type: ignore[valid-type,misc]  # one of two
        async def check(self, context: Context) -> None:
            if Checked.sick:
                context.degraded("pool p1: it is not active")

    async def steps(executor: Executor, seen: Seen) -> None:
        Checked.sick.add("a")
        await asyncio.sleep(31)
        (outcome,) = executor.report().outcomes
        assert (outcome.state, outcome.degraded) == (state, "pool p1: it is not active")
        last = [event for event in seen.events if event.driver == "a"][-1]
        assert (last.state, last.reason) == (state, "degraded: pool p1: it is not active"), "and that is one event"

    report = play(steps, driver("a", lifecycle=Parts))
    assert report.ready
    assert not report.ok

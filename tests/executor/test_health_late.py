"""Checks at moments that are easily missed: several at a time, close together, after a loss, a stop or a reload."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.executor.test_health import Adopted, Checked, Seen, driver, play, states, times
from tierdeps import DependencyGraph, Executor, Lifecycle, State, StepEvent, requires
from tierdeps.executor import driver as driver_module

if TYPE_CHECKING:
    from tierdeps import Context, Event


class StopsSlowly(Checked):
    async def stop(self, context: Context) -> None:
        await asyncio.sleep(25)


class Lost(Checked):
    """Reports that it is lost while its check runs."""

    async def check(self, context: Context) -> None:
        asyncio.get_running_loop().call_later(0.5, context.lost, "gone")
        try:
            await asyncio.sleep(1.5)
        finally:
            self.note("check ended", context)
        raise OSError("no answer")


def test_the_check_of_a_driver_that_is_lost_is_cancelled_at_once() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(50)
        assert states(executor) == {"a": State.STOPPED, "b": State.STOPPED}
        assert not [event for event in seen.events if event.phase == "check"]

    play(steps, driver("a", lifecycle=Lost), driver("b", requires("a"), lifecycle=StopsSlowly))
    assert times("check ended", "a") == [pytest.approx(8.5)]


def test_checks_whose_timeout_leaves_no_pause_start_half_an_interval_apart() -> None:
    class Tight(Checked):
        check_every, check_timeout = 4.0, 4.0

    async def steps(executor: Executor, seen: Seen) -> None:
        del executor, seen
        await asyncio.sleep(100)

    play(steps, driver("a", lifecycle=Tight))
    found = times("check", "a")
    assert all(later - earlier == pytest.approx(2) for earlier, later in pairwise(found))


def test_a_short_failure_of_a_driver_whose_checks_leave_no_pause_does_not_lose_it() -> None:
    class Tight(Checked):
        check_every, check_timeout = 4.0, 4.0

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        await asyncio.sleep(9.9)
        Checked.sick.add("a")
        await asyncio.sleep(3)
        Checked.sick.clear()
        await asyncio.sleep(10)
        assert states(executor) == {"a": State.READY}

    play(steps, driver("a", lifecycle=Tight))


class Slow(Lifecycle):
    async def start(self, context: Context) -> None:
        del context
        await asyncio.sleep(0.5)


def test_drivers_that_start_do_not_shorten_the_time_that_a_driver_has_to_work_again() -> None:
    a = driver("a")
    chain = [
        driver(f"c{number}", *([requires(f"c{number - 1}")] if number else []), lifecycle=Slow) for number in range(5)
    ]
    late = [driver(f"b{number}", requires("a"), requires(f"c{number}")) for number in range(5)]

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        await asyncio.sleep(11)
        Checked.sick.add("a")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, *chain, *late]).collapse()))
        await asyncio.sleep(12)
        assert states(executor)["a"] is State.READY, "it has failed twice"
        Checked.sick.clear()
        assert (await reloading).ok

    assert play(steps, a).ok


def test_what_has_passed_its_check_is_checked_again_where_another_one_took_long_to() -> None:
    a, b, c = driver("a"), driver("b"), driver("c", requires("a"), requires("b"))

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        await asyncio.sleep(20)
        Checked.sick.add("b")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b, c]).collapse()))
        await asyncio.sleep(7)
        Checked.sick.add("a")
        Checked.sick.discard("b")
        await asyncio.sleep(6)
        assert not times("start", "c"), "a does not work by now"
        Checked.sick.clear()
        assert (await reloading).ok

    assert play(steps, a, b).ok


class Stops(Seen):
    """Requests a stop as soon as a check fails."""

    executor: Executor | None = None

    def event(self, event: Event) -> None:
        super().event(event)
        if event.phase == "check" and event.mark is StepEvent.FAILED and self.executor is not None:
            self.executor.request_stop()


def test_a_stop_that_is_requested_as_a_check_fails_ends_all_checks() -> None:
    stops = Stops()

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        stops.executor = executor
        Checked.sick.add("a")
        await executor.wait()
        await asyncio.sleep(50)

    play(steps, driver("a"), driver("b", requires("a"), lifecycle=StopsSlowly), seen=stops)
    assert len(times("check", "a")) == 1


def test_an_adopted_driver_that_a_reverted_reload_had_released_is_checked_again() -> None:
    class Fails(Lifecycle):
        async def start(self, context: Context) -> None:
            await asyncio.sleep(30)
            raise OSError("no")

    async def steps(executor: Executor, seen: Seen) -> None:
        await asyncio.sleep(20)
        seen.events.clear()
        result = await executor.reload(DependencyGraph([driver("b", lifecycle=Fails)]).collapse())
        assert not result.ok
        assert [(event.driver, event.state) for event in seen.events][-1] == ("a", State.ADOPTED)
        assert not [at for at in times("check", "a") if 20 < at < 50], "it was no part of the run"
        Checked.sick.add("a")
        await asyncio.sleep(31)
        assert states(executor)["a"] is State.FAILED

    play(steps, driver("a", lifecycle=Adopted))


def test_what_checks_report_in_other_words_each_time_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(1000))
    monkeypatch.setattr(driver_module, "MAX_CHECK_REPORTS", 3)

    class Parts(Checked):
        async def start(self, context: Context) -> None:
            context.degraded("pool p1: it is not active")

        async def check(self, context: Context) -> None:
            context.degraded(f"answers in {next(numbers)} ms")

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        await asyncio.sleep(200)
        (outcome,) = executor.report().outcomes
        latest = next(numbers)
        words = [f"answers in {number} ms" for number in range(latest - 3, latest)]
        assert outcome.degraded == "; ".join(("pool p1: it is not active", *words))

    assert play(steps, driver("a", lifecycle=Parts)).ready

"""What each attempt waited for: of everything that it depended on, what ended last; and the critical path."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.analysis.timeline.value import Bar, BarWait, Result, WaitReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.analysis.timeline.history import StartHistory
    from tierdeps.journal import PlanSummary

#: A bar that starts within so many seconds after the end of another one was waiting for it.
AT_ONCE_S = 0.001

_ended = attrgetter("ended")


class _Reason(NamedTuple):
    at: float
    reason: WaitReason
    bar: Bar | None


class WaitFinder:
    """Finds what each bar waited for; ``limited`` says whether there was a limit of jobs."""

    def __init__(self, summary: PlanSummary, histories: Mapping[str, StartHistory], *, limited: bool) -> None:
        self._summary = summary
        self._histories = histories
        self._limited = limited
        self._before = dict(_slowest_before(summary, histories))
        self._by_end = sorted((bar for history in histories.values() for bar in history.bars), key=_ended)
        self._ends = [bar.ended for bar in self._by_end]

    def wait_of(self, history: StartHistory, index: int) -> BarWait:
        """Return what a driver's bar waited for last."""
        bar = history.bars[index]
        reasons = list(self._reasons(history, index))
        last = max(reasons, key=lambda reason: reason.at, default=_Reason(0.0, WaitReason.RUN, None))
        if self._limited and bar.started - last.at > AT_ONCE_S:
            last = self._slot_before(bar) or last
        return BarWait(bar, last.reason, last.bar, max(0.0, bar.started - last.at))

    def _reasons(self, history: StartHistory, index: int) -> Iterator[_Reason]:
        """Yield everything that a bar depended on and that ended before it started."""
        bar = history.bars[index]
        if index:
            before = history.bars[index - 1]
            yield _Reason(before.ended, WaitReason.RETRY if before.result is Result.RETRIED else WaitReason.OWN, before)
        phases = self._summary.phases_of(history.driver)
        phase = bar.step.phase if bar.step.phase in phases else phases[0]
        for need in self._summary.needs(history.driver, phase):
            other = self._histories[need.step.driver]
            for done in other.bars[::-1]:
                if done.ended <= bar.started and (done.step == need.step or other.settled == done.ended):
                    yield _Reason(done.ended, WaitReason.NEED, done)
                    break
        slowest = self._before.get(self._summary.tier_of(history.driver))
        if slowest is not None and slowest.ended <= bar.started:
            yield _Reason(slowest.ended, WaitReason.TIER, slowest)

    def _slot_before(self, bar: Bar) -> _Reason | None:
        """Return what ended just before a bar started, and so released a slot."""
        index = bisect_right(self._ends, bar.started) - 1
        while index >= 0 and bar.started - self._ends[index] <= AT_ONCE_S:
            other = self._by_end[index]
            if other.result is not Result.PASSED and other.started < bar.started:
                return _Reason(other.ended, WaitReason.JOBS, other)
            index -= 1
        return None


def _slowest_before(summary: PlanSummary, histories: Mapping[str, StartHistory]) -> Iterator[tuple[str, Bar]]:
    """Yield for each tier the bar that ended last in the tiers before it."""
    slowest: Bar | None = None
    at = 0
    for name, size in summary.tiers:
        if slowest is not None:
            yield name, slowest
        bars = [bar for driver in summary.drivers[at : at + size] for bar in histories[driver].bars]
        slowest = max((*bars, *filter(None, (slowest,))), key=_ended, default=None)
        at += size


def critical_path(waits: Iterable[BarWait]) -> tuple[BarWait, ...]:
    """Return the waits that lead to the bar that ended last, following each bar back to what it waited for."""
    wait_of = {wait.bar: wait for wait in waits}
    ran = [bar for bar in wait_of if bar.result is not Result.PASSED]
    found: list[BarWait] = []
    bar = max(ran, key=lambda bar: (bar.ended, bar.started), default=None)
    while bar is not None and len(found) <= len(wait_of):
        found.append(wait_of[bar])
        bar = found[-1].before
    return tuple(found[::-1])

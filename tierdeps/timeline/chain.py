"""What really waited for what: for each attempt, what ended last of all that it waited for."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.timeline.value import Bar, Link, Result, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.journal import Outline
    from tierdeps.timeline.bars import Course

#: What begins no later than this after the end of something, in seconds, did so because of it.
AT_ONCE = 0.001

_ended = attrgetter("ended")


class _Reason(NamedTuple):
    at: float
    why: Why
    bar: Bar | None


class Chain:
    """Finds what each bar waited for; ``limited`` says that there was a limit of jobs."""

    def __init__(self, outline: Outline, courses: Mapping[str, Course], *, limited: bool) -> None:
        self._outline = outline
        self._courses = courses
        self._limited = limited
        self._before = dict(_slowest_before(outline, courses))
        self._by_end = sorted((bar for course in courses.values() for bar in course.bars), key=_ended)
        self._ends = [bar.ended for bar in self._by_end]

    def link(self, course: Course, index: int) -> Link:
        """Say what a driver's bar waited for last."""
        bar = course.bars[index]
        reasons = list(self._reasons(course, index))
        last = max(reasons, key=lambda reason: reason.at, default=_Reason(0.0, Why.RUN, None))
        if self._limited and bar.began - last.at > AT_ONCE:
            last = self._place(bar) or last
        return Link(bar, last.why, last.bar, max(0.0, bar.began - last.at))

    def _reasons(self, course: Course, index: int) -> Iterator[_Reason]:
        """Yield all that a bar waited for and that was over before it began."""
        bar = course.bars[index]
        if index:
            before = course.bars[index - 1]
            yield _Reason(before.ended, Why.RETRY if before.result is Result.RETRIED else Why.OWN, before)
        phases = self._outline.phases_of(course.driver)
        phase = bar.step.phase if bar.step.phase in phases else phases[0]
        for need in self._outline.needs(course.driver, phase):
            other = self._courses[need.step.driver]
            for done in other.bars[::-1]:
                if done.ended <= bar.began and (done.step == need.step or other.settled == done.ended):
                    yield _Reason(done.ended, Why.NEED, done)
                    break
        slowest = self._before.get(self._outline.tier_of(course.driver))
        if slowest is not None and slowest.ended <= bar.began:
            yield _Reason(slowest.ended, Why.TIER, slowest)

    def _place(self, bar: Bar) -> _Reason | None:
        """Find what ended just before a bar began, and so gave up its place."""
        index = bisect_right(self._ends, bar.began) - 1
        while index >= 0 and bar.began - self._ends[index] <= AT_ONCE:
            other = self._by_end[index]
            if other.result is not Result.PASSED and other.began < bar.began:
                return _Reason(other.ended, Why.JOBS, other)
            index -= 1
        return None


def _slowest_before(outline: Outline, courses: Mapping[str, Course]) -> Iterator[tuple[str, Bar]]:
    """Yield for each tier the bar that ended last in the tiers before it."""
    slowest: Bar | None = None
    at = 0
    for name, size in outline.tiers:
        if slowest is not None:
            yield name, slowest
        bars = [bar for driver in outline.drivers[at : at + size] for bar in courses[driver].bars]
        slowest = max((*bars, *filter(None, (slowest,))), key=_ended, default=None)
        at += size


def critical(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return the chain that ends with what ended last, walked back from each to what it waited for."""
    of = {link.bar: link for link in links}
    ran = [bar for bar in of if bar.result is not Result.PASSED]
    found: list[Link] = []
    bar = max(ran, key=lambda bar: (bar.ended, bar.began), default=None)
    while bar is not None and len(found) <= len(of):
        found.append(of[bar])
        bar = found[-1].before
    return tuple(found[::-1])

"""Compares the timelines of two starts, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.analysis.timeline.value import Result

if TYPE_CHECKING:
    from tierdeps.analysis.timeline.value import Timeline
    from tierdeps.model.edges import Step


class StepChange(NamedTuple):
    """How long a step took in two starts, all attempts together, in seconds; None where it did not run.

    ``critical`` and ``was_critical`` say whether it was part of the critical chain.
    """

    step: Step
    before: float | None
    now: float | None
    was_critical: bool
    critical: bool

    @property
    def difference(self) -> float:
        """By how many seconds it takes longer now; a step that did not run took none."""
        return (self.now or 0.0) - (self.before or 0.0)


class TimelineComparison(Value):
    """Two starts: an earlier one and the one that is compared with it; ``changes`` has the largest difference first."""

    before: Timeline
    now: Timeline
    changes: tuple[StepChange, ...]


def compare(before: Timeline, now: Timeline) -> TimelineComparison:
    """Return what changed between two starts."""
    took_before, takes = _durations(before), _durations(now)
    was_critical, critical = _critical_steps(before), _critical_steps(now)
    changes = (
        StepChange(step, took_before.get(step), takes.get(step), step in was_critical, step in critical)
        for step in takes | took_before
    )
    return TimelineComparison(
        before, now, tuple(sorted(changes, key=lambda change: (-abs(change.difference), change.step)))
    )


def _durations(timeline: Timeline) -> dict[Step, float]:
    found: dict[Step, float] = {}
    for row in timeline.rows:
        for bar in row.bars:
            if bar.result is not Result.PASSED:
                found[bar.step] = found.get(bar.step, 0.0) + bar.seconds
    return found


def _critical_steps(timeline: Timeline) -> frozenset[Step]:
    return frozenset(wait.bar.step for wait in timeline.critical_path)

"""What there is to draw of a run's start: tiers as bands, phases as bars, and the critical path."""

from __future__ import annotations

from tierdeps.analysis.timeline.build import timeline_of
from tierdeps.analysis.timeline.compare import StepChange, TimelineComparison, compare
from tierdeps.analysis.timeline.value import Band, Bar, BarWait, Result, Row, StepNeed, Timeline, WaitReason

__all__ = [
    "Band",
    "Bar",
    "BarWait",
    "Result",
    "Row",
    "StepChange",
    "StepNeed",
    "Timeline",
    "TimelineComparison",
    "WaitReason",
    "compare",
    "timeline_of",
]

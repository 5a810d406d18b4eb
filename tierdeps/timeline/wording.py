"""Bars and what they waited for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.timeline.value import Result, Why
from tierdeps.words.sentences import exact_text, step_name

if TYPE_CHECKING:
    from tierdeps.timeline.value import Bar, Link

#: Less than this, in seconds, is the time that beginning takes.
MOMENT = 0.001


def attempt_name(bar: Bar) -> str:
    """Name what a bar stands for."""
    return step_name(bar.step)


def why_text(link: Link) -> str:
    """Say why a bar did not begin earlier."""
    before = attempt_name(link.before) if link.before else ""
    why = {
        Why.RUN: "from the beginning",
        Why.NEED: f"after {before}, which it needs",
        Why.TIER: f"after {before}, the last of the tiers before",
        Why.OWN: f"after {before}",
        Why.RETRY: "after a pause",
        Why.JOBS: f"after {before}, which gave up its place",
    }[link.why]
    return f"{why}, {exact_text(link.idle)} later" if link.idle >= MOMENT else why


def bar_text(bar: Bar) -> str:
    """Say when a bar began and ended, and what it came to."""
    if bar.result is Result.PASSED:
        return f"{bar.step.driver}: {bar.reason or bar.result}"
    what = f"{attempt_name(bar)}: {exact_text(bar.began)} to {exact_text(bar.ended)}, {bar.result}"
    return f"{what}: {bar.reason}" if bar.reason else what

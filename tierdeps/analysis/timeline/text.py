"""Bars and what they waited for, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.timeline.value import Result, WaitReason
from tierdeps.words.sentences import exact_text, step_name

if TYPE_CHECKING:
    from tierdeps.analysis.timeline.value import Bar, BarWait

#: A shorter idle time, in seconds, is not mentioned: starting a step takes as long.
MIN_IDLE_SHOWN_S = 0.001


def attempt_name(bar: Bar) -> str:
    """Return the name of a bar's step."""
    return step_name(bar.step)


def why_text(wait: BarWait) -> str:
    """Return why a bar did not start earlier."""
    before = attempt_name(wait.before) if wait.before else ""
    why = {
        WaitReason.RUN: "from the beginning",
        WaitReason.NEED: f"after {before}, which it needs",
        WaitReason.TIER: f"after {before}, the last of the tiers before",
        WaitReason.OWN: f"after {before}",
        WaitReason.RETRY: "after a pause",
        WaitReason.JOBS: f"after {before}, which freed its slot",
    }[wait.reason]
    return f"{why}, {exact_text(wait.idle)} later" if wait.idle >= MIN_IDLE_SHOWN_S else why


def bar_text(bar: Bar) -> str:
    """Return when a bar started and ended, and its result."""
    if bar.result is Result.PASSED:
        return f"{bar.step.driver}: {bar.reason or bar.result}"
    what = f"{attempt_name(bar)}: {exact_text(bar.started)} to {exact_text(bar.ended)}, {bar.result}"
    return f"{what}: {bar.reason}" if bar.reason else what

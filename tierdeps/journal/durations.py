"""How long steps took in earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model.report import Mark, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.journal.record import RunRecord


class Durations:
    """What the steps of some runs took, by ``driver:phase``."""

    def __init__(self, runs: Iterable[RunRecord]) -> None:
        self._seconds: dict[str, list[float]] = {}
        for run in runs:
            for step, seconds in measured(run).items():
                self._seconds.setdefault(step, []).append(seconds)

    def of(self, steps: Iterable[str]) -> dict[str, float]:
        """Return the medians, of those of the steps that were ever measured."""
        from statistics import median

        return {step: median(self._seconds[step]) for step in sorted(steps) if step in self._seconds}


def measured(run: RunRecord) -> dict[str, float]:
    """Return what each step of a run took: its last attempt, where it was done."""
    begun: dict[str, float] = {}
    took: dict[str, float] = {}
    for event in run.events():
        if event.mark is Mark.BEGUN:
            begun[f"{event.driver}:{event.phase}"] = event.at
        elif event.mark is Mark.DONE and event.state is State.STARTING:
            step = f"{event.driver}:{event.phase}"
            took[step] = event.at - begun.get(step, event.at)
    return took

"""How long steps took in earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model.report import State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.journal.snapshot import RunRecord


class Durations:
    """The durations of the steps of some runs, by ``driver:phase``."""

    def __init__(self, runs: Iterable[RunRecord]) -> None:
        self._seconds: dict[str, list[float]] = {}
        for run in runs:
            for step, seconds in measured(run).items():
                self._seconds.setdefault(step, []).append(seconds)

    def of(self, steps: Iterable[str]) -> dict[str, float]:
        """Return the medians of those steps that were measured at least once."""
        from statistics import median

        return {step: median(self._seconds[step]) for step in sorted(steps) if step in self._seconds}


def measured(run: RunRecord) -> dict[str, float]:
    """Return how long each completed step of a run took; of several attempts, the last."""
    started: dict[str, float] = {}
    took: dict[str, float] = {}
    for event in run.events():
        if event.mark is StepEvent.STARTED:
            started[f"{event.driver}:{event.phase}"] = event.at
        elif event.mark is StepEvent.DONE and event.state is State.STARTING:
            step = f"{event.driver}:{event.phase}"
            took[step] = event.at - started.get(step, event.at)
    return took

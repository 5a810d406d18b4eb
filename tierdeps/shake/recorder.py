"""Records one run: of each step, what was ready when it ran, and whether it succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import State, Step, StepEvent
from tierdeps.model.declarations import RESERVED
from tierdeps.model.report import DEGRADED
from tierdeps.reporters import Reporter
from tierdeps.shake.evidence import Observation, Target, Trial

if TYPE_CHECKING:
    from tierdeps.model import Event, Report
    from tierdeps.shake.steps import Steps


class Recorder(Reporter):
    """The reporter of one run in one order."""

    def __init__(self, steps: Steps) -> None:
        self._numbers = {step: number for number, step in enumerate(steps.steps)}
        self._rows: dict[str, list[int]] = {}
        for number, step in enumerate(steps.steps):
            self._rows.setdefault(step.driver, []).append(number)
        self._whole = (1 << len(steps.steps)) - 1
        self._present = 0
        #: By driver, the step that was started last.
        self._current: dict[str, int] = {}
        self._absent: dict[Target, int] = {}
        self._found: dict[Target, Observation] = {}
        self._ready: set[str] = set()
        self._adopted: set[str] = set()

    def event(self, event: Event) -> None:
        """Record what happened to a driver."""
        rows = self._rows.get(event.driver)
        if rows is None:  # the delay of a run with a late driver
            return
        if event.phase is not None and event.phase not in RESERVED:
            self._step(event, self._numbers[Step(event.driver, event.phase)])
        elif event.phase is None:
            self._moved(event, rows)

    def _step(self, event: Event, number: int) -> None:
        target = Target(number)
        if event.mark is StepEvent.STARTED:
            self._current[event.driver] = number
            self._absent[target] = self._whole & ~self._present
        elif event.mark is StepEvent.DONE and target in self._absent:
            self._present |= 1 << number
            self._found[target] = Observation(target, self._absent[target], failed=False)

    def _moved(self, event: Event, rows: list[int]) -> None:
        current = Target(self._current.get(event.driver, rows[0]))
        stop = Target(rows[0], stops=True)
        if event.state is State.ADOPTED:
            self._adopted.add(event.driver)
        elif event.state is State.SKIPPED:
            self._found[current] = Observation(current, self._now, failed=True, reason=event.reason, skipped=True)
        elif event.state is State.READY:
            self._ready.add(event.driver)
            if event.reason.startswith(DEGRADED):
                self._failed(current, rows, event.reason)
        elif event.state is State.STOPPING:
            self._absent[stop] = self._now
            self._leave(rows)
            if event.driver in self._ready:
                self._found[stop] = Observation(stop, self._absent[stop], failed=False)
        elif event.state is State.FAILED and stop in self._absent:
            if stop in self._found:
                self._found[stop] = Observation(stop, self._absent[stop], failed=True, reason=event.reason)
        elif event.state is State.FAILED:
            self._ready.discard(event.driver)
            self._failed(current, rows, event.reason)

    @property
    def _now(self) -> int:
        return self._whole & ~self._present

    def _leave(self, rows: list[int]) -> None:
        for row in rows:
            self._present &= ~(1 << row)

    def _failed(self, target: Target, rows: list[int], reason: str) -> None:
        """Record a failure of a phase, or after it: what was absent then may be what the driver is lost for later."""
        absent = self._absent.get(target, self._now)
        self._found[target] = Observation(target, absent, failed=True, reason=reason)
        self._leave(rows)

    def trial(self, order: tuple[int, ...], report: Report) -> Trial:
        """Return what was observed; ``report`` is that of the stop."""
        not_stopped = {outcome.driver for outcome in report.outcomes if outcome.stragglers}
        observations = tuple(self._found[target] for target in sorted(self._found))
        return Trial(order, observations, frozenset(self._adopted), frozenset(not_stopped), not report.interrupted)

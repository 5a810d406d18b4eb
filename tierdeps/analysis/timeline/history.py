"""The start of each driver as its attempts, one after the other: what a run's events add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.timeline.value import Bar, Result
from tierdeps.model.edges import Step
from tierdeps.model.report import State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model.report import Event

_RESULTS = {
    StepEvent.DONE: Result.DONE,
    StepEvent.FAILED: Result.FAILED,
    StepEvent.RETRIED: Result.RETRIED,
    StepEvent.CANCELLED: Result.CANCELLED,
}
#: Changes of state that settle a driver.
SETTLED = (State.READY, State.ADOPTED, State.SKIPPED, State.BLOCKED, State.FAILED)


class StartHistory:
    """The start of one driver."""

    def __init__(self, driver: str, first_phase: str) -> None:
        self.driver = driver
        self.bars: list[Bar] = []
        self.settled: float | None = None
        self.ready: float | None = None
        self.reason: str = ""
        self._first_phase = first_phase
        self._open: tuple[Step, float] | None = None

    def record(self, event: Event) -> None:
        """Record one event of the driver."""
        if event.mark is StepEvent.STARTED and event.phase is not None:
            self.close(event.at, Result.DONE)  # steps before the first phase have no event for their end
            self._open = Step(event.driver, event.phase), event.at
        elif event.mark is not None:
            self.close(event.at, _RESULTS.get(event.mark, Result.DONE), event.reason)
        elif event.state in SETTLED and self.settled is None:
            self._record_settled(event)

    def _record_settled(self, event: Event) -> None:
        failed = event.state is State.FAILED
        self.close(event.at, Result.FAILED if failed else Result.DONE, event.reason)
        if not self.bars:
            self.bars.append(Bar(Step(self.driver, self._first_phase), event.at, event.at, Result.PASSED, event.reason))
        self.settled, self.reason = event.at, event.reason
        self.ready = event.at if event.state.satisfies_barrier else None

    def close(self, at: float, result: Result, reason: str = "") -> None:
        """End the current attempt, if there is one."""
        if self._open is not None:
            step, started = self._open
            self.bars.append(Bar(step, started, at, result, reason))
            self._open = None


def start_histories(events: Iterable[Event], first_phases: dict[str, str], end: float) -> dict[str, StartHistory]:
    """Return the start of each driver until ``end``; an attempt that is still running then ends there."""
    found = {name: StartHistory(name, phase) for name, phase in first_phases.items()}
    for event in events:
        if event.at <= end and event.driver in found:
            found[event.driver].record(event)
    for history in found.values():
        history.close(end, Result.RUNNING)
    return found

"""What a run's events come to: for each driver its attempts, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model.edges import Step
from tierdeps.model.report import Mark, State
from tierdeps.timeline.value import Bar, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model.report import Event

_RESULTS = {
    Mark.DONE: Result.DONE,
    Mark.FAILED: Result.FAILED,
    Mark.RETRIED: Result.RETRIED,
    Mark.CANCELLED: Result.CANCELLED,
}
#: Changes of state that settle a driver.
SETTLED = (State.READY, State.ADOPTED, State.SKIPPED, State.BLOCKED, State.FAILED)


class Course:
    """How one driver's start went."""

    def __init__(self, driver: str, first_phase: str) -> None:
        self.driver = driver
        self.bars: list[Bar] = []
        self.settled: float | None = None
        self.ready: float | None = None
        self.reason = ""
        self._first_phase = first_phase
        self._open: tuple[Step, float] | None = None

    def tell(self, event: Event) -> None:
        """Record one event of the driver."""
        if event.mark is Mark.BEGUN and event.phase is not None:
            self.close(event.at, Result.DONE)  # what comes before a phase does not say that it is over
            self._open = Step(event.driver, event.phase), event.at
        elif event.mark is not None:
            self.close(event.at, _RESULTS.get(event.mark, Result.DONE), event.reason)
        elif event.state in SETTLED and self.settled is None:
            self._settle(event)

    def _settle(self, event: Event) -> None:
        failed = event.state is State.FAILED
        self.close(event.at, Result.FAILED if failed else Result.DONE, event.reason)
        if not self.bars:
            self.bars.append(Bar(Step(self.driver, self._first_phase), event.at, event.at, Result.PASSED, event.reason))
        self.settled, self.reason = event.at, event.reason
        self.ready = event.at if event.state.opens else None

    def close(self, at: float, result: Result, reason: str = "") -> None:
        """End the attempt that goes on, if one does."""
        if self._open is not None:
            step, began = self._open
            self.bars.append(Bar(step, began, at, result, reason))
            self._open = None


def courses(events: Iterable[Event], first_phases: dict[str, str], end: float) -> dict[str, Course]:
    """Return how each driver's start went, until the ``end`` of the start; what goes on then is cut there."""
    found = {name: Course(name, phase) for name, phase in first_phases.items()}
    for event in events:
        if event.at <= end and event.driver in found:
            found[event.driver].tell(event)
    for course in found.values():
        course.close(end, Result.RUNNING)
    return found

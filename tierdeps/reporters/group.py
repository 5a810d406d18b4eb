"""The reporters of a run; one that raises receives nothing more, and the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.driver_errors import describe, tame
from tierdeps.errors import TierdepsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.model import Plan, Report
    from tierdeps.reporters import Reporter


class ReporterGroup:
    """The reporters of one run: those that are ``listening``."""

    def __init__(self, reporters: Iterable[Reporter]) -> None:
        self.notes: list[str] = []
        self.listening: tuple[Reporter, ...] = tuple(reporters)

    def run_started(self, plan: Plan) -> None:
        """Report that a run starts."""
        self._call_all(lambda reporter: reporter.run_started(plan))

    def raised(self, driver: str, traceback: str) -> None:
        """Report the traceback of an exception of a driver."""
        self._call_all(lambda reporter: reporter.raised(driver, traceback))

    def changed(self, plan: Plan) -> None:
        """Report that the run continues with another plan."""
        self._call_all(lambda reporter: reporter.plan_changed(plan))

    def started(self, report: Report) -> None:
        """Report that the start is over."""
        self._call_all(lambda reporter: reporter.start_ended(report))

    def ended(self, report: Report) -> None:
        """Report the result of the run."""
        self._call_all(lambda reporter: reporter.run_ended(report))

    def _call_all(self, method: Callable[[Reporter], None]) -> None:
        for reporter in self.listening:
            try:
                method(reporter)
            except BaseException as error:  # noqa: BLE001  a plugin's reporter never breaks a run
                self.drop(reporter, error)

    def drop(self, reporter: Reporter, error: BaseException) -> None:
        """Pass nothing more to a reporter that raised; a note says so."""
        self.listening = tuple(other for other in self.listening if other is not reporter)
        self.notes.append(failure_note(type(reporter).__name__, error))


def failure_note(reporter: str, error: BaseException) -> str:
    """Return the note on a reporter that raised; an error of ours is a sentence that says what is wrong."""
    raised = ":" if isinstance(tame(error), TierdepsError) else " raised"
    return f"the reporter {reporter}{raised} {describe(error)}; it receives no more events"

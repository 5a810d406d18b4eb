"""What reporters are sent; one that raises is sent nothing more, and the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.driver_errors import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.model import Event, Plan, Report
    from tierdeps.reporters import Reporter


class ReporterGroup:
    """The reporters of one run."""

    def __init__(self, reporters: Iterable[Reporter]) -> None:
        self.notes: list[str] = []
        self._admit(tuple(reporters))

    def _admit(self, reporters: tuple[Reporter, ...]) -> None:
        self._reporters = reporters
        #: Whether anybody is left.
        self.listen: bool = bool(reporters)

    def began(self, plan: Plan) -> None:
        """Tell that a run begins."""
        self._tell(lambda reporter: reporter.run_started(plan))

    def event(self, event: Event) -> None:
        """Tell what happened; of the many things that are told, the one that is told most."""
        for reporter in self._reporters:
            try:
                reporter.event(event)
            except BaseException as error:  # noqa: BLE001  a plugin's reporter never breaks a run
                self._drop(reporter, error)

    def raised(self, driver: str, traceback: str) -> None:
        """Tell where a driver raised an exception."""
        self._tell(lambda reporter: reporter.raised(driver, traceback))

    def changed(self, plan: Plan) -> None:
        """Tell that the run goes on with another plan."""
        self._tell(lambda reporter: reporter.plan_changed(plan))

    def started(self, report: Report) -> None:
        """Tell that the start is over."""
        self._tell(lambda reporter: reporter.start_ended(report))

    def ended(self, report: Report) -> None:
        """Tell what came out."""
        self._tell(lambda reporter: reporter.run_ended(report))

    def _tell(self, tell: Callable[[Reporter], None]) -> None:
        for reporter in self._reporters:
            try:
                tell(reporter)
            except BaseException as error:  # noqa: BLE001  a plugin's reporter never breaks a run
                self._drop(reporter, error)

    def _drop(self, reporter: Reporter, error: BaseException) -> None:
        self._admit(tuple(other for other in self._reporters if other is not reporter))
        name = type(reporter).__name__
        self.notes.append(f"the reporter {name} raised {describe(error)}, and was told nothing more")

"""A run as lines of text, for files and pipes; a dry run; and tracebacks alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.model import State, StepEvent
from tierdeps.model.report import CHECK, DEGRADED
from tierdeps.reporters import Reporter
from tierdeps.words.report import degraded_names, note_lines, report_lines, stopped_names, traceback_lines
from tierdeps.words.sentences import counted, host_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Event, Plan, Report

#: Steps are reported only if a driver has several phases, or with ``verbose``.
ROUTINE_MARKS = (StepEvent.STARTED, StepEvent.DONE)


class LineReporter(Reporter):
    """Writes a line for each change of state; with ``verbose`` for each step too, with ``quiet`` only the report.

    ``came_up`` says whether the run, of which it reports only the rest, was started with success before, and
    ``known_notes`` are those of then, which are not written again.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        verbose: bool = False,
        quiet: bool = False,
        came_up: bool = False,
        known_notes: tuple[str, ...] = (),
    ) -> None:
        self._write = write
        self._quiet = quiet and not verbose
        self._verbose = verbose
        self._tiers: dict[str, str] = {}
        self._tier = ""
        #: The notes that are printed already, or were before.
        self.notes: tuple[str, ...] = known_notes
        self._came_up = came_up
        self._plan: Plan | None = None

    def run_started(self, plan: Plan) -> None:
        """Record the tier of each driver."""
        self._plan = plan
        self._tiers = {driver.name: driver.tier for driver in plan} if len(plan.tiers) > 1 else {}

    def plan_changed(self, plan: Plan) -> None:
        """Record the tiers of the new plan."""
        self.run_started(plan)

    def event(self, event: Event) -> None:
        """Write the event; if quiet, only that a driver failed or is blocked."""
        if self._quiet and (event.mark is not None or event.state not in (State.FAILED, State.BLOCKED)):
            return
        if event.mark is not None:
            if event.mark in ROUTINE_MARKS and not event.state.is_up and not self._verbose:
                return
            if event.mark is StepEvent.FAILED and event.phase != CHECK:  # the driver's own failure follows, and says it
                return
        if not self._quiet:
            self._write_tier(event)
        self._write(printable(f"{event.at:8.3f}  {event_text(event, self._host(event))}{self._milestone(event)}"))

    def _host(self, event: Event) -> str:
        """Return where the driver of an event runs, where its name does not say so."""
        driver = None if self._plan is None else self._plan.drivers.get(event.driver)
        return "" if driver is None else host_note(event.driver, driver.host)

    def _milestone(self, event: Event) -> str:
        """Return the mark of a driver that is ready although nothing is run for it."""
        if self._plan is None or event.state is not State.READY or event.mark is not None:
            return ""
        driver = self._plan.drivers.get(event.driver)
        return " (milestone)" if driver is not None and self._plan.is_milestone(driver) else ""

    def _write_tier(self, event: Event) -> None:
        tier = self._tiers.get(event.driver, "")
        if event.state is State.STARTING and tier != self._tier:
            self._tier = tier
            self._write(printable(f"{event.at:8.3f}  tier {tier}"))

    def raised(self, driver: str, traceback: str) -> None:
        """Write the traceback, with ``verbose``."""
        if self._verbose:
            for line in traceback_lines(driver, traceback):
                self._write(line)

    def start_ended(self, report: Report) -> None:
        """Write whether all drivers are ready, and the notes: the end may be far away."""
        self._came_up = report.ready
        if self._quiet:
            return
        if report.ready and not report.nothing_up:
            self._write(f"{report.seconds:8.3f}  all drivers are ready{stopped_names(report)}{degraded_names(report)}")
        for line in note_lines(report, self.notes):
            self._write(line)
        self.notes += report.notes

    def run_ended(self, report: Report) -> None:
        """Write the report."""
        for line in report_lines(report, self.notes, verbose=self._verbose, came_up=self._came_up):
            self._write(line)


class DryRunReporter(Reporter):
    """Writes what would be done."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._steps = 0

    def event(self, event: Event) -> None:
        """Write which step would start, or which driver would not."""
        if event.mark is StepEvent.STARTED:
            self._steps += 1
            self._write(printable(f"would start {event.driver}:{event.phase}"))
        elif event.state is State.SKIPPED:
            self._write(printable(f"would skip {event.driver}: {event.reason}"))
        elif event.state is State.BLOCKED:
            self._write(printable(f"would not start {event.driver}: {event.reason}"))

    def run_ended(self, report: Report) -> None:
        """Write the number of steps, and what is wrong with the plan."""
        if report.problem:
            self._write(printable(f"error: {report.problem}"))
        self._write(f"{counted(self._steps, 'step')} of {counted(len(report.outcomes), 'driver')}; nothing was done")


class TracebackReporter(Reporter):
    """Writes tracebacks and nothing else, beside a reporter that writes none."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def raised(self, driver: str, traceback: str) -> None:
        """Write the traceback."""
        for line in traceback_lines(driver, traceback):
            self._write(line)


def event_text(event: Event, where: str = "") -> str:
    """Return an event as a few words; ``where`` is a note on the host of its driver."""
    where = f" {where}" if where else ""
    if event.state.is_up and event.mark is None and event.reason.startswith(DEGRADED):
        return f"{event.driver}{where} {event.state} ({event.reason})"
    if event.mark is None:
        what = f"{event.driver}{where} {event.state}"
    else:
        what = f"{event.driver}:{event.phase}{where} {event.mark.word}"
    return f"{what}: {event.reason}" if event.reason else what

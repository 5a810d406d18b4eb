"""What ``ui`` shows: one instance as the journal and its logs have it, controlled through its socket."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import reason_of
from tierdeps.analysis.timeline import timeline_of
from tierdeps.cli.run.log_view import lines_left
from tierdeps.cli.run.single_drivers import perform_quietly
from tierdeps.control.messages import Perform
from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.run_log import RunLog
from tierdeps.errors import RunError
from tierdeps.formats import View
from tierdeps.formats.timeline.text import render
from tierdeps.journal import Journal
from tierdeps.journal.status import Activity, status_of
from tierdeps.journal.text import KINDS, activity_text, headline
from tierdeps.ui.source import Done, DriverRow, LogPart, LogText, RunView
from tierdeps.words.sentences import counted, host_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.driver_logs.log_line import LogLine
    from tierdeps.journal import RunRecord
    from tierdeps.journal.status import DriverStatus, Status
    from tierdeps.ui.source import Action

#: How many drivers are listed; of more, only those are that ``status`` lists without ``--all``.
MAX_DRIVERS = 2000
#: How many lines of a log are shown at first, and how many characters of each line.
MAX_LINES, MAX_LINE = 1000, 2000
#: How many parts of a log, of 256 KiB each, are read at once.
MAX_READS = 20


class InstanceSource:
    """The instance that a run belongs to, and its later runs."""

    def __init__(self, run: RunRecord) -> None:
        self._instance = run.info.instance
        self._title = run.info.title
        self._log_key: tuple[int, str] | None = None
        self._log: RunLog | None = None
        self._open = ExitStack()

    def run(self) -> RunView:
        """Return the state of the last run."""
        with Journal.open(readonly=True) as journal:
            run = self._last(journal)
            every = len(run.plan_summary.drivers) <= MAX_DRIVERS
            status = status_of(run, every=every, limit=MAX_DRIVERS)
        return _view(status, len(run.plan_summary.drivers) - len(status.drivers))

    def _last(self, journal: Journal) -> RunRecord:
        """Return the last run of the instance. Raises JournalError, and RunError if the journal has none any more."""
        run = journal.last(self._instance)
        if run is None:
            raise RunError(f"the journal has no run of {self._title} any more; tierdeps start starts it")
        return run

    def log(self, driver: str) -> LogPart:
        """Return the last lines of a driver, or what it has added since the call before."""
        with Journal.open(readonly=True) as journal:
            run = self._last(journal)
            key = run.number, driver
            is_new = key != self._log_key
            left = tuple(lines_left(run, (driver,), MAX_LINES, None)) if is_new else ()
        try:
            if is_new or self._log is None:
                self._open.close()
                self._log = self._open.enter_context(_log_of(run, driver))
                self._log_key = key
                return LogPart(driver, whole=True, lines=_texts((*left, *self._log.lines(MAX_LINES))))
            return LogPart(driver, whole=False, lines=_texts(_new_lines(self._log)))
        except OSError as error:
            raise RunError(f"the log of {driver} cannot be read: {reason_of(error)}") from None

    def timeline(self, width: int) -> tuple[str, ...]:
        """Return the chart of the last start, without the plugins' formats."""
        with Journal.open(readonly=True) as journal:
            return tuple(render(timeline_of(self._last(journal)), View(color=False, width=width)))

    def perform(self, action: Action, driver: str, *, dry_run: bool = False) -> Done:
        """Start, stop or restart a driver, as the commands do."""
        with Journal.open(readonly=True) as journal:
            run = self._last(journal)
        if not run.alive:
            raise RunError(f"{self._title} is not running; tierdeps start starts it")
        ok, lines = perform_quietly(run, Perform(action, (driver,), dry_run=dry_run))
        return Done(ok=ok, lines=tuple(line.removesuffix("; nothing was done") for line in lines))


def _log_of(run: RunRecord, driver: str) -> RunLog:
    info = run.info
    return RunLog(run_folder(info.instance, info.began_at, info.pid), (driver,), (driver,))


def _new_lines(log: RunLog) -> deque[LogLine]:
    """Return the last ones of the lines that were added; of a driver that writes fast, in several calls."""
    found: deque[LogLine] = deque(maxlen=MAX_LINES)
    for _ in range(MAX_READS):
        lines = log.new_lines()
        if not lines:
            break
        found.extend(lines)
    return found


def _texts(lines: Iterable[LogLine]) -> tuple[LogText, ...]:
    return tuple(LogText(line.time, line.stream, line.text[:MAX_LINE]) for line in lines)


def _view(status: Status, more: int) -> RunView:
    run, info = status.run, status.run.info
    counts = ", ".join(f"{count} {state}" for state, count in status.counts.items())
    counts = f"{counted(sum(status.counts.values()), 'driver')}: {counts or 'nothing to start'}"
    tiers = {name: place for place, (name, _) in enumerate(run.plan_summary.tiers)}
    drivers = sorted(status.drivers, key=lambda one: tiers.get(one.tier, len(tiers)))
    rows = tuple(_row(status, one) for one in drivers)
    return RunView(run.number, info.title, info.pid, run.alive, headline(status), counts, rows, more)


def _row(status: Status, one: DriverStatus) -> DriverRow:
    rests = one.activity is Activity.NOTHING
    note = one.failure or one.reason if rests else activity_text(one, deadline=False)
    kind = "error" if one.failure else KINDS.get(one.state, "dim")
    since = status.run.info.began_at + round(status.seconds - one.seconds, 3)
    host = host_note(one.driver, one.host or None)
    return DriverRow(one.driver, one.tier, str(one.state), kind, since, note, host)

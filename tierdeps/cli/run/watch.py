"""``status --watch``: a run is drawn again each second on a terminal; elsewhere each change is printed as a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.cli.output.answer import ANSWER
from tierdeps.journal.status import status_of
from tierdeps.journal.text import headline, sentence, status_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.cli._session import Session
    from tierdeps.journal import Journal, RunRecord
    from tierdeps.journal.status import DriverStatus, Status

#: The interval of reading the journal.
INTERVAL_S = 1.0
#: The lines of a picture that are not for drivers.
FRAME_LINES = 5


def watch(session: Session, journal: Journal, run: RunRecord, *, as_json: bool) -> RunRecord:
    """Follow a run to its end; return its last record."""
    if as_json:
        return _follow(journal, run, _json_printer())
    if ANSWER.stream.isatty():
        return _redraw(session, journal, run)
    return _follow(journal, run, _line_printer())


def _redraw(session: Session, journal: Journal, run: RunRecord) -> RunRecord:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    palette = session.palette()
    console = Console(file=ANSWER.stream, highlight=False, color_system="auto" if palette.color else None)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            status = status_of(run, limit=max(1, console.height - FRAME_LINES))
            live.update(Text.from_ansi("\n".join(status_lines(status, palette)), no_wrap=True), refresh=True)
            if not run.alive:
                return run
            time.sleep(INTERVAL_S)
            run = journal.reread(run)


def _follow(journal: Journal, run: RunRecord, print_changes: Callable[[Status], None]) -> RunRecord:
    while True:
        print_changes(status_of(run, every=True))
        if not run.alive:
            return run
        time.sleep(INTERVAL_S)
        run = journal.reread(run)


def _line_printer() -> Callable[[Status], None]:
    """Return a function that prints a line for each change: of the run as a whole, and of each driver."""
    known: dict[str, object] = {}  # the run under the empty name, which no driver has

    def print_changes(status: Status) -> None:
        of_run = status.run.alive, status.run.ready_at, status.run.ended_at
        if known.get("") != of_run:
            known[""] = of_run
            ANSWER.echo(printable(f"{status.run.info.title} {headline(status)}"))
        for driver in status.drivers:
            of_driver = driver.state, driver.activity, driver.step, driver.awaited, driver.reason
            if known.get(driver.driver) != of_driver:
                known[driver.driver] = of_driver
                ANSWER.echo(printable(f"{status.seconds:8.1f}  {sentence(driver, over=not status.run.alive)}"))

    return print_changes


def _without_times(driver: DriverStatus) -> DriverStatus:
    return driver._replace(seconds=0.0, deadline_in=None, failed_seconds=None, restarted_seconds=None)


def _json_printer() -> Callable[[Status], None]:
    """Return a function that prints the document as a line if anything but times has changed."""
    import json

    from tierdeps.formats.status import document

    known: list[object] = [None]

    def print_changes(status: Status) -> None:
        drivers = list(map(_without_times, status.drivers))
        without_times = (status.run.alive, status.run.ready_at, status.run.ended_at, drivers)
        if known[0] != without_times:
            known[0] = without_times
            ANSWER.echo(json.dumps(document(status), ensure_ascii=True))

    return print_changes

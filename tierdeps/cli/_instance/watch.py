"""A run that is watched: drawn anew each second on a terminal, elsewhere told in a line for each change."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.cli._answer import ANSWER
from tierdeps.journal.status import status_of
from tierdeps.journal.wording import headline, sentence, status_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.cli._session import Session
    from tierdeps.journal import Journal, RunRecord
    from tierdeps.journal.status import Status

#: Seconds between two looks.
PAUSE = 1.0
#: Lines of the terminal that are not for drivers.
FRAME = 5


def watch(session: Session, journal: Journal, run: RunRecord, *, as_json: bool) -> RunRecord:
    """Follow a run to its end; return it as it is then."""
    if as_json:
        return _follow(journal, run, _json_lines())
    if ANSWER.stream.isatty():
        return _redraw(session, journal, run)
    return _follow(journal, run, _lines())


def _redraw(session: Session, journal: Journal, run: RunRecord) -> RunRecord:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=ANSWER.stream, highlight=False, no_color=not session.view().color)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            status = status_of(run, limit=max(1, console.height - FRAME))
            live.update(Text("\n".join(status_lines(status)), no_wrap=True), refresh=True)
            if not run.alive:
                return run
            time.sleep(PAUSE)
            run = journal.again(run)


def _follow(journal: Journal, run: RunRecord, tell: Callable[[Status], None]) -> RunRecord:
    while True:
        tell(status_of(run, every=True))
        if not run.alive:
            return run
        time.sleep(PAUSE)
        run = journal.again(run)


def _lines() -> Callable[[Status], None]:
    """Return what tells each change in a line: of the run as a whole, and of each driver."""
    known: dict[str, object] = {}

    def tell(status: Status) -> None:
        about = status.run.alive, status.run.ready_at, status.run.ended_at
        if known.get("") != about:
            known[""] = about
            ANSWER.echo(printable(f"{status.run.info.title}: {headline(status)}"))
        for driver in status.drivers:
            standing = driver.state, driver.doing, driver.step, driver.awaited, driver.reason
            if known.get(driver.driver) != standing:
                known[driver.driver] = standing
                ANSWER.echo(printable(f"{status.seconds:8.1f}  {sentence(driver, over=not status.run.alive)}"))

    return tell


def _json_lines() -> Callable[[Status], None]:
    """Return what writes the document in a line, where anything but the time has changed."""
    import json

    from tierdeps.formats.status.json import document

    known: list[object] = [None]

    def tell(status: Status) -> None:
        still = [driver._replace(seconds=0.0, deadline_in=None) for driver in status.drivers]
        standing = (status.run.alive, status.run.ready_at, status.run.ended_at, still)
        if known[0] != standing:
            known[0] = standing
            ANSWER.echo(json.dumps(document(status), ensure_ascii=True))

    return tell

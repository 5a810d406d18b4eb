"""One run is written down while it goes on."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from tierdeps.journal.columns import LEGEND, Columns, Group, Words, pack, words_of
from tierdeps.journal.errors import JournalError
from tierdeps.journal.outlining import dump, outline_of
from tierdeps.journal.store import GROUPS, faults, transaction
from tierdeps.journal.value import Ending

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from pathlib import Path

    from tierdeps.journal.outline import Outline
    from tierdeps.model import Event, Plan, Report
    from tierdeps.reporters import Reporter
else:  # reporters stand above the journal; it is enough to have their methods
    Reporter = object

#: After so many events what they came to is written down too, so that nobody has to read them all to know it;
#: where there are many drivers, after so many for each: more than those of a start, when there is other work to do.
FOLDED, FOLDED_EACH = 20_000, 5
#: A group takes as long to read as so many events.
GROUP = 20
#: When somebody else is writing: how long this one writes nothing, in seconds.
PAUSE = 0.1


class Recorder(Reporter):
    """A reporter that writes a run to the journal; made by ``Journal.begin``.

    Events are kept until the loop's turn is over and then written in one group: what was written survives the end of
    this process by any signal. Where writing fails, the next event raises JournalError, and the run goes on without.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, run: int, outline: Outline) -> None:
        self.run = run
        self._connection = connection
        self._path = path
        self._words = Words(words_of(outline))
        #: The fields of events, one's after the other's: no value that holds others is kept for the garbage collector.
        self._flat: list[Any] = []
        self._number = 0
        self._due: TimerHandle | None = None
        self._waits = False
        self._fold: list[Group] = []
        self._unfolded = 0
        #: After so many events they are summed up; less often where that is long.
        self.folds_after = max(FOLDED, FOLDED_EACH * len(outline.drivers))
        self._failure: JournalError | None = None

    def run_began(self, plan: Plan) -> None:
        """Take down when it really began."""
        del plan
        with faults(self._path):
            self._connection.execute("UPDATE runs SET ticks = ? WHERE id = ?", (time.monotonic(), self.run))

    def event(self, event: Event) -> None:
        """Keep it until the turn is over."""
        self.take(event)

    def take(self, fields: tuple[Any, ...]) -> None:
        """Keep the fields of events until the turn is over."""
        self._flat.extend(fields)
        if not self._waits:
            self._schedule()

    def start_ended(self, report: Report) -> None:
        """Take down how the start went."""
        with faults(self._path):
            statement = "UPDATE runs SET start_seconds = ? WHERE id = ?"
            self._connection.execute(statement, (report.seconds, self.run))
        self._end(report, "ready_at")

    def run_ended(self, report: Report) -> None:
        """Take down what came out."""
        self._end(report, "ended_at")

    def plan_changed(self, plan: Plan) -> None:
        """Take down that the run goes on with another plan."""
        outline = outline_of(plan)
        with faults(self._path), transaction(self._connection):
            key = keep_outline(self._connection, outline, plan.digest)
            statement = "UPDATE runs SET plan = ?, digest = ? WHERE id = ?"
            self._connection.execute(statement, (key, plan.digest, self.run))

    def flush(self) -> None:
        """Write what was kept."""
        self._waits = False
        if self._failure is None and self._flat:
            try:
                self._write()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    self._schedule(PAUSE)
                else:
                    self._fail(error)
            except sqlite3.Error as error:
                self._fail(error)

    def _schedule(self, pause: float = 0.0) -> None:
        if self._failure is not None:
            self._flat.clear()
            raise self._failure
        from asyncio import get_running_loop

        try:
            loop = get_running_loop()
        except RuntimeError:  # nothing turns: each event by itself
            self.flush()
            return
        self._waits = True
        if pause:
            loop.call_later(pause, self.flush)
        else:
            loop.call_soon(self.flush)

    def _write(self) -> None:
        group = pack(self._flat, self._words)
        number, news = self._number + 1, self._words.news
        at = self.run * GROUPS + number
        execute = self._connection.execute
        with transaction(self._connection):
            execute("INSERT INTO groups VALUES (?, ?, ?, ?)", (at, *group))
            if news:
                rows = [(self.run, *row) for row in news]
                self._connection.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", rows)
            self._keep(group, number)
        self._number = number
        news.clear()
        self._flat.clear()

    def _keep(self, group: Group, number: int) -> None:
        """Now and then write what all groups up to this one come to."""
        self._unfolded += group.size + GROUP
        if self._unfolded < self.folds_after:
            self._fold.append(group)
            return
        words = ["", *map(str, filter(None, self._words))]
        fold = Columns((*self._fold, group), words, LEGEND).fold()
        self._connection.execute("REPLACE INTO folds VALUES (?, ?, ?, ?, ?)", (self.run, number, *fold))
        self._fold = [fold]
        self._unfolded = 0

    def _end(self, report: Report, column: str) -> None:
        ending = Ending(report.ready, report.ok, report.interrupted, report.problem, report.notes, report.seconds)
        with faults(self._path):
            self._flush_now()
            statement = f"UPDATE runs SET {column} = ?, ending = ? WHERE id = ?"  # noqa: S608  a column of ours
            self._connection.execute(statement, (time.time(), dump_ending(ending), self.run))

    def _flush_now(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._flat:
            self._write()

    def _fail(self, error: sqlite3.Error) -> None:
        try:
            with faults(self._path):
                raise error
        except JournalError as failure:
            self._failure = failure


def keep_outline(connection: sqlite3.Connection, outline: Outline, digest: str) -> str:
    """Write the outline of a plan, unless it is there as after every run of that plan but the first; return its key."""
    key, head = dump(outline, digest)
    if connection.execute("SELECT 1 FROM plans WHERE key = ?", (key,)).fetchone() is None:
        connection.execute("INSERT INTO plans VALUES (?, ?, ?)", (key, head, outline.waits))
    return key


def dump_ending(ending: Ending) -> str:
    """Return an ending as text."""
    return json.dumps(ending)

"""One run is written down while it goes on."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import suppress
from itertools import chain
from logging import getLogger
from typing import TYPE_CHECKING, Any
from weakref import finalize

from tierdeps.journal.columns import FIELDS, LEGEND, Columns, Group, Words, pack, words_of
from tierdeps.journal.errors import JournalError
from tierdeps.journal.outlining import dump, outline_of
from tierdeps.journal.store import GROUPS, faults, transaction
from tierdeps.journal.value import Ending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tierdeps.journal.outline import Outline
    from tierdeps.journal.value import RunInfo
    from tierdeps.model import Event, Plan, Report
    from tierdeps.reporters import Reporter
else:  # reporters stand above the journal; it is enough to have their methods
    Reporter = object

#: After so many events what they came to is written down too, so that nobody has to read them all to know it;
#: where there are many drivers, after so many for each: more than those of a start, when there is other work to do.
FOLDED, FOLDED_EACH = 20_000, 5
#: A group takes as long to read as so many events.
GROUP = 20
#: When somebody else is writing, and when it failed: how long this one writes nothing, in seconds.
PAUSE, LATER = 0.1, 2.0
#: So much space is set aside for the end of a run, in bytes.
ASIDE = 1 << 16
_GROUP = "INSERT INTO groups VALUES (?, ?, ?, ?)"


class Recorder(Reporter):
    """A reporter that writes a run to the journal; made by ``Journal.begin``.

    Events are kept until the loop's turn is over and then written in one group: what was written survives the end of
    this process by any signal. Where writing fails, that is told once, and it is tried again; what is kept meanwhile
    comes, where it is much, to where each driver stands.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, run: int, outline: Outline) -> None:
        self.run = run
        self._connection = connection
        self._path = path
        self._words = Words(words_of(outline))
        #: The fields of events, one's after the other's: no value that holds others is kept for the garbage collector.
        self._flat: list[Any] = []
        #: What is known of the run as a whole and not written yet, by column; and the plan that it went over to.
        self._facts: dict[str, float | str] = {}
        self._plan: tuple[Outline, str] | None = None
        self._number = 0
        self._waits = False
        self._fold: list[Group] = []
        self._unfolded = 0
        #: After so many events they are summed up; less often where that is long.
        self.folds_after = max(FOLDED, FOLDED_EACH * len(outline.drivers))
        self._told = False
        #: Whether the start is over.
        self._started = False
        #: Lets go of the space that was set aside for the end; once, and with the recorder at the latest.
        aside = set_aside(path.parent)
        self._give_back: Callable[[], object] = finalize(self, os.close, aside) if aside >= 0 else lambda: None
        #: Told, in a sentence, what cannot be written.
        self.tell: Callable[[str], None] = getLogger("tierdeps.journal").warning

    def run_began(self, plan: Plan) -> None:
        """Take down when it really began."""
        del plan
        self._take_down(ticks=time.monotonic())

    def event(self, event: Event) -> None:
        """Keep it until the turn is over."""
        self.take(event)

    def take(self, fields: tuple[Any, ...]) -> None:
        """Keep the fields of events until the turn is over."""
        self._flat.extend(fields)
        if not self._waits:
            self._schedule()

    def raised(self, driver: str, traceback: str) -> None:
        """Do not keep it: the journal has the sentence."""

    def start_ended(self, report: Report) -> None:
        """Take down how the start went; of a reload, only how the run stands since."""
        facts = {} if self._started else {"start_seconds": report.seconds, "ready_at": time.time()}
        self._started = True
        self._take_down(**facts, ending=_ending(report))

    def run_ended(self, report: Report) -> None:
        """Take down what came out; where there is no room for all, that alone."""
        self._take_down(ended_at=time.time(), ending=_ending(report))
        if self._facts:
            self._squeeze_in()
        self._give_back()

    def plan_changed(self, plan: Plan) -> None:
        """Take down that the run goes on with another plan."""
        self._plan = outline_of(plan), plan.digest
        self.flush()

    def moved(self, info: RunInfo) -> None:
        """Take down that the run goes by another path now."""
        self._take_down(info=json.dumps(info._asdict()))

    def _take_down(self, **facts: float | str) -> None:
        """Write down at once what is known of the run as a whole, by column, or else as soon as that can be."""
        self._facts.update(facts)
        self.flush()

    def flush(self) -> None:
        """Write what was kept; what cannot be written is kept for later."""
        self._waits = False
        if not (self._flat or self._facts or self._plan):
            return
        try:
            self._write()
        except sqlite3.ProgrammingError:  # the journal is closed, and the run over
            self._flat.clear()
        except sqlite3.Error as error:
            self._put_off(error)

    def _put_off(self, error: sqlite3.Error) -> None:
        """Try again later; say so once, unless somebody else is only writing."""
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        if not (busy or self._told):
            self._told = True
            self.tell(f"{_sentence(self._path, error)}; until then this run is not recorded")
        if len(self._flat) > self.folds_after * FIELDS:
            words = ["", *map(str, filter(None, self._words))]
            fold = Columns([pack(self._flat, self._words)], words, LEGEND).fold()
            self._flat[:] = chain(*Columns([fold], words, LEGEND))
        self._schedule(PAUSE if busy else LATER)

    def _squeeze_in(self) -> None:
        """Write the end of a run where there is hardly room: with what happened, or without."""
        self._give_back()
        for flat in (self._flat, []):
            self._flat = flat
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._write()
            except sqlite3.Error:
                continue
            break
        if self._facts:
            self.tell(f"the journal {self._path} does not know that this run ended: status will say it was killed")

    def _schedule(self, pause: float = 0.0) -> None:
        from asyncio import get_running_loop

        try:
            loop = get_running_loop()
        except RuntimeError:  # nothing turns: each event by itself
            if not pause:
                self.flush()
            return
        self._waits = True
        if pause:
            loop.call_later(pause, self.flush)
        else:
            loop.call_soon(self.flush)

    def _write(self) -> None:
        group, number = pack(self._flat, self._words), self._number + 1
        news = self._words.news
        fold: Group | None = None
        with transaction(self._connection):
            self._write_plan()
            if group.size:
                self._connection.execute(_GROUP, (self.run * GROUPS + number, *group))
                fold = self._write_fold(group, number)
            if news:
                rows = [(self.run, *row) for row in news]
                self._connection.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", rows)
            if self._facts:
                columns = ", ".join(f"{column} = ?" for column in self._facts)
                statement = f"UPDATE runs SET {columns} WHERE id = ?"  # noqa: S608  columns of ours
                self._connection.execute(statement, (*self._facts.values(), self.run))
        if group.size:
            self._number = number
            self._unfolded = 0 if fold else self._unfolded + group.size + GROUP
            if fold:
                self._fold.clear()
            self._fold.append(fold or group)
        self._plan = None
        self._facts.clear()
        news.clear()
        self._flat.clear()

    def _write_plan(self) -> None:
        if self._plan is not None:
            key, digest = keep_outline(self._connection, *self._plan), self._plan[1]
            statement = "UPDATE runs SET plan = ?, digest = ? WHERE id = ?"
            self._connection.execute(statement, (key, digest, self.run))

    def _write_fold(self, group: Group, number: int) -> Group | None:
        """Now and then write what all groups up to this one come to; return that."""
        if self._unfolded + group.size + GROUP < self.folds_after:
            return None
        words = ["", *map(str, filter(None, self._words))]
        fold = Columns((*self._fold, group), words, LEGEND).fold()
        self._connection.execute("REPLACE INTO folds VALUES (?, ?, ?, ?, ?)", (self.run, number, *fold))
        return fold


def set_aside(folder: Path) -> int:
    """Set space aside that nobody else gets, and that no end of this process leaves behind; -1 where that cannot be."""
    try:
        aside = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        return -1
    with suppress(OSError):
        os.posix_fallocate(aside, 0, ASIDE)
    return aside


def _sentence(path: Path, error: sqlite3.Error) -> str:
    try:
        with faults(path):
            raise error
    except JournalError as failure:
        return str(failure)


def _ending(report: Report) -> str:
    return dump_ending(
        Ending(report.ready, report.ok, report.interrupted, report.problem, report.notes, report.seconds)
    )


def keep_outline(connection: sqlite3.Connection, outline: Outline, digest: str) -> str:
    """Write the outline of a plan, unless it is there as after every run of that plan but the first; return its key."""
    key, head = dump(outline, digest)
    if connection.execute("SELECT head FROM plans WHERE key = ?", (key,)).fetchone() != (head,):  # or damaged
        connection.execute("REPLACE INTO plans VALUES (?, ?, ?)", (key, head, outline.waits))
    return key


def dump_ending(ending: Ending) -> str:
    """Return an ending as text."""
    return json.dumps(ending)

"""The journal is written by a thread of its own: nothing that holds a file up, or locks it, holds a run up."""

from __future__ import annotations

import sqlite3
from threading import Condition, Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from tierdeps.journal.aside import file_id
from tierdeps.journal.batch import Batch, merged, where_all_stand
from tierdeps.journal.carrying import complete, number_of
from tierdeps.journal.columns import FIELDS, LEGEND, Columns, Group, Words, pack, words_of
from tierdeps.journal.errors import JournalError
from tierdeps.journal.outlining import keep_outline
from tierdeps.journal.store import GROUPS, connect_writer, failure_of, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tierdeps.journal.carrying import Known
    from tierdeps.journal.outline import Outline
    from tierdeps.journal.value import RunInfo

#: After so many events what they came to is written down too, so that nobody has to read them all to know it;
#: where there are many drivers, after so many for each: more than those of a start, when there is other work to do.
FOLDED, FOLDED_EACH = 20_000, 5
#: A group takes as long to read as so many events.
GROUP = 20
#: How long a failed write is not tried again, in seconds: one that another process held up, and any other.
BUSY_PAUSE_S, ERROR_PAUSE_S = 0.1, 2.0
#: How long nothing could be written when that is said, in seconds: others write for a moment, too.
SILENCE_S = 3.0
#: How often it is looked whether the file is still at its path, in seconds.
FOLLOW_S = 5.0
#: A batch with nothing in it: whoever writes it looks where the journal is.
NOTHING = Batch([], {})
_GROUP = "INSERT INTO groups VALUES (?, ?, ?, ?)"


class Writer:
    """Writes the batches of one run in their order, all or nothing of each; ``put`` and ``is_idle`` never wait.

    The thread runs from the first batch to ``close``. Where writing fails that is said once, it is tried again, and
    once it works that is said, too; what is kept meanwhile comes, where it is much, to where each driver stands. What
    stands after the lock is only touched by its holder; the rest, by the thread.
    """

    def __init__(self, path: Path, run: int, outline: Outline, info: RunInfo, say: Callable[[str], None]) -> None:
        self._path = path
        self._run = run
        self._info = info
        #: The plan that the run began with, and the one that it has now.
        self._plans: tuple[Known, Known] = ((outline, info.digest), (outline, info.digest))
        #: The file that is written to, should another one be at its path.
        self._file = file_id(path)
        #: Called by either thread, and has to return at once.
        self._say = say
        #: Called by the thread when there is no room for the end of a run.
        self.make_room: Callable[[], object] = lambda: None
        self.connect: Callable[[], sqlite3.Connection] = lambda: connect_writer(path)
        #: After so many events they are summed up; less often where that is long.
        self.folds_after = max(FOLDED, FOLDED_EACH * len(outline.drivers))
        self._words = Words(words_of(outline))
        self._connection: sqlite3.Connection | None = None
        self._number = 0
        self._fold: list[Group] = []
        self._unfolded = 0
        self._closing = Event()
        #: Set with the end of the run: from then on nothing is waited for any longer than it takes.
        self._hurries = Event()
        self._lock = Condition()
        self._thread: Thread | None = None
        self._kept: list[Batch] = []
        #: When the write that goes on, or failed, began; None where nothing is to be written.
        self._since: float | None = None
        self._said = False

    def put(self, batch: Batch) -> None:
        """Take a batch to write; once this is closed, none is taken."""
        with self._lock:
            if self._closing.is_set():
                return
            self._kept.append(batch)
            if batch.is_last:
                self._hurries.set()
            if sum(len(one.flat) for one in self._kept[:-1]) > self.folds_after * FIELDS:
                self._kept = [where_all_stand(self._kept)]
            if self._since is not None and not self._said and monotonic() - self._since > SILENCE_S:
                self._said = True
                self._say(f"the journal {self._path} does not answer; until it does this run is not recorded")
            if self._thread is None:
                self._thread = Thread(target=self._work, name="tierdeps journal", daemon=True)
                self._thread.start()
            self._lock.notify_all()

    @property
    def is_idle(self) -> bool:
        """Whether all that was taken is written."""
        return not self._kept and self._since is None

    def wait(self, seconds: float) -> bool:
        """Wait until all that was taken is written; return whether it is."""
        with self._lock:
            return self._lock.wait_for(lambda: self.is_idle, seconds)

    def close(self, seconds: float) -> bool:
        """Write what was taken within so many seconds, and end; return whether all is written."""
        written = self.wait(seconds)
        self._closing.set()
        self._hurries.set()
        with self._lock:
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(seconds if written else BUSY_PAUSE_S)
        return written

    def _work(self) -> None:
        try:
            while batches := self._take():
                self._attempt(batches)
        finally:
            with self._lock:
                self._thread = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take(self) -> list[Batch]:
        """Wait for batches; none are left, and none come, where this is closed or the run is over."""
        with self._lock:
            if self._since is None:
                self._lock.notify_all()
            while not self._kept and not self._closing.is_set():
                self._lock.wait(FOLLOW_S)
                if file_id(self._path) != self._file and not self._kept:
                    return [NOTHING]
            if self._closing.is_set():
                return []
            self._since = self._since or monotonic()  # first: is_idle looks at both without the lock
            batches, self._kept = self._kept, []
            return batches

    def _attempt(self, batches: list[Batch]) -> None:
        try:
            self._write(batches)
        except Exception as error:  # noqa: BLE001  whatever it is: it is said, and the run goes on
            if not self._squeeze_in(batches, error):
                self._put_off(batches, error)
                return
        with self._lock:
            self._since = None
            said, self._said = self._said, False
        if said:
            self._say(f"the journal {self._path} is written again; this run is recorded")

    def _put_off(self, batches: list[Batch], error: Exception) -> None:
        """Keep batches for another attempt, a moment later; say so once, unless another process is only writing."""
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        with self._lock:
            self._kept[:0] = batches
            if sum(len(one.flat) for one in self._kept) > self.folds_after * FIELDS:
                self._kept = [where_all_stand(self._kept)]
            late = monotonic() - (self._since or monotonic()) > SILENCE_S
            says = not self._said and (late or not busy)
            self._said = self._said or says
        if says and busy:
            problem = "is locked by another process; until it lets go this run is not recorded"
            self._say(f"the journal {self._path} {problem}")
        elif says:
            self._say(f"{_sentence(self._path, error)}; until then this run is not recorded")
        if self._hurries.wait(BUSY_PAUSE_S if busy else ERROR_PAUSE_S):
            self._closing.wait(BUSY_PAUSE_S)

    def _squeeze_in(self, batches: list[Batch], error: Exception) -> bool:
        """Write the end of a run where there is hardly room: with what happened, or without; return whether it is."""
        full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        if not (full and self._connection and any(batch.is_last for batch in batches)):
            return False
        self.make_room()
        for chosen in (batches, [merged(batches)._replace(flat=[])]):
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._write(chosen)
            except sqlite3.Error:
                continue
            return True
        return False

    def _write(self, batches: Sequence[Batch]) -> None:
        self._follow()
        if self._connection is None:
            self._connection = self._opened()
        groups = [pack(batch.flat, self._words) for batch in batches if batch.flat]
        rest = merged(batches)
        news = self._words.news
        with transaction(self._connection):
            if rest.plan is not None:
                self._write_plan(self._connection, *rest.plan)
            rows = [((self._run * GROUPS) + at, *group) for at, group in enumerate(groups, self._number + 1)]
            self._connection.executemany(_GROUP, rows)
            fold = self._write_fold(self._connection, groups)
            if news:
                words = [(self._run, *row) for row in news]
                self._connection.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", words)
            self._write_facts(self._connection, rest.facts)
        self._number += len(groups)
        self._plans = self._plans[0], rest.plan or self._plans[1]
        news.clear()
        if fold is None:
            self._fold.extend(groups)
            self._unfolded += sum(group.size + GROUP for group in groups)
        else:
            self._fold = [fold]
            self._unfolded = 0

    def _opened(self) -> sqlite3.Connection:
        """Open the file in which the run began; in another one its number would be another run's."""
        connection = self.connect()
        if file_id(self._path) != self._file:
            connection.close()
            raise JournalError(self._path, "is not the one any more in which this run began")
        return connection

    def _follow(self) -> None:
        """Go on in the journal that was started in place of one that was set aside, where this run was carried over."""
        seen = file_id(self._path)
        if seen == self._file or seen is None:
            return
        connection = self.connect()
        try:
            run = number_of(connection, self._info.pid, self._info.started)
            if run is None:
                connection.close()
                return
            with transaction(connection):
                complete(connection, run, self._plans, self._words, self._fold, self._number)
        except BaseException:
            connection.close()
            raise
        if self._connection is not None:
            self._connection.close()
        self._connection, self._run, self._file = connection, run, seen

    def _write_plan(self, connection: sqlite3.Connection, outline: Outline, digest: str) -> None:
        key = keep_outline(connection, outline, digest)
        connection.execute("UPDATE runs SET plan = ?, digest = ? WHERE id = ?", (key, digest, self._run))

    def _write_facts(self, connection: sqlite3.Connection, facts: dict[str, Any]) -> None:
        if facts:
            columns = ", ".join(f"{column} = ?" for column in facts)
            statement = f"UPDATE runs SET {columns} WHERE id = ?"  # noqa: S608  columns of ours
            connection.execute(statement, (*facts.values(), self._run))

    def _write_fold(self, connection: sqlite3.Connection, groups: Sequence[Group]) -> Group | None:
        """Now and then write what all groups up to the last of these come to; return that."""
        if not groups or self._unfolded + sum(group.size + GROUP for group in groups) < self.folds_after:
            return None
        words = ["", *map(str, filter(None, self._words))]
        fold = Columns((*self._fold, *groups), words, LEGEND).fold()
        last = self._number + len(groups)
        connection.execute("REPLACE INTO folds VALUES (?, ?, ?, ?, ?)", (self._run, last, *fold))
        return fold


def _sentence(path: Path, error: Exception) -> str:
    """Return what is wrong with a journal, whatever was raised."""
    if isinstance(error, JournalError):
        return str(error)
    if isinstance(error, (sqlite3.Error, OSError, MemoryError)):
        return str(failure_of(path, error))
    return f"the journal {path} cannot be written: {type(error).__name__}: {error}"

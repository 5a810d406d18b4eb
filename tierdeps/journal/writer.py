"""Writes one run to the journal in a thread of its own, so that a slow disk or a locked file never delays the run."""

from __future__ import annotations

import sqlite3
from itertools import chain
from threading import Condition, Event, Thread
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.journal.database import connect_writer, journal_error, transaction
from tierdeps.journal.errors import JournalError
from tierdeps.journal.events import EventBatch, EventColumns
from tierdeps.journal.plan_summary import remove_unused_plans, store_summary
from tierdeps.journal.quarantine import file_id
from tierdeps.journal.schema import BATCHES_PER_RUN
from tierdeps.journal.transfer import complete, transferred_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tierdeps.journal.events import NumberedString
    from tierdeps.journal.plan_summary import PlanSummary
    from tierdeps.journal.run_info import RunInfo
    from tierdeps.journal.transfer import SummarizedPlan

#: A compaction is written after so many events, so that no reader ever has to read all events of a long run; in a large
#: plan after so many for each driver, which is more than a start has, because a start has other work to do.
COMPACT_AFTER_EVENTS, COMPACT_AFTER_EVENTS_PER_DRIVER = 20_000, 5
#: To read a batch takes as long as to read so many events; counted for each batch towards the next compaction.
BATCH_COST_EVENTS = 20
#: How long to wait after a failed write: after one that another process blocked, and after any other.
BUSY_RETRY_S, ERROR_RETRY_S = 0.1, 2.0
#: The time without a successful write after which the user is warned; other processes write for a moment, too.
UNRESPONSIVE_AFTER_S = 3.0
#: How often an idle writer checks that the file at its path is still the one it writes to.
FILE_CHECK_INTERVAL_S = 5.0


class PendingWrite(NamedTuple):
    """What happened in one turn of the event loop: events, columns of the run's row, and a plan that it went over to.

    ``strings`` are those to which the batch gave numbers; they must be written even where the batch is not.
    """

    batch: EventBatch | None = None
    strings: tuple[NumberedString, ...] = ()
    facts: Mapping[str, float | str] = MappingProxyType({})
    plan: SummarizedPlan | None = None

    @property
    def is_last(self) -> bool:
        """Whether it says that the run ended."""
        return "ended_at" in self.facts


#: Has nothing to write; the writer only checks which file it writes to.
NOTHING = PendingWrite()


def without_events(writes: Sequence[PendingWrite]) -> PendingWrite:
    """Return several writes as one that has all but their events; of plans and facts the later ones win."""
    facts: dict[str, float | str] = {}
    plan = None
    for write in writes:
        facts.update(write.facts)
        plan = write.plan or plan
    return PendingWrite(None, tuple(chain.from_iterable(write.strings for write in writes)), facts, plan)


def compact(writes: Sequence[PendingWrite]) -> PendingWrite:
    """Return several writes as one that has only the events which say in which state each driver is, and why."""
    return without_events(writes)._replace(batch=EventColumns(batches_of(writes)).compacted())


def batches_of(writes: Sequence[PendingWrite]) -> list[EventBatch]:
    """Return the batches of several writes."""
    return [write.batch for write in writes if write.batch is not None]


class Writer:
    """Writes the batches of one run in their order; ``put`` and ``is_idle`` never wait.

    Group commit: all that came while one transaction was written is the next transaction. Each is written whole or not
    at all, so that a killed process leaves a prefix of what happened.

    Degraded mode: if a write fails, the user is warned once, the batches are kept and tried again, and the user is
    informed once that works. If many events are kept, they are compacted: the history of a long outage is lost, the
    states of the drivers never are. The end of a run is the deadline: from then on the pauses are short, and ``close``
    bounds the wait.

    The thread runs from the first ``put`` to ``close``, and is a daemon: one that hangs in a system call does not keep
    the process from ending. The attributes after ``_lock`` are only accessed with the lock held (``is_idle`` alone
    reads two without it, see ``_take``); those before it belong to the thread once it runs.
    """

    def __init__(self, path: Path, run: int, summary: PlanSummary, info: RunInfo, warn: Callable[[str], None]) -> None:
        self._path = path
        self._run = run
        self._info = info
        #: The plan that the run started with, and its current one.
        self._plans: tuple[SummarizedPlan, SummarizedPlan] = ((summary, info.digest), (summary, info.digest))
        #: Identifies the file that is written to, as another one may come to be at its path.
        self._file = file_id(path)
        #: Called by either thread; it must return at once.
        self._warn = warn
        #: Called by the thread if the disk is full when the end of the run is to be written.
        self.make_room: Callable[[], object] = lambda: None
        self.connect: Callable[[], sqlite3.Connection] = lambda: connect_writer(path)
        #: A compaction is written after so many events.
        self.compact_after: int = max(COMPACT_AFTER_EVENTS, COMPACT_AFTER_EVENTS_PER_DRIVER * len(summary.drivers))
        self._connection: sqlite3.Connection | None = None
        #: The strings that were written.
        self._strings: list[NumberedString] = []
        #: The number of the last batch that was written.
        self._last_batch = 0
        #: The last compaction and all batches after it, and how many events those count for.
        self._since_compaction: list[EventBatch] = []
        self._uncompacted = 0
        #: The last batch that the last compaction covers.
        self._compacted_to = 0
        #: How many batches the start has; None while it goes on.
        self._start_batches: int | None = None
        self._closing = Event()
        #: Set with the end of the run: from then on the pauses between attempts are short.
        self._ending = Event()
        self._lock = Condition()
        self._thread: Thread | None = None
        self._pending: list[PendingWrite] = []
        #: When the current or failed write was first tried; None if nothing is being written.
        self._writing_since: float | None = None
        self._warned = False

    def put(self, write: PendingWrite) -> None:
        """Add something to write; ignored after ``close``."""
        with self._lock:
            if self._closing.is_set():
                return
            self._pending.append(write)
            if write.is_last:
                self._ending.set()
            # Without the latest one: a single large write, such as a start of thousands, is not compacted; only what
            # has piled up because the disk does not keep up is.
            self._limit_pending(self._pending[:-1])
            since = self._writing_since
            if since is not None and not self._warned and monotonic() - since > UNRESPONSIVE_AFTER_S:
                self._warned = True
                self._warn(f"the journal {self._path} does not respond; this run is not recorded until it does")
            if self._thread is None:
                self._thread = Thread(target=self._work, name="tierdeps journal", daemon=True)
                self._thread.start()
            self._lock.notify_all()

    def _limit_pending(self, counted: Sequence[PendingWrite]) -> None:
        """Compact what waits if the given part of it is too much to keep."""
        if sum(batch.size for batch in batches_of(counted)) > self.compact_after:
            self._pending = [compact(self._pending)]

    @property
    def is_idle(self) -> bool:
        """Whether all that was put is written."""
        return not self._pending and self._writing_since is None

    def wait(self, seconds: float) -> bool:
        """Wait until all that was put is written; return whether it is."""
        with self._lock:
            return self._lock.wait_for(lambda: self.is_idle, seconds)

    def close(self, seconds: float) -> bool:
        """Write what was put within so many seconds, and end the thread; return whether all is written."""
        written = self.wait(seconds)
        self._closing.set()
        self._ending.set()
        with self._lock:
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(seconds if written else BUSY_RETRY_S)
        return written

    def _work(self) -> None:
        try:
            while writes := self._take():
                self._attempt(writes)
        finally:
            with self._lock:
                self._thread = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take(self) -> list[PendingWrite]:
        """Wait for something to write and return it; nothing once the writer is closed."""
        with self._lock:
            if self._writing_since is None:
                self._lock.notify_all()
            while not self._pending and not self._closing.is_set():
                self._lock.wait(FILE_CHECK_INTERVAL_S)
                if not self._pending and file_id(self._path) != self._file:
                    return [NOTHING]
            if self._closing.is_set():
                return []
            # Before _pending is emptied: is_idle reads both without the lock, and must not see neither.
            self._writing_since = self._writing_since or monotonic()
            writes, self._pending = self._pending, []
            return writes

    def _attempt(self, writes: list[PendingWrite]) -> None:
        try:
            self._write(writes)
        except Exception as error:  # noqa: BLE001  whatever it is: the user is warned, and the run goes on
            if not self._write_end_on_full_disk(writes, error):
                self._retry_later(writes, error)
                return
        with self._lock:
            self._writing_since = None
            warned, self._warned = self._warned, False
        if warned:
            self._warn(f"the journal {self._path} is written again; this run is recorded")

    def _retry_later(self, writes: list[PendingWrite], error: Exception) -> None:
        """Keep writes for another attempt after a pause; warn once, but not of another process's short write."""
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        with self._lock:
            # In front of what was put meanwhile: the order of batches in the file is the order of events.
            self._pending[:0] = writes
            self._limit_pending(self._pending)
            late = monotonic() - (self._writing_since or monotonic()) > UNRESPONSIVE_AFTER_S
            warns = not self._warned and (late or not busy)
            self._warned = self._warned or warns
        if warns and busy:
            problem = "is locked by another process; this run is not recorded until it is unlocked"
            self._warn(f"the journal {self._path} {problem}")
        elif warns:
            self._warn(f"{_sentence(self._path, error)}; until then this run is not recorded")
        if self._ending.wait(BUSY_RETRY_S if busy else ERROR_RETRY_S):
            self._closing.wait(BUSY_RETRY_S)

    def _write_end_on_full_disk(self, writes: list[PendingWrite], error: Exception) -> bool:
        """Free the reserved space and write the end of the run, if need be without events; return whether it is."""
        full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        if not (full and self._connection and any(write.is_last for write in writes)):
            return False
        self.make_room()
        for chosen in (writes, [without_events(writes)]):
            try:
                # Moves the log into the file and empties it: the freed space is then used for the rows of the end.
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._write(chosen)
            except sqlite3.Error:
                continue
            return True
        return False

    def _write(self, writes: Sequence[PendingWrite]) -> None:
        """Write all in one transaction. The attributes change only after it: a failed one is repeated as it was."""
        self._follow_file()
        if self._connection is None:
            self._connection = self._opened()
        batches = batches_of(writes)
        _, strings, facts, plan = without_events(writes)
        with transaction(self._connection):
            if plan is not None:
                self._write_plan(self._connection, *plan)
            first = self._run * BATCHES_PER_RUN + self._last_batch + 1
            rows = [(number, *batch) for number, batch in enumerate(batches, first)]
            self._connection.executemany("INSERT INTO event_batches VALUES (?, ?, ?, ?)", rows)
            compaction = self._write_compaction(self._connection, batches)
            added = [(self._run, *row) for row in strings]
            self._connection.executemany("INSERT INTO strings VALUES (?, ?, ?)", added)
            self._write_facts(self._connection, facts)
        self._last_batch += len(batches)
        if "start_seconds" in facts and self._start_batches is None:
            self._start_batches = self._last_batch
        self._plans = self._plans[0], plan or self._plans[1]
        self._strings += strings
        if compaction is None:
            self._since_compaction.extend(batches)
            self._uncompacted += sum(batch.size + BATCH_COST_EVENTS for batch in batches)
        else:
            self._since_compaction = [compaction]
            self._uncompacted = 0
            self._compacted_to = self._last_batch

    def _opened(self) -> sqlite3.Connection:
        """Open the file in which the run started; in another one its number would be another run's."""
        connection = self.connect()
        if file_id(self._path) != self._file:
            connection.close()
            raise JournalError(self._path, "was replaced after this run was started")
        return connection

    def _follow_file(self) -> None:
        """Go on in the journal that replaced a quarantined one, if this run was transferred to it."""
        seen = file_id(self._path)
        if seen == self._file or seen is None:
            return
        connection = self.connect()
        try:
            run = transferred_run(connection, self._info.pid, self._info.started)
            if run is None:
                connection.close()
                return
            with transaction(connection):
                complete(connection, run, self._plans, self._strings, self._since_compaction, self._last_batch)
        except BaseException:
            connection.close()
            raise
        if self._connection is not None:
            self._connection.close()
        # Last: until here every attribute belongs to the old file, to which a failed attempt leaves the writer.
        self._connection, self._run, self._file = connection, run, seen

    def _write_plan(self, connection: sqlite3.Connection, summary: PlanSummary, digest: str) -> None:
        # Before the change: a command that has just read the row of this run is about to read the plan it names.
        remove_unused_plans(connection)
        key = store_summary(connection, summary, digest)
        connection.execute("UPDATE runs SET plan = ?, digest = ? WHERE id = ?", (key, digest, self._run))

    def _write_facts(self, connection: sqlite3.Connection, facts: Mapping[str, float | str]) -> None:
        if facts:
            columns = ", ".join(f"{column} = ?" for column in facts)
            statement = f"UPDATE runs SET {columns} WHERE id = ?"  # noqa: S608  columns of ours
            connection.execute(statement, (*facts.values(), self._run))

    def _write_compaction(self, connection: sqlite3.Connection, batches: Sequence[EventBatch]) -> EventBatch | None:
        """Write the compaction of all batches up to the last of these, if enough came since the last; return it."""
        added = sum(batch.size + BATCH_COST_EVENTS for batch in batches)
        if not batches or self._uncompacted + added < self.compact_after:
            return None
        compaction = EventColumns((*self._since_compaction, *batches)).compacted()
        last = self._last_batch + len(batches)
        connection.execute("REPLACE INTO compactions VALUES (?, ?, ?, ?, ?)", (self._run, last, *compaction))
        self._trim(connection)
        return compaction

    def _trim(self, connection: sqlite3.Connection) -> None:
        """Delete the batches that the compaction before this one covers, but for those of the start.

        So a run that goes on for ever has the events of its start, those since the last compaction but one, and the
        state of each driver, which is in the compaction.
        """
        if self._start_batches is not None and self._compacted_to > self._start_batches:
            first = self._run * BATCHES_PER_RUN
            bounds = (first + self._start_batches + 1, first + self._compacted_to)
            connection.execute("DELETE FROM event_batches WHERE id BETWEEN ? AND ?", bounds)


def _sentence(path: Path, error: Exception) -> str:
    """Return the sentence for any error of a write."""
    if isinstance(error, JournalError):
        return str(error)
    if isinstance(error, (sqlite3.Error, OSError, MemoryError)):
        return str(journal_error(path, error))
    return f"the journal {path} cannot be written: {type(error).__name__}: {error}"

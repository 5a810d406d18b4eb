"""The journal: runs are started in it, and found again."""

from __future__ import annotations

import json
import time
from itertools import count, islice
from typing import TYPE_CHECKING

from msgspec.structs import astuple

from tierdeps._util.process_id import is_alive
from tierdeps.journal.crash import left_behind
from tierdeps.journal.decode import MAX_RUN, EndingText, InfoText, Number, RunRow, checked, decode
from tierdeps.journal.errors import AlreadyRunning, Damage
from tierdeps.journal.path import journal_path
from tierdeps.journal.record import RunRecord
from tierdeps.journal.source import Keys, Source
from tierdeps.journal.store import GROUPS, PATIENCE, connect, faults, transaction, wait_until
from tierdeps.journal.value import Ending, RunInfo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Self

    from tierdeps.journal.instances import Instance
    from tierdeps.journal.recorder import Recorder
    from tierdeps.model import Event, Plan

#: So many runs of each instance are kept.
KEPT = 50
#: From so many earlier runs durations are taken.
MEASURED = 5
_RUN = "SELECT id, info, plan, first_plan, legend, ticks, ready_at, start_seconds, ending, ended_at FROM runs"


class Journal:
    """The runs of this user on this machine. Not to be used in another thread, or across a fork."""

    def __init__(self, connection: sqlite3.Connection, path: Path, until: float | None = None) -> None:
        self._connection = connection
        self.path = path
        #: When a start gives up waiting for others that write, on the monotonic clock.
        self._until = until
        self._recorders: list[Recorder] = []

    @classmethod
    def open(cls, path: Path | None = None, *, readonly: bool = False) -> Self:
        """Open it; raises JournalError where that cannot be. To read, a missing one is an empty one.

        All that a start does with it waits for others that write no longer than PATIENCE of the store, together.
        """
        path = path or journal_path()
        until = None if readonly else time.monotonic() + PATIENCE
        return cls(connect(path, readonly=readonly, until=until), path, until)

    def close(self) -> None:
        """Have what is recorded written, which takes no longer than END_S of the recorder, and let go of the file."""
        for recorder in self._recorders:
            recorder.finish()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def carry(self, runs: Iterable[RunRecord]) -> None:
        """Write down runs that go on, and that stand in a journal that was set aside."""
        from tierdeps.journal.carrying import carry

        with faults(self.path), transaction(self._connection):
            for run in runs:
                carry(self._connection, run)

    def begin(self, info: RunInfo, plan: Plan) -> Recorder:
        """Write down that a run begins; raises AlreadyRunning where that instance runs already."""
        from tierdeps.journal.columns import LEGEND
        from tierdeps.journal.outlining import keep_outline, outline_of
        from tierdeps.journal.recorder import Recorder

        outline = outline_of(plan)
        with faults(self.path):
            wait_until(self._connection, self._until)
        with faults(self.path), transaction(self._connection):
            self.refuse(info)
            self._check_numbers()
            inherited = json.dumps(sorted(self.crashed(info.instance)))
            key = keep_outline(self._connection, outline, info.digest)
            row = (
                *(info.instance, info.digest, info.pid, info.started, info.mode, json.dumps(info._asdict())),
                *(key, key, json.dumps(LEGEND), time.monotonic(), inherited),
            )
            columns = "instance, digest, pid, started, mode, info, plan, first_plan, legend, ticks, inherited"
            marks = ", ".join("?" * len(row))
            cursor = self._connection.execute(f"INSERT INTO runs ({columns}) VALUES ({marks})", row)  # noqa: S608
            self._prune(info.instance)
        recorder = Recorder(self.path, cursor.lastrowid or 0, outline, info)
        self._recorders.append(recorder)
        return recorder

    def refuse(self, info: RunInfo) -> None:
        """Raise AlreadyRunning where an instance runs already."""
        for other in self.alive():
            if other.info.instance == info.instance or other.info.goes_by(info.names):
                raise AlreadyRunning(other.info.title, other.info.pid)

    def _check_numbers(self) -> None:
        """Raise Damage where there is no number for another run: there is for two thousand million of them."""
        for (last,) in self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'"):
            if not isinstance(last, int) or not 0 <= last < MAX_RUN:
                raise Damage("the number of the last run is not one that a run has")

    def _prune(self, instance: str) -> None:
        """Forget old runs; what is over was read while it mattered."""
        execute = self._connection.execute
        statement = "SELECT id FROM runs WHERE instance = ? ORDER BY id DESC LIMIT -1 OFFSET ?"
        for (run,) in execute(statement, (instance, KEPT)).fetchall():
            execute("DELETE FROM runs WHERE id = ?", (run,))
            execute("DELETE FROM groups WHERE id BETWEEN ? AND ?", (run * GROUPS, (run + 1) * GROUPS - 1))
            execute("DELETE FROM folds WHERE run = ?", (run,))
            execute("DELETE FROM words WHERE run = ?", (run,))
        execute("DELETE FROM plans WHERE key NOT IN (SELECT plan FROM runs UNION SELECT first_plan FROM runs)")

    def add(self, run: RunRecord, events: Iterable[Event]) -> None:
        """Write down what happened to drivers of a run that is over; events of others are omitted."""
        from tierdeps.journal.columns import Words, pack, words_of

        words = Words(words_of(run.source.first_outline()))
        known = [event for event in events if event.driver in words and event.phase in words]
        group = pack([field for event in known for field in event], words)
        with faults(self.path), transaction(self._connection):
            bounds = (run.number * GROUPS, (run.number + 1) * GROUPS)
            statement = "SELECT coalesce(max(id), ?) FROM groups WHERE id > ? AND id < ?"
            (last,) = self._connection.execute(statement, (bounds[0], *bounds)).fetchone()
            self._connection.execute("INSERT INTO groups VALUES (?, ?, ?, ?)", (last + 1, *group))

    def runs(self, instance: str | None = None, limit: int = KEPT) -> tuple[RunRecord, ...]:
        """Return runs, of one instance or of all, the last one first."""
        where, values = ("", ()) if instance is None else (" WHERE instance = ?", (instance,))
        return tuple(self._select(f"{where} ORDER BY id DESC LIMIT ?", *values, limit))

    def last(self, instance: str | None = None) -> RunRecord | None:
        """Return the last run, of one instance or of all; None where there is none."""
        return next(iter(self.runs(instance, 1)), None)

    def again(self, run: RunRecord) -> RunRecord:
        """Return a run as it is by now; as it was, where it has been forgotten."""
        return self.run(run.number) or run

    def unended(self) -> tuple[int, ...]:
        """Return the numbers of the runs that came to no end, the last one first."""
        with faults(self.path):
            rows = self._connection.execute("SELECT id FROM runs WHERE ended_at IS NULL ORDER BY id DESC").fetchall()
            return tuple(number for (number,) in checked(rows, list[tuple[Number]]))

    def run(self, number: int) -> RunRecord | None:
        """Return the run of a number; None where there is none."""
        return next(self._select(" WHERE id = ?", number), None)

    def alive(self) -> tuple[RunRecord, ...]:
        """Return the runs that go on, the last one first."""
        return tuple(run for run in self._select(" WHERE ended_at IS NULL ORDER BY id DESC") if run.alive)

    def instances(self) -> tuple[RunRecord, ...]:
        """Return the last run of each instance, the last one first."""
        return tuple(self._select(" WHERE id IN (SELECT max(id) FROM runs GROUP BY instance) ORDER BY id DESC"))

    def known_as(self, instance: Instance) -> tuple[RunRecord, ...]:
        """Return the last run of each instance that goes by a name, the last one first; else the last run that did."""
        found = tuple(run for run in self.instances() if run.info.goes_by(instance))
        if found:
            return found
        earlier = self._select(" ORDER BY id DESC")
        return tuple(islice((run for run in earlier if run.info.goes_by(instance)), 1))

    def key_of(self, instance: Instance) -> str:
        """Return the key under which a run goes on from the last one that was started by this name, or from the same.

        A key that another instance has by now is not taken.
        """
        last = [run.info for run in self.instances()]
        same = [info for info in last if info.names.key == instance.key]
        same += [info for info in last if info.names.real == instance.real]
        if same:
            return same[0].instance
        taken = {info.instance for info in last}
        keys = (f"{instance.key}\n{number}" if number else instance.key for number in count())
        return next(key for key in keys if key not in taken)

    def crashed(self, instance: str) -> frozenset[str]:
        """Return the drivers that a killed run of an instance had started and that nobody has stopped since."""
        return next((left_behind(run) for run in self.runs(instance, 2) if not run.alive), frozenset())

    def durations(self, plan: Plan, instance: str | None = None) -> dict[str, float]:
        """Return what each step took, by ``driver:phase``: the median of the last runs that came up.

        They are those of an instance, or else of the same plan.
        """
        from tierdeps.journal.durations import Durations

        column, value = ("digest", plan.digest) if instance is None else ("instance", instance)
        where = f" WHERE {column} = ? AND json_extract(ending, '$[0]') ORDER BY id DESC LIMIT ?"
        steps = {str(step) for driver in plan for step in driver.steps}
        return Durations(self._select(where, value, MEASURED)).of(steps)

    def _select(self, rest: str, *values: object) -> Iterator[RunRecord]:
        with faults(self.path):
            wait_until(self._connection, self._until)
            rows = self._connection.execute(_RUN + rest, values).fetchall()
            return iter([self._record(row) for row in rows])

    def _record(self, row: tuple[object, ...]) -> RunRecord:
        found: RunRow = checked(row, RunRow)
        info = RunInfo(*astuple(decode(found.info, InfoText)))
        return RunRecord(
            found.number,
            info,
            found.ended_at is None and is_alive(info.pid, info.started),
            found.ticks,
            found.ready_at,
            found.start_seconds,
            found.ended_at,
            None if found.ending is None else Ending(*astuple(decode(found.ending, EndingText))),
            Source(self._connection, self.path, found.number, Keys(found.plan, found.first_plan, found.legend)),
        )

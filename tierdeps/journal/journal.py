"""The journal: runs are recorded in it, and found again."""

from __future__ import annotations

import json
import time
from itertools import count, islice
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from tierdeps._util.process_id import is_alive
from tierdeps.journal.database import LOCK_TIMEOUT_S, connect, journal_errors, transaction, wait_until
from tierdeps.journal.decode import RunRow, checked, decode
from tierdeps.journal.errors import AlreadyRunning, Damage
from tierdeps.journal.limits import MAX_RUN, Number
from tierdeps.journal.orphaned import orphaned_drivers
from tierdeps.journal.run_info import RunInfo, RunOutcome
from tierdeps.journal.schema import BATCHES_PER_RUN, journal_path
from tierdeps.journal.snapshot import RunKeys, RunRecord, RunSource

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Self

    from tierdeps.journal.instances import Instance
    from tierdeps.journal.recorder import Recorder
    from tierdeps.model import Event, Plan

#: The number of runs of each instance that are kept; older ones are deleted when a run starts.
MAX_RUNS_KEPT = 50
#: Durations are taken from so many earlier runs.
MAX_RUNS_MEASURED = 5
_SELECT_RUN = (
    "SELECT id, info, plan, first_plan, enum_names, started_monotonic, ready_at, start_seconds, outcome, ended_at"
    " FROM runs"
)


class Journal:
    """The runs of this user on this machine. Not to be used from another thread, or after a fork."""

    def __init__(self, connection: sqlite3.Connection, path: Path, until: float | None = None) -> None:
        self._connection = connection
        self.path = path
        #: When a start stops waiting for other processes that write, on the monotonic clock.
        self._until = until
        self._recorders: list[Recorder] = []

    @classmethod
    def open(cls, path: Path | None = None, *, readonly: bool = False) -> Self:
        """Open the journal; raises JournalError. To read, a missing file counts as an empty one.

        All that a start does with it waits for other processes that write no longer than LOCK_TIMEOUT_S in total.
        """
        path = path or journal_path()
        until = None if readonly else time.monotonic() + LOCK_TIMEOUT_S
        return cls(connect(path, readonly=readonly, until=until), path, until)

    def close(self) -> None:
        """Write what is still to be recorded, which takes at most FINISH_TIMEOUT_S of the recorder; close the file."""
        for recorder in self._recorders:
            recorder.finish()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def transfer(self, runs: Iterable[RunRecord]) -> None:
        """Add live runs from a journal that was quarantined."""
        from tierdeps.journal.transfer import transfer_run

        with journal_errors(self.path), transaction(self._connection):
            for run in runs:
                transfer_run(self._connection, run)

    def start_run(self, info: RunInfo, plan: Plan) -> Recorder:
        """Add a run that starts now, and return its recorder; raises AlreadyRunning if its instance is running.

        The check and the new row are one transaction: of two processes that start the same instance, one is refused.
        """
        from tierdeps.journal.events import ENUM_NAMES
        from tierdeps.journal.plan_summary import store_summary, summarize
        from tierdeps.journal.recorder import Recorder

        summary = summarize(plan)
        with journal_errors(self.path):
            wait_until(self._connection, self._until)
        with journal_errors(self.path), transaction(self._connection):
            self.check_not_running(info)
            self._check_numbers()
            inherited = json.dumps(sorted(self.orphaned(info.instance)))
            key = store_summary(self._connection, summary, info.digest)
            row = (
                *(info.instance, info.digest, info.pid, info.started, info.mode, json.dumps(asdict(info))),
                *(key, key, json.dumps(ENUM_NAMES), time.monotonic(), inherited),
            )
            columns = (
                "instance, digest, pid, process_stamp, mode, info, plan, first_plan, enum_names, started_monotonic,"
                " inherited"
            )
            marks = ", ".join("?" * len(row))
            cursor = self._connection.execute(f"INSERT INTO runs ({columns}) VALUES ({marks})", row)  # noqa: S608
            self._prune(info.instance)
        recorder = Recorder(self.path, cursor.lastrowid or 0, summary, info)
        self._recorders.append(recorder)
        return recorder

    def check_not_running(self, info: RunInfo) -> None:
        """Raise AlreadyRunning if the instance of a run is running already."""
        for other in self.alive():
            if other.info.instance == info.instance or other.info.goes_by(info.names):
                raise AlreadyRunning(other.info.title, other.info.pid)

    def _check_numbers(self) -> None:
        """Raise Damage if no number is left for another run: two thousand million are never used up."""
        for (last,) in self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'"):
            if not isinstance(last, int) or not 0 <= last < MAX_RUN:
                raise Damage("the number of the last run is not one that a run has")

    def _prune(self, instance: str) -> None:
        """Delete the oldest runs of an instance, and plans that no run has any more."""
        from tierdeps.journal.plan_summary import remove_unused_plans

        execute = self._connection.execute
        statement = "SELECT id FROM runs WHERE instance = ? ORDER BY id DESC LIMIT -1 OFFSET ?"
        for (run,) in execute(statement, (instance, MAX_RUNS_KEPT)).fetchall():
            bounds = (run * BATCHES_PER_RUN, (run + 1) * BATCHES_PER_RUN - 1)
            execute("DELETE FROM runs WHERE id = ?", (run,))
            execute("DELETE FROM event_batches WHERE id BETWEEN ? AND ?", bounds)
            execute("DELETE FROM compactions WHERE run = ?", (run,))
            execute("DELETE FROM strings WHERE run = ?", (run,))
        remove_unused_plans(self._connection)

    def add(self, run: RunRecord, events: Iterable[Event]) -> None:
        """Add events to a run that is over; those of drivers or phases that its first plan does not have are omitted.

        Only for a run that has no writer any more: its next batch would have the same number.
        """
        from tierdeps.journal.events import StringTable, flattened, pack, strings_of

        strings = StringTable(strings_of(run.source.first_plan_summary()))
        known = (event for event in events if event.driver in strings and event.phase in strings)
        batch = pack(flattened(known), strings)
        with journal_errors(self.path), transaction(self._connection):
            bounds = (run.number * BATCHES_PER_RUN, (run.number + 1) * BATCHES_PER_RUN)
            statement = "SELECT coalesce(max(id), ?) FROM event_batches WHERE id > ? AND id < ?"
            (last,) = self._connection.execute(statement, (bounds[0], *bounds)).fetchone()
            self._connection.execute("INSERT INTO event_batches VALUES (?, ?, ?, ?)", (last + 1, *batch))

    def runs(self, instance: str | None = None, limit: int = MAX_RUNS_KEPT) -> tuple[RunRecord, ...]:
        """Return runs, of one instance or of all, the latest first."""
        where, values = ("", ()) if instance is None else (" WHERE instance = ?", (instance,))
        return tuple(self._select(f"{where} ORDER BY id DESC LIMIT ?", *values, limit))

    def last(self, instance: str | None = None) -> RunRecord | None:
        """Return the latest run, of one instance or of all; None if there is none."""
        return next(iter(self.runs(instance, 1)), None)

    def reread(self, run: RunRecord) -> RunRecord:
        """Return a run as it is by now; as it was, if it has been deleted."""
        return self.run(run.number) or run

    def unfinished(self) -> tuple[int, ...]:
        """Return the numbers of the runs for which no end is recorded, the latest first."""
        with journal_errors(self.path):
            rows = self._connection.execute("SELECT id FROM runs WHERE ended_at IS NULL ORDER BY id DESC").fetchall()
            return tuple(number for (number,) in checked(rows, list[tuple[Number]]))

    def run(self, number: int) -> RunRecord | None:
        """Return the run with a number; None if there is none."""
        return next(self._select(" WHERE id = ?", number), None)

    def alive(self) -> tuple[RunRecord, ...]:
        """Return the runs whose processes are running, the latest first."""
        return tuple(run for run in self._select(" WHERE ended_at IS NULL ORDER BY id DESC") if run.alive)

    def instances(self) -> tuple[RunRecord, ...]:
        """Return the latest run of each instance, the latest first."""
        return tuple(self._select(" WHERE id IN (SELECT max(id) FROM runs GROUP BY instance) ORDER BY id DESC"))

    def known_as(self, instance: Instance) -> tuple[RunRecord, ...]:
        """Return the latest run of each instance that goes by a name, the latest first; else any last run that did."""
        found = tuple(run for run in self.instances() if run.info.goes_by(instance))
        if found:
            return found
        earlier = self._select(" ORDER BY id DESC")
        return tuple(islice((run for run in earlier if run.info.goes_by(instance)), 1))

    def key_of(self, instance: Instance) -> str:
        """Return the key for a new run: that of the instance last started by this name or from the same files.

        Otherwise it is a key that no instance has.
        """
        last = [run.info for run in self.instances()]
        same = [info for info in last if info.names.key == instance.key]
        same += [info for info in last if info.names.real == instance.real]
        if same:
            return same[0].instance
        taken = {info.instance for info in last}
        keys = (f"{instance.key}\n{number}" if number else instance.key for number in count())
        return next(key for key in keys if key not in taken)

    def orphaned(self, instance: str) -> frozenset[str]:
        """Return the drivers that a killed run of an instance started and that were not stopped since."""
        return next((orphaned_drivers(run) for run in self.runs(instance, 2) if not run.alive), frozenset())

    def durations(self, plan: Plan, instance: str | None = None) -> dict[str, float]:
        """Return how long each step takes, by ``driver:phase``: the median of the latest runs that came up.

        They are those of an instance, or else of the same plan.
        """
        from tierdeps.journal.durations import Durations

        column, value = ("digest", plan.digest) if instance is None else ("instance", instance)
        where = f" WHERE {column} = ? AND json_extract(outcome, '$[0]') ORDER BY id DESC LIMIT ?"
        steps = {str(step) for driver in plan for step in driver.steps}
        return Durations(self._select(where, value, MAX_RUNS_MEASURED)).of(steps)

    def _select(self, rest: str, *values: object) -> Iterator[RunRecord]:
        with journal_errors(self.path):
            wait_until(self._connection, self._until)
            rows = self._connection.execute(_SELECT_RUN + rest, values).fetchall()
            return iter([self._record(row) for row in rows])

    def _record(self, row: tuple[object, ...]) -> RunRecord:
        found: RunRow = checked(row, RunRow)
        info: RunInfo = decode(found.info, RunInfo)
        return RunRecord(
            found.number,
            info,
            found.ended_at is None and is_alive(info.pid, info.started),
            found.started_monotonic,
            found.ready_at,
            found.start_seconds,
            found.ended_at,
            None if found.outcome is None else decode(found.outcome, RunOutcome),
            RunSource(
                self._connection, self.path, found.number, RunKeys(found.plan, found.first_plan, found.enum_names)
            ),
        )

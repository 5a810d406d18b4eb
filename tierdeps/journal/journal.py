"""The journal: runs are begun in it, and found again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from tierdeps.journal.alive import is_alive
from tierdeps.journal.crash import left_behind
from tierdeps.journal.errors import AlreadyRunning
from tierdeps.journal.path import journal_path
from tierdeps.journal.record import RunRecord
from tierdeps.journal.source import Keys, Source
from tierdeps.journal.store import GROUPS, connect, faults, transaction
from tierdeps.journal.value import Ending, RunInfo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Any, Self

    from tierdeps.journal.recorder import Recorder
    from tierdeps.model import Event, Plan

#: So many runs of each instance are kept.
KEPT = 50
#: From so many earlier runs durations are taken.
MEASURED = 5
_RUN = "SELECT id, info, plan, first_plan, legend, ticks, ready_at, start_seconds, ending, ended_at FROM runs"


class Journal:
    """The runs of this user on this machine. Not to be used in another thread, or across a fork."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path | None = None, *, readonly: bool = False) -> Self:
        """Open it; raises JournalError where that cannot be. To read, a missing one is an empty one."""
        path = path or journal_path()
        return cls(connect(path, readonly=readonly), path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, info: RunInfo, plan: Plan) -> Recorder:
        """Write down that a run begins; raises AlreadyRunning where that instance, or that plan, runs already."""
        from tierdeps.journal.columns import LEGEND
        from tierdeps.journal.outlining import outline_of
        from tierdeps.journal.recorder import Recorder, keep_outline

        outline = outline_of(plan)
        with faults(self.path), transaction(self._connection):
            self._refuse(info)
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
        return Recorder(self._connection, self.path, cursor.lastrowid or 0, outline)

    def _refuse(self, info: RunInfo) -> None:
        for other in self.alive():
            if other.info.instance == info.instance or other.info.digest == info.digest:
                raise AlreadyRunning(other.info.title, other.info.pid)

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
        """Write down what happened to drivers of a run that is over; events of others are left out."""
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
        return next(self._select(" WHERE id = ?", run.number), run)

    def alive(self) -> tuple[RunRecord, ...]:
        """Return the runs that go on, the last one first."""
        return tuple(run for run in self._select(" WHERE ended_at IS NULL ORDER BY id DESC") if run.alive)

    def instances(self) -> tuple[RunRecord, ...]:
        """Return the last run of each instance, the last one first."""
        return tuple(self._select(" WHERE id IN (SELECT max(id) FROM runs GROUP BY instance) ORDER BY id DESC"))

    def crashed(self, instance: str) -> frozenset[str]:
        """Return the drivers that a killed run of an instance had begun and that nobody has stopped since."""
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
            rows = self._connection.execute(_RUN + rest, values).fetchall()
        return map(self._record, rows)

    def _record(self, row: tuple[Any, ...]) -> RunRecord:
        number, text, *keys, ticks, ready_at, start_seconds, ending, ended_at = row
        info = RunInfo(**json.loads(text))
        return RunRecord(
            number,
            info,
            ended_at is None and is_alive(info.pid, info.started),
            ticks,
            ready_at,
            start_seconds,
            ended_at,
            _ending(ending),
            Source(self._connection, self.path, number, Keys(*keys)),
        )


def _ending(text: str | None) -> Ending | None:
    if text is None:
        return None
    ready, ok, interrupted, problem, notes, seconds = json.loads(text)
    return Ending(ready, ok, interrupted, problem, tuple(notes), seconds)

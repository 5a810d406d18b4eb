"""Runs that go on while their journal is set aside stand in the new one too: status and stop find them there."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.journal.columns import LEGEND, Columns, Group
from tierdeps.journal.errors import JournalError
from tierdeps.journal.journal import Journal
from tierdeps.journal.outline import Outline
from tierdeps.journal.outlining import keep_outline

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from tierdeps.journal.columns import Words
    from tierdeps.journal.record import RunRecord

#: An outline and the digest of its plan.
Known = tuple[Outline, str]


def runs_that_go_on(damaged: Path) -> tuple[RunRecord, ...]:
    """Return the runs of other processes that go on, as far as a damaged journal tells; without what is long."""
    found: list[RunRecord] = []
    with suppress(JournalError), Journal.open(damaged, readonly=True) as journal:
        for number in journal.unended():
            with suppress(JournalError):
                run = journal.run(number)
                if run is not None and run.alive and run.info.pid != os.getpid():
                    found.append(run)
    return tuple(found)


def carry(connection: sqlite3.Connection, run: RunRecord) -> None:
    """Write the row of a run, which says where it listens; its own process adds the rest as soon as it sees that."""
    info = run.info
    nothing = Outline((), (), phases={}, timeouts={}, kinds=(), give_waits=bytes)
    key = keep_outline(connection, nothing, "")
    row = (
        *(info.instance, info.digest, info.pid, info.started, info.mode, json.dumps(info._asdict()), key, key),
        *(json.dumps(LEGEND), run.ticks, run.ready_at, run.start_seconds, run.ending and json.dumps(run.ending)),
    )
    columns = (
        "instance, digest, pid, started, mode, info, plan, first_plan, legend, ticks, ready_at, start_seconds, ending"
    )
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO runs ({columns}) VALUES ({marks})", row)  # noqa: S608  columns of ours


def number_of(connection: sqlite3.Connection, pid: int, started: str) -> int | None:
    """Return the number under which the run of a process was carried over; None where it was not."""
    statement = "SELECT id FROM runs WHERE pid = ? AND started = ? AND ended_at IS NULL"
    found = connection.execute(statement, (pid, started)).fetchone()
    return None if found is None else int(found[0])


def complete(  # noqa: PLR0917  what a writer knows of its run
    connection: sqlite3.Connection,
    run: int,
    plans: tuple[Known, Known],
    words: Words,
    groups: Sequence[Group],
    upto: int,
) -> None:
    """Write what a row that was carried over lacks: the first plan and the one of now, and where each driver stands."""
    first, now = (keep_outline(connection, *plan) for plan in plans)
    statement = "UPDATE runs SET first_plan = ?, plan = ?, digest = ? WHERE id = ?"
    connection.execute(statement, (first, now, plans[1][1], run))
    added = [(run, number, word) for word, number in words.items() if number > words.known]
    connection.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", added)
    if groups:
        fold = Columns(groups, ["", *map(str, filter(None, words))], LEGEND).fold()
        connection.execute("REPLACE INTO folds VALUES (?, ?, ?, ?, ?)", (run, upto, *fold))

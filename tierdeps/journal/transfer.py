"""Runs that are still going on when their journal is quarantined are transferred to the new one.

Two processes take part. The one that quarantines the file writes a row without events for each live run of others
(``transfer_run``), so that ``status`` and ``stop`` find those runs. The process of such a run notices the new file
(``Writer._follow_file``), finds its row (``transferred_run``) and adds its plan and its drivers' states (``complete``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import asdict, astuple

from tierdeps.journal.events import ENUM_NAMES, EventBatch, EventColumns
from tierdeps.journal.plan_summary import PlanSummary, store_summary

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from tierdeps.journal.events import NumberedString
    from tierdeps.journal.snapshot import RunRecord

#: A plan's summary and its digest.
SummarizedPlan = tuple[PlanSummary, str]


def transfer_run(connection: sqlite3.Connection, run: RunRecord) -> None:
    """Write the row of a run, with an empty plan; its own process adds the rest once it notices the new file."""
    info = run.info
    empty = PlanSummary((), (), phases={}, timeouts={}, kinds=(), load_dependencies=bytes)
    key = store_summary(connection, empty, "")
    row = (
        *(info.instance, info.digest, info.pid, info.started, info.mode, json.dumps(asdict(info)), key, key),
        *(json.dumps(ENUM_NAMES), run.started_monotonic, run.ready_at, run.start_seconds),
        run.outcome and json.dumps(astuple(run.outcome)),
    )
    columns = (
        "instance, digest, pid, process_stamp, mode, info, plan, first_plan, enum_names, started_monotonic, ready_at,"
        " start_seconds, outcome"
    )
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO runs ({columns}) VALUES ({marks})", row)  # noqa: S608  columns of ours


def transferred_run(connection: sqlite3.Connection, pid: int, process_stamp: str) -> int | None:
    """Return the number under which the run of a process was transferred; None if it was not."""
    statement = "SELECT id FROM runs WHERE pid = ? AND process_stamp = ? AND ended_at IS NULL"
    found = connection.execute(statement, (pid, process_stamp)).fetchone()
    return None if found is None else int(found[0])


def complete(  # noqa: PLR0917  all that a writer knows of its run
    connection: sqlite3.Connection,
    run: int,
    plans: tuple[SummarizedPlan, SummarizedPlan],
    strings: Iterable[NumberedString],
    batches: Sequence[EventBatch],
    last_batch: int,
) -> None:
    """Write what a transferred row lacks: the first plan and the current one, and the state of each driver."""
    first, now = (store_summary(connection, *plan) for plan in plans)
    statement = "UPDATE runs SET first_plan = ?, plan = ?, digest = ? WHERE id = ?"
    connection.execute(statement, (first, now, plans[1][1], run))
    connection.executemany("INSERT INTO strings VALUES (?, ?, ?)", [(run, *row) for row in strings])
    if batches:
        compacted = EventColumns(batches).compacted()
        connection.execute("REPLACE INTO compactions VALUES (?, ?, ?, ?, ?)", (run, last_batch, *compacted))

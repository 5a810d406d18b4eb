"""Events are written in groups, one a turn of the loop, and whatever fails breaks no run."""

from __future__ import annotations

import asyncio
import sqlite3
from inspect import getmembers, isfunction
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import GONE, Stage
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.journal import Journal, JournalError, Recorder, RunInfo
from tierdeps.model import Event, State
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from pathlib import Path


def begin(stage: Stage) -> Recorder:
    plan = stage.plan(stage.driver("a"))
    return stage.journal.begin(RunInfo("i", "t", plan.digest, *GONE), plan)


def groups(stage: Stage) -> list[int]:
    with sqlite3.connect(stage.journal.path) as connection:
        found = [size for (size,) in connection.execute("SELECT size FROM groups ORDER BY id")]
    connection.close()
    return found


def test_listens_to_all_that_reporters_are_told() -> None:
    """It does not inherit: reporters stand above it."""
    told = {name for name, _ in getmembers(Reporter, isfunction)}
    assert told <= {name for name, _ in getmembers(Recorder, isfunction)}


def test_what_happens_in_one_turn_is_one_group(stage: Stage) -> None:
    recorder = begin(stage)

    async def live() -> None:
        for at in range(3):
            recorder.event(Event(at, "a", State.STARTING))
        assert groups(stage) == []
        await asyncio.sleep(0)
        assert groups(stage) == [3]
        recorder.event(Event(4, "a", State.READY))
        await asyncio.sleep(0)

    run_virtually(live())
    assert groups(stage) == [3, 1]


def test_without_a_loop_each_event_is_written_at_once(stage: Stage) -> None:
    recorder = begin(stage)
    recorder.event(Event(1, "a", State.STARTING))
    recorder.event(Event(2, "a", State.READY))
    assert groups(stage) == [1, 1]


def test_when_somebody_else_writes_it_waits_and_writes_later(stage: Stage) -> None:
    recorder = begin(stage)
    stage.journal._connection.execute("PRAGMA busy_timeout=0")
    other = sqlite3.connect(stage.journal.path, isolation_level=None)

    async def live() -> None:
        other.execute("BEGIN IMMEDIATE")
        recorder.event(Event(1, "a", State.STARTING))
        await asyncio.sleep(0.05)
        recorder.event(Event(2, "a", State.READY))
        other.execute("COMMIT")
        assert groups(stage) == []
        await asyncio.sleep(0.2)

    run_virtually(live())
    other.close()
    assert groups(stage) == [2]


def test_a_journal_that_cannot_be_written_any_more_is_noted_and_the_run_goes_on(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        stage = Stage(journal)
        plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
        recorder = journal.begin(RunInfo("i", "t", plan.digest, *GONE), plan)
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count={pages}")  # as a full disk has it
        (plan_size,) = journal._connection.execute("PRAGMA page_size").fetchone()
        recorder.event(Event(0.0, "a", State.PENDING, reason="x" * plan_size))

        async def live() -> tuple[bool, tuple[str, ...]]:
            executor = Executor(plan, reporters=[recorder])
            report = await executor.start()
            executor.leave()
            return report.ready, report.notes

        ready, notes = run_virtually(live())
    assert ready
    problem = f"the journal {tmp_path / 'journal.sqlite'} cannot be written: the disk is full; make room"
    assert notes == (f"the reporter Recorder raised {problem}, and was told nothing more",)


def test_an_error_of_writing_is_told_once_and_nothing_is_kept(stage: Stage) -> None:
    recorder = begin(stage)
    stage.journal._connection.execute("DROP TABLE groups")
    recorder.event(Event(1, "a", State.STARTING))
    for _ in range(2):
        with pytest.raises(JournalError, match="no such table"):
            recorder.event(Event(2, "a", State.READY))
    assert recorder._flat == []

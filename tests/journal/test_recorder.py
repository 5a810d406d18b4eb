"""Events are written in groups, one a turn of the loop, and whatever fails breaks no run."""

from __future__ import annotations

import asyncio
import gc
import os
import sqlite3
from inspect import getmembers, isfunction
from pathlib import Path

import pytest

from tests.journal.conftest import GONE, Stage
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.journal import Recorder, RunInfo
from tierdeps.journal.columns import FIELDS
from tierdeps.journal.recorder import ASIDE, LATER, set_aside
from tierdeps.model import Event, Mark, State
from tierdeps.reporters import Reporter
from tierdeps.timeline import timeline_of


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


def fill(recorder: Recorder) -> None:
    """Let the file grow no more, as a full disk has it."""
    (pages,) = recorder._connection.execute("PRAGMA page_count").fetchone()
    recorder._connection.execute(f"PRAGMA max_page_count={pages}")


def make_room(recorder: Recorder) -> None:
    recorder._connection.execute("PRAGMA max_page_count=100000")


LONG = "x" * 10_000


def test_while_the_disk_is_full_all_is_kept_and_written_once_there_is_room(stage: Stage) -> None:
    recorder = begin(stage)
    told: list[str] = []
    recorder.tell = told.append
    events = [Event(at, "a", State.STARTING, reason=LONG) for at in range(3)]

    async def live() -> None:
        fill(recorder)
        for event in events:
            recorder.event(event)
            await asyncio.sleep(LATER)
        assert groups(stage) == []
        make_room(recorder)
        await asyncio.sleep(LATER)

    run_virtually(live())
    assert groups(stage) == [3]
    run = stage.journal.last()
    assert run is not None
    assert list(run.events()) == events
    problem = f"the journal {stage.journal.path} cannot be written: the disk is full; make room"
    assert told == [f"{problem}; until then this run is not recorded"]


@pytest.mark.parametrize("room", [False, True])
def test_a_run_that_ends_while_the_disk_is_full_has_ended(stage: Stage, room: bool) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    recorder = stage.journal.begin(RunInfo("i", "t", plan.digest, *GONE), plan)
    told: list[str] = []
    recorder.tell = told.append
    fill(recorder)
    recorder.event(Event(0.0, "a", State.PENDING, reason=LONG))

    async def live() -> tuple[str, ...]:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        if room:
            make_room(recorder)
        return (await executor.stop()).notes

    assert run_virtually(live()) == ()
    run = stage.journal.last()
    assert run is not None
    assert run.ending is not None
    assert (run.killed, run.ending.ok, len(told)) == (False, True, 1)
    assert bool(run.events()) is room


def test_an_end_that_cannot_be_written_is_told(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"))
    recorder = stage.journal.begin(RunInfo("i", "t", plan.digest, *GONE), plan)
    told: list[str] = []
    recorder.tell = told.append
    stage.journal._connection.execute("PRAGMA query_only=1")

    async def live() -> bool:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        return (await executor.stop()).ok

    assert run_virtually(live())
    assert "cannot be used: attempt to write a readonly database" in told[0]
    (said,) = told[1:]
    assert said == f"the journal {stage.journal.path} does not know that this run ended: status will say it was killed"


def test_what_cannot_be_written_for_long_is_kept_as_where_each_driver_stands(stage: Stage) -> None:
    recorder = begin(stage)
    told: list[str] = []
    recorder.tell = told.append
    recorder.folds_after = 10
    fill(recorder)
    for at in range(100):
        recorder.event(Event(at, "a", State.STARTING, reason=LONG))
        recorder.event(Event(at, "stranger", State.READY, "start", Mark.DONE))
    assert len(recorder._flat) <= 11 * FIELDS
    make_room(recorder)
    recorder.event(Event(100, "a", State.READY))
    run = stage.journal.last()
    assert run is not None
    assert run.states()["a"].state is State.READY
    assert run.states()["stranger"].step == Event(99, "stranger", State.READY, "start", Mark.DONE)


def test_space_for_the_end_is_set_aside_in_no_file(tmp_path: Path) -> None:
    aside = set_aside(tmp_path)
    if aside < 0:
        pytest.skip("this file system has no files without a name")
    assert os.fstat(aside).st_blocks * 512 >= ASIDE
    assert list(tmp_path.iterdir()) == []
    os.close(aside)
    assert set_aside(tmp_path / "missing") == -1


def test_space_that_was_set_aside_is_given_back_at_the_end(stage: Stage) -> None:
    gc.collect()
    before = handles()
    stage.run(stage.plan(stage.driver("a")))
    begin(stage)
    assert handles() == before


def handles() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_reload_is_no_start_that_took_so_long(stage: Stage) -> None:
    """What a start took is measured from the beginning of the run to its own end, not to that of a reload."""
    plan, other = stage.plan(stage.driver("a")), stage.plan(stage.driver("a"), stage.driver("b"))
    recorder = stage.journal.begin(RunInfo("i", "t", plan.digest, *GONE), plan)

    async def live() -> None:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        await asyncio.sleep(600)
        await executor.reload(other)
        await executor.stop()

    run_virtually(live())
    run = stage.journal.last()
    assert run is not None
    assert run.start_seconds == pytest.approx(1.0)
    assert timeline_of(run).seconds == pytest.approx(1.0)

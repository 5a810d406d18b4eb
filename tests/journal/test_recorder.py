"""Events are written in batches by a thread, one a turn of the loop: no delay or failure of a write breaks a run."""

from __future__ import annotations

import asyncio
import gc
import os
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import GONE, Stage
from tierdeps.analysis.timeline import timeline_of
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.journal import Recorder, RunInfo, database, writer
from tierdeps.journal.events import EventColumns, StringTable, flattened, pack
from tierdeps.journal.recorder import RESERVED_BYTES, reserve_space
from tierdeps.journal.writer import PendingWrite, batches_of, compact
from tierdeps.model import Event, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How long anything may take, in seconds: on a busy machine, far longer than it does.
TIMEOUT_S = 60.0


def start_run(stage: Stage) -> Recorder:
    plan = stage.plan(stage.driver("a"))
    return stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)


def batch_sizes(stage: Stage) -> list[int]:
    with sqlite3.connect(stage.journal.path) as connection:
        found = [size for (size,) in connection.execute("SELECT size FROM event_batches ORDER BY id")]
    connection.close()
    return found


def test_events_of_one_turn_of_the_loop_are_one_batch(stage: Stage) -> None:
    recorder = start_run(stage)

    async def live() -> None:
        for at in range(3):
            recorder.event(Event(at, "a", State.STARTING))
        assert batch_sizes(stage) == []
        await asyncio.sleep(0)
        recorder.event(Event(4, "a", State.READY))
        await asyncio.sleep(0)
        assert await recorder.settle()

    asyncio.run(live())
    assert batch_sizes(stage) == [3, 1]


def test_without_a_loop_each_event_is_a_batch(stage: Stage) -> None:
    recorder = start_run(stage)
    recorder.event(Event(1, "a", State.STARTING))
    recorder.event(Event(2, "a", State.READY))
    assert recorder.sync()
    assert batch_sizes(stage) == [1, 1]


@pytest.fixture
def other(stage: Stage) -> Iterator[sqlite3.Connection]:
    """Connect to the journal as another process would."""
    connection = sqlite3.connect(stage.journal.path, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all timeouts short."""
    monkeypatch.setattr(database, "WRITER_LOCK_TIMEOUT_S", 0.01)
    monkeypatch.setattr(writer, "UNRESPONSIVE_AFTER_S", 0.1)
    monkeypatch.setattr(writer, "BUSY_RETRY_S", 0.01)
    monkeypatch.setattr(writer, "ERROR_RETRY_S", 0.01)


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until a condition is true."""
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():  # noqa: ASYNC110  it is another thread's
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_while_another_process_writes_nothing_waits_and_all_is_written_later(
    stage: Stage, other: sqlite3.Connection, lock: str
) -> None:
    recorder = start_run(stage)
    warnings: list[str] = []
    recorder.warn = warnings.append

    async def live() -> None:
        other.execute(lock)
        for at in range(3):
            recorder.event(Event(at, "a", State.STARTING))
            await asyncio.sleep(0)
        await until(lambda: warnings)
        assert not await recorder.settle(0.0)
        assert batch_sizes(stage) == []
        other.execute("COMMIT")
        assert await recorder.settle(TIMEOUT_S)
        await until(lambda: len(warnings) == 2)

    asyncio.run(live())
    assert batch_sizes(stage) == [1, 1, 1]
    assert warnings == [
        f"the journal {stage.journal.path} is locked by another process; this run is not recorded until it is unlocked",
        f"the journal {stage.journal.path} is written again; this run is recorded",
    ]


@pytest.mark.usefixtures("impatient")
def test_a_run_goes_its_way_while_the_journal_is_locked_to_its_end(stage: Stage, other: sqlite3.Connection) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
    warnings: list[str] = []
    recorder.warn = warnings.append
    other.execute("BEGIN IMMEDIATE")

    async def live() -> bool:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        return (await executor.stop()).ok

    assert run_virtually(live())
    recorder.finish(0.3)
    assert warnings[-1] == (
        f"the journal {stage.journal.path} has no end of this run: tierdeps status will report it as killed"
    )
    other.execute("ROLLBACK")
    run = stage.journal.last()
    assert run is not None
    assert run.killed


@pytest.mark.usefixtures("impatient")
def test_a_write_that_hangs_is_reported_while_events_come(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that hangs: the thread is in a write, which cannot be cancelled."""
    monkeypatch.setattr(writer, "UNRESPONSIVE_AFTER_S", -1.0)
    recorder = start_run(stage)
    warnings: list[str] = []
    recorder.warn = warnings.append
    hung, connect = threading.Event(), recorder.writer.connect

    def hangs() -> sqlite3.Connection:
        assert hung.wait(TIMEOUT_S)
        return connect()

    recorder.writer.connect = hangs

    async def live() -> None:
        recorder.event(Event(0, "a", State.STARTING))
        await until(lambda: recorder.writer._writing_since)
        recorder.event(Event(1, "a", State.STARTING))
        await until(lambda: warnings)
        hung.set()
        assert await recorder.settle(TIMEOUT_S)
        await until(lambda: len(warnings) == 2)

    asyncio.run(live())
    assert warnings == [
        f"the journal {stage.journal.path} does not respond; this run is not recorded until it does",
        f"the journal {stage.journal.path} is written again; this run is recorded",
    ]


@pytest.mark.usefixtures("impatient")
def test_an_unexpected_error_is_reported_and_the_run_goes_on(stage: Stage) -> None:
    recorder = start_run(stage)
    warnings: list[str] = []
    recorder.warn = warnings.append
    recorder.event(Event(0, "\udcff", State.STARTING))
    assert not recorder.sync(0.2)
    recorder.finish(0.1)
    assert len(warnings) == 1
    assert f"the journal {stage.journal.path} cannot be written: UnicodeEncodeError" in warnings[0]


def test_what_cannot_be_written_is_logged_where_nobody_listens(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    recorder = start_run(stage)
    recorder.event(Event(0, "\udcff", State.STARTING))
    recorder.finish(0.1)
    assert [record.name for record in caplog.records] == ["tierdeps.journal"]


@pytest.mark.usefixtures("impatient")
def test_what_comes_while_a_write_fails_is_written_behind_it(stage: Stage) -> None:
    recorder = start_run(stage)
    recorder.warn = lambda problem: None
    events = [Event(at, "a", State.STARTING) for at in range(3)]
    connect, late = recorder.writer.connect, events[1:]

    def fail_at_first() -> sqlite3.Connection:
        if late:
            recorder.writer.put(PendingWrite(pack(flattened([late.pop(0)]), StringTable(["a"]))))
            raise sqlite3.OperationalError("it is so")
        return connect()

    recorder.writer.connect = fail_at_first
    recorder.event(events[0])
    assert recorder.sync(TIMEOUT_S)
    run = stage.journal.last()
    assert run is not None
    assert list(run.events()) == events


class Disk:
    """Keeps the file of a recorder from growing, as a full disk does, until ``make_room``."""

    def __init__(self, recorder: Recorder) -> None:
        self._connect = recorder.writer.connect
        self._connection: sqlite3.Connection | None = None
        recorder.writer.connect = self._full

    def _full(self) -> sqlite3.Connection:
        self._connection = self._connect()
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count={pages}")
        return self._connection

    def make_room(self) -> None:
        assert self._connection is not None
        self._connection.execute("PRAGMA max_page_count=100000")


LONG = "x" * 10_000


@pytest.mark.usefixtures("impatient")
def test_while_the_disk_is_full_all_is_kept_and_written_once_there_is_room(stage: Stage) -> None:
    recorder = start_run(stage)
    warnings: list[str] = []
    recorder.warn = warnings.append
    events = [Event(at, "a", State.STARTING, reason=LONG) for at in range(3)]
    disk = Disk(recorder)

    async def live() -> None:
        for event in events:
            recorder.event(event)
            await asyncio.sleep(0)
        await until(lambda: warnings)
        assert batch_sizes(stage) == []
        disk.make_room()
        assert await recorder.settle(TIMEOUT_S)

    asyncio.run(live())
    run = stage.journal.last()
    assert run is not None
    assert list(run.events()) == events
    recorder.finish()
    problem = f"the journal {stage.journal.path} cannot be written: the disk is full; free some space"
    assert warnings == [
        f"{problem}; until then this run is not recorded",
        f"the journal {stage.journal.path} is written again; this run is recorded",
    ]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("room", [False, True])
def test_a_run_that_ends_while_the_disk_is_full_has_ended(stage: Stage, room: bool) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
    warnings: list[str] = []
    recorder.warn = warnings.append
    disk = Disk(recorder)
    recorder.event(Event(0.0, "a", State.PENDING, reason=LONG))
    assert not recorder.sync(0.1)

    async def live() -> tuple[str, ...]:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        if room:
            disk.make_room()
        return (await executor.stop()).notes

    assert run_virtually(live()) == ()
    recorder.finish()
    run = stage.journal.last()
    assert run is not None
    assert run.outcome is not None
    assert (run.killed, run.outcome.ok) == (False, True)
    assert bool(run.events()) is room
    assert "the disk is full" in warnings[0]


@pytest.mark.usefixtures("impatient")
def test_an_end_that_cannot_be_written_is_reported(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
    warnings: list[str] = []
    recorder.warn = warnings.append
    connect = recorder.writer.connect

    def readonly() -> sqlite3.Connection:
        connection = connect()
        connection.execute("PRAGMA query_only=1")
        return connection

    recorder.writer.connect = readonly

    async def live() -> bool:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        return (await executor.stop()).ok

    assert run_virtually(live())
    recorder.finish(0.2)
    assert "cannot be used: attempt to write a readonly database" in warnings[0]
    (said,) = warnings[1:]
    assert said == f"the journal {stage.journal.path} has no end of this run: tierdeps status will report it as killed"


@pytest.mark.usefixtures("impatient")
def test_what_cannot_be_written_for_long_is_compacted_to_the_states(stage: Stage) -> None:
    recorder = start_run(stage)
    recorder.warn = lambda problem: None
    recorder.writer.compact_after = 10
    disk = Disk(recorder)
    for at in range(100):
        recorder.event(Event(at, "a", State.STARTING, reason=LONG))
        recorder.event(Event(at, "unknown", State.READY, "start", StepEvent.DONE))
    recorder.sync(0.1)
    assert sum(batch.size for batch in batches_of(recorder.writer._pending)) <= 12
    disk.make_room()
    recorder.event(Event(100, "a", State.READY))
    assert recorder.sync(TIMEOUT_S)
    run = stage.journal.last()
    assert run is not None
    assert run.states()["a"].state is State.READY
    assert run.states()["unknown"].step == Event(99, "unknown", State.READY, "start", StepEvent.DONE)


def test_writes_that_are_compacted_keep_their_strings_and_the_latest_facts() -> None:
    strings = StringTable(["a"])

    def write(name: str, info: str) -> PendingWrite:
        events = [Event(at, name, state) for at, state in enumerate((State.STARTING, State.READY))]
        batch = pack(flattened(events), strings)
        return PendingWrite(batch, strings.take_added(), {"info": info})

    found = compact([write("a", "first"), write("b", "second"), write("c", "third"), write("b", "last")])
    assert found.strings == ((2, "b"), (3, "c"))
    assert found.facts == {"info": "last"}
    assert found.batch is not None
    kept = EventColumns([found.batch], ["", "a", "b", "c"])
    kept.check()
    assert sorted((event.driver, event.state) for event in kept) == [(name, State.READY) for name in "abc"]


def test_space_for_the_end_is_reserved_in_a_file_without_a_name(tmp_path: Path) -> None:
    reserve = reserve_space(tmp_path)
    if reserve < 0:
        pytest.skip("this file system has no files without a name")
    assert os.fstat(reserve).st_blocks * 512 >= RESERVED_BYTES
    assert list(tmp_path.iterdir()) == []
    os.close(reserve)
    assert reserve_space(tmp_path / "missing") == -1


def test_reserved_space_is_freed_at_the_end(stage: Stage) -> None:
    stage.run(stage.plan(stage.driver("a")))  # SQLite keeps a handle of a connection that was closed for the next one
    gc.collect()
    before = handles()
    stage.run(stage.plan(stage.driver("a")))
    start_run(stage).finish()
    assert handles() == before


def handles() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_reload_is_no_start_that_took_so_long(stage: Stage) -> None:
    """The duration of a start is measured to its own end, not to that of a reload."""
    plan, other = stage.plan(stage.driver("a")), stage.plan(stage.driver("a"), stage.driver("b"))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)

    async def live() -> None:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        await asyncio.sleep(600)
        await executor.reload(other)
        await executor.stop()

    run_virtually(live())
    assert recorder.sync()
    run = stage.journal.last()
    assert run is not None
    assert run.start_seconds == pytest.approx(1.0)
    assert timeline_of(run).seconds == pytest.approx(1.0)

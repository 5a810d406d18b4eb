"""A live run whose journal is quarantined is transferred to the new one, and goes on recording there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import Stage
from tierdeps._util.frozen import replace
from tierdeps._util.process_id import process_stamp
from tierdeps.journal import Journal, RunInfo, instance_of, writer
from tierdeps.journal.quarantine import file_id, quarantine
from tierdeps.journal.salvage import live_runs
from tierdeps.journal.status import status_of
from tierdeps.model import Event, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps.journal import Recorder


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Start another process, which a live run can belong to."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as runs:
        yield runs
        runs.kill()


def start_run(stage: Stage, pid: int, *names: str, graph: str = "/a.toml") -> Recorder:
    plan = stage.plan(*(stage.driver(name) for name in names))
    info = RunInfo.here(instance_of((graph,)), plan.digest, socket="/run/a.sock")
    return stage.journal.start_run(replace(info, pid=pid, started=process_stamp(pid)), plan)


def aside(stage: Stage) -> Path:
    found = quarantine(stage.journal.path, file_id(stage.journal.path))
    assert found is not None
    return found


def test_a_live_run_is_found_in_the_new_file_and_completes_its_row(
    stage: Stage, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FILE_CHECK_INTERVAL_S", 0.01)
    recorder = start_run(stage, process.pid, "a", "b")
    recorder.event(Event(1.0, "a", State.READY))
    recorder.event(Event(1.0, "unknown", State.READY, "odd", StepEvent.DONE))
    recorder.plan_changed(stage.plan(stage.driver("a"), stage.driver("c")))
    assert recorder.sync()
    damaged = aside(stage)
    with Journal.open(stage.journal.path) as journal:
        journal.transfer(live_runs(damaged))
        (run,) = journal.alive()
        assert (run.info.pid, run.info.socket) == (process.pid, "/run/a.sock")
        recorder.event(Event(2.0, "c", State.FAILED, reason="no"))
        assert recorder.sync()
        run = journal.reread(run)
        assert {name: driver.state for name, driver in run.states().items()} == {
            "a": State.READY,
            "c": State.FAILED,
            "unknown": State.PENDING,
        }
        assert status_of(run).counts == {State.READY: 1, State.FAILED: 1}


def test_an_idle_run_notices_the_new_file_too(
    stage: Stage, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FILE_CHECK_INTERVAL_S", 0.01)
    recorder = start_run(stage, process.pid, "a")
    recorder.event(Event(1.0, "a", State.READY))
    assert recorder.sync()
    damaged = aside(stage)
    with Journal.open(stage.journal.path) as journal:
        journal.transfer(live_runs(damaged))
        (run,) = journal.alive()
        for _ in range(1000):
            if journal.reread(run).plan_summary.drivers:
                break
            process.poll()
            recorder.sync(0.01)
        assert journal.reread(run).states()["a"].state is State.READY


def test_a_run_that_was_not_transferred_goes_on_in_the_old_file(stage: Stage) -> None:
    recorder = start_run(stage, os.getpid(), "a")
    recorder.event(Event(0.5, "a", State.STARTING))
    assert recorder.sync()
    damaged = aside(stage)
    Journal.open(stage.journal.path).close()
    recorder.event(Event(1.0, "a", State.READY))
    assert recorder.sync()
    with Journal.open(damaged, readonly=True) as journal:
        (run,) = journal.runs()
        assert run.states()["a"].state is State.READY


def test_a_run_that_was_not_transferred_is_never_written_to_the_new_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There its number is another run's."""
    monkeypatch.setattr(writer, "ERROR_RETRY_S", 0.01)
    recorder = start_run(stage, os.getpid(), "a")
    warnings: list[str] = []
    recorder.warn = warnings.append
    aside(stage)
    with Journal.open(stage.journal.path) as journal:
        other = Stage(journal).run(stage.plan(stage.driver("z")))
        events = other.events()
        recorder.event(Event(1.0, "a", State.READY))
        recorder.finish(0.1)
        assert journal.reread(other).events() == events
    assert "was replaced after this run was started; until then this run is not recorded" in warnings[0]


def test_a_run_that_is_unreadable_or_over_is_not_transferred(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    start_run(stage, os.getpid(), "a", graph="/b.toml")  # our own: it is about to start again
    stage.run(stage.plan(stage.driver("a")), killed_at=0.5)
    start_run(stage, process.pid, "b")
    stage.journal._connection.execute("UPDATE runs SET info = '[' WHERE pid = ?", (process.pid,))
    assert live_runs(aside(stage)) == ()


@pytest.mark.parametrize("text", ["", "nothing of the kind" * 100])
def test_nothing_is_transferred_from_an_unreadable_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_text(text)
    assert live_runs(path) == ()

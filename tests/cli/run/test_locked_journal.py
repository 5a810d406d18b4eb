"""A journal that another process has locked delays neither an answer nor a stop nor a start."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until
from tests.processes.test_orphan_guard import guards
from tierdeps.control.client import Conversation
from tierdeps.control.messages import Exit, Ping
from tierdeps.journal import journal_path

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.cli.hosts import Host


@pytest.fixture
def lock() -> Iterator[sqlite3.Connection]:
    """Provide another process, which can lock the journal."""
    journal_path().parent.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(journal_path(), isolation_level=None)) as connection:
        yield connection


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_run_with_a_locked_journal_answers_and_stops(host: Host, lock: sqlite3.Connection, how: str) -> None:
    host.graph({"a": (), "b": ("a",)})
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    (run,) = host.alive()
    lock.execute(f"BEGIN {how}")
    with Conversation(run.info.pid, Path(run.info.socket), Ping(), TIMEOUT_S) as conversation:
        assert list(conversation.replies())[-1] == Exit(0)
    answer = host.ask("stop", "graph.toml")
    assert answer.code == 0
    assert "stopped: b, a" in answer.out
    said = process.communicate(timeout=TIMEOUT_S)
    lock.execute("ROLLBACK")
    assert process.returncode == 0
    assert "has no end of this run: tierdeps status will report it as killed" in "".join(filter(None, said))
    assert host.running() == {}
    assert "was killed" in host.ask("status", "graph.toml").out


def test_a_start_with_a_locked_journal_runs_unrecorded(host: Host, lock: sqlite3.Connection) -> None:
    host.graph({"a": ()})
    lock.execute("BEGIN EXCLUSIVE")
    answer = host.ask("start", "--once", "graph.toml")
    assert answer.code == 0
    assert "note: this run is not recorded: the journal" in answer.err
    assert "has been locked by another process" in answer.err
    assert host.running() == {}


@pytest.mark.parametrize("option", ["--detach", "--leave-running"])
def test_a_start_that_has_to_be_found_later_starts_nothing(host: Host, lock: sqlite3.Connection, option: str) -> None:
    host.graph({"a": ()})
    lock.execute("BEGIN EXCLUSIVE")
    answer = host.ask("start", option, "graph.toml")
    assert answer.code == 4
    assert "has been locked by another process" in answer.err
    assert "so nothing was started" in answer.err
    assert host.running() == {}


def test_events_during_the_lock_are_recorded_after_it(host: Host, lock: sqlite3.Connection) -> None:
    host.graph({"a": (), "b": ("a",)})
    process = host.begin("start", "graph.toml")
    read_until(process, "a starting")
    lock.execute("BEGIN IMMEDIATE")
    read_until(process, "all drivers are ready")
    lock.execute("ROLLBACK")
    answer = host.ask("stop", "graph.toml")
    assert answer.code == 0
    process.communicate(timeout=TIMEOUT_S)
    assert "completed" in host.ask("status", "graph.toml").out


def kill_both(process: subprocess.Popen[str]) -> None:
    """Kill a run and its guard: stopped, it can start no other one."""
    process.send_signal(signal.SIGSTOP)
    for pid in guards(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=TIMEOUT_S)


@pytest.mark.parametrize("still", [False, True])
def test_what_a_run_left_that_was_killed_while_it_was_locked_is_not_started_twice(
    host: Host, lock: sqlite3.Connection, still: bool
) -> None:
    """The journal knows nothing of what that run started; with it locked ``still``, nor of the run itself."""
    host.graph({"a": (), "b": ("a",)})
    lock.execute("BEGIN IMMEDIATE")
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    kill_both(process)
    left = host.running()
    assert set(left) == {"a", "b"}
    if not still:
        lock.execute("ROLLBACK")
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    now = host.running()
    assert {name: len(pids) for name, pids in now.items()} == {"a": 1, "b": 1}
    assert all(now[name] != left[name] for name in now)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_S)
    assert host.running() == {}


def test_a_second_start_is_refused(host: Host, lock: sqlite3.Connection) -> None:
    host.graph({"a": ()})
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    lock.execute("BEGIN EXCLUSIVE")
    answer = host.ask("start", "graph.toml")
    assert (answer.code, answer.out) == (4, "")
    assert f"error: graph.toml is already running, as process {process.pid};" in answer.err
    lock.execute("ROLLBACK")
    assert host.ask("stop", "graph.toml").code == 0
    process.communicate(timeout=TIMEOUT_S)

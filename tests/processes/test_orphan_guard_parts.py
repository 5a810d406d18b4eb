"""The guard's functions after the end of the run, called in this process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.processes.cgroup import Cgroup
from tierdeps.processes.orphan_guard import end_cgroups, end_leftovers, wait_for_end_of_run
from tierdeps.processes.orphan_guard_state import GuardState, Session
from tierdeps.processes.proc import DRIVER, RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = ("/bin/sleep", "1000")
#: No other run has this name.
NAME = f"parts-{os.getpid()}"


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make the two ends of the guard's input: the run's, and its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def run() -> Iterator[subprocess.Popen[bytes]]:
    """Start what stands for the run's process."""
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def wait(theirs: socket.socket, run: subprocess.Popen[bytes], state: GuardState) -> None:
    pidfd = os.pidfd_open(run.pid)
    try:
        wait_for_end_of_run(theirs, pidfd, state)
    finally:
        os.close(pidfd)


def test_the_end_of_the_input_is_the_end_of_the_run(
    sockets: tuple[socket.socket, socket.socket], run: subprocess.Popen[bytes]
) -> None:
    ours, theirs = sockets
    ours.send(b"+ 0 15 61")
    ours.close()
    state = GuardState()
    wait(theirs, run, state)
    assert list(state.sessions) == ["0"]
    assert run.poll() is None


def test_so_is_the_end_of_its_process_though_another_one_holds_the_input(
    sockets: tuple[socket.socket, socket.socket], run: subprocess.Popen[bytes]
) -> None:
    ours, theirs = sockets
    ours.send(b"+ 0 15 61")
    run.kill()
    state = GuardState()
    wait(theirs, run, state)
    assert list(state.sessions) == ["0"]
    ours.send(b"- 0")  # it is open still


def left(**tags: str) -> subprocess.Popen[bytes]:
    """Start what a run might have left."""
    return subprocess.Popen(SLEEP, env={RUN: NAME, **tags})


def test_whatever_has_the_run_s_tag_is_ended() -> None:
    with left() as unknown, left(**{DRIVER: "a"}) as known:
        state = GuardState()
        state.sessions["k"] = Session(signal.SIGTERM, b"a")
        end_leftovers(NAME, state)
        assert (unknown.wait(), known.wait()) == (-signal.SIGTERM, -signal.SIGTERM)


def test_or_of_announced_sessions_alone_where_the_rest_is_to_run_on() -> None:
    with left() as unknown, left(**{DRIVER: "a"}) as known:
        state = GuardState()
        state.stop_all = False
        state.sessions["k"] = Session(signal.SIGTERM, b"a")
        end_leftovers(NAME, state)
        assert known.wait() == -signal.SIGTERM
        assert unknown.poll() is None
        unknown.kill()


def folders(tmp_path: Path, *drivers: str) -> Cgroup:
    """Make folders that look like empty cgroups: those can be removed, like the kernel's."""
    cgroup = Cgroup(str(tmp_path / "tierdeps-0"))
    for driver in drivers:
        Path(cgroup.folder(driver)).mkdir(parents=True)
    return cgroup


def test_the_cgroup_of_the_run_is_removed_with_all_below(tmp_path: Path) -> None:
    end_cgroups(folders(tmp_path, "a", "b"), GuardState())
    assert list(tmp_path.iterdir()) == []


def test_what_runs_on_leaves_the_cgroup_before_it_is_removed(tmp_path: Path) -> None:
    cgroup = folders(tmp_path, "a")
    state = GuardState()
    state.stop_all = False
    state.sessions["k"] = Session(signal.SIGTERM, b"a")
    end_cgroups(cgroup, state)
    assert list(tmp_path.iterdir()) == []

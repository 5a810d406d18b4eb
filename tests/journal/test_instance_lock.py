"""One run of an instance at a time: a lock that ends with its holder, whatever the journal says."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tierdeps.journal import AlreadyRunning, journal_path
from tierdeps.journal.instance_lock import NAME, InstanceLock

if TYPE_CHECKING:
    from pathlib import Path

HOLDS = """
import signal, sys
from tierdeps.journal.instance_lock import InstanceLock
lock = InstanceLock()
print(lock.take(sys.argv[1], "g.toml"), flush=True)
signal.pause()
"""


def holder(key: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDS, key], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_another_process_that_has_it_is_named() -> None:
    other = holder("/a")
    with (
        InstanceLock() as lock,
        pytest.raises(AlreadyRunning, match=f"^g.toml is already running, as process {other.pid};"),
    ):
        lock.take("/a", "g.toml", timeout=0)
    end(other)


def test_it_ends_with_its_holder_however_that_ends() -> None:
    end(holder("/a"))
    with InstanceLock() as lock:
        assert lock.take("/a", "g.toml", timeout=0)


def test_other_instances_are_other_locks() -> None:
    other = holder("/a")
    with InstanceLock() as lock:
        assert lock.take("/b", "g.toml", timeout=0)
        with pytest.raises(AlreadyRunning):
            lock.take("/a", "g.toml", timeout=0)
    end(other)


def test_who_has_it_may_take_it_again() -> None:
    with InstanceLock() as lock:
        assert lock.take("/a", "g.toml")
        assert lock.take("/a", "g.toml", timeout=0)


def test_no_process_that_was_started_meanwhile_keeps_it() -> None:
    with InstanceLock() as lock:
        assert lock.take("/a", "g.toml")
        with subprocess.Popen(["sleep", "1000"], close_fds=False) as left:  # noqa: S607
            lock.close()
            try:
                end(holder("/a"))
            finally:
                left.kill()


def test_who_is_just_ending_is_waited_for() -> None:
    other = holder("/a")
    killer = subprocess.Popen(["sh", "-c", f"sleep 0.2; kill -9 {other.pid}"])  # noqa: S607
    with InstanceLock() as lock:
        assert lock.take("/a", "g.toml", timeout=60)
    assert killer.wait() == 0
    end(other)


def test_a_folder_that_cannot_be_had_is_no_fault(state: Path) -> None:
    state.write_text("not a folder")
    with InstanceLock() as lock:
        assert not lock.take("/a", "g.toml", timeout=0)


def test_the_file_is_its_owners_alone() -> None:
    with InstanceLock() as lock:
        lock.take("/a", "g.toml")
        assert os.stat(journal_path().parent / NAME).st_mode & 0o777 == 0o600  # noqa: PTH116

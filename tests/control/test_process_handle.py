"""ProcessHandle: processes that are waited for and signalled without being our children."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tierdeps._util.process_id import process_stamp
from tierdeps.control.client import ProcessHandle

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="child")
def _child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])  # noqa: S607
    yield process
    process.kill()
    process.wait()


def test_wait_returns_whether_the_process_ended_in_time(child: subprocess.Popen[bytes]) -> None:
    with ProcessHandle(child.pid, process_stamp(child.pid)) as process:
        assert process.alive
        assert not process.wait(0.01)
        process.signal(signal.SIGTERM)
        assert process.wait(60)
        process.signal(signal.SIGTERM)  # nobody is there, and nothing happens


def test_a_later_process_with_the_same_id_is_neither_waited_for_nor_signalled(child: subprocess.Popen[bytes]) -> None:
    with ProcessHandle(child.pid, "1@earlier") as process:
        assert not process.alive
        assert process.wait(60)
        process.signal(signal.SIGKILL)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)


def test_a_process_that_has_ended_is_not_waited_for(child: subprocess.Popen[bytes]) -> None:
    stamp = process_stamp(child.pid)
    child.kill()
    child.wait()
    with ProcessHandle(child.pid, stamp) as process:
        assert process.wait(60)

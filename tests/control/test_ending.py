"""Processes that are waited for and signalled without being our children."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tierdeps.control.ending import Watched
from tierdeps.journal import process_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="child")
def _child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])  # noqa: S607
    yield process
    process.kill()
    process.wait()


def test_the_end_is_waited_for_and_no_longer_than_asked(child: subprocess.Popen[bytes]) -> None:
    with Watched(child.pid, process_stamp(child.pid)) as process:
        assert process.alive
        assert not process.ended(0.01)
        process.signal(signal.SIGTERM)
        assert process.ended(60)
        process.signal(signal.SIGTERM)  # nobody is there, and nothing happens


def test_a_later_process_with_the_same_number_is_another_one(child: subprocess.Popen[bytes]) -> None:
    with Watched(child.pid, "1@earlier") as process:
        assert not process.alive
        assert process.ended(60)
        process.signal(signal.SIGKILL)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)


def test_one_that_ended_before_is_over(child: subprocess.Popen[bytes]) -> None:
    stamp = process_stamp(child.pid)
    child.kill()
    child.wait()
    with Watched(child.pid, stamp) as process:
        assert process.ended(60)

"""A pytest plugin for mutation testing: a test of a mutant that loops or waits for ever ends its process."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

#: What one test may take; the slowest takes about 2 s of processor time.
CPU_LIMIT_S = 10.0
WALL_LIMIT_S = 120.0
#: Counted by mutmut as a mutant that ran out of time.
TIMED_OUT = 36


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Limit the time of one test."""
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, _end)
    signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT_S)
    signal.setitimer(signal.ITIMER_REAL, WALL_LIMIT_S)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end(number: int, frame: FrameType | None) -> None:
    """End the process at once: an exception would be one more failure that the executor has to handle."""
    os._exit(TIMED_OUT)

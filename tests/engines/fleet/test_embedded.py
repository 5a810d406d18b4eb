"""Without a scheduler a start brings its own, and a worker process for each host, which end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engines.fleet.conftest import ROOT

if TYPE_CHECKING:
    from tests.engines.fleet.conftest import Log

CLIENT = """
import asyncio, sys
from pathlib import Path
from tests.engines.fleet.conftest import Log, thing
from tierdeps.model import requires

async def main():
    log = Log(Path(sys.argv[1]))
    executor = log.executor(None, thing("one"), thing("two", requires("one"), host=None))
    report = await executor.start()
    print("up" if report.ready else [outcome.reason for outcome in report.outcomes], flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await executor.stop()

asyncio.run(main())
"""


def lines(log: Log, number: int) -> list[str]:
    """Start, end it by a signal or, with 0, in order; return what was done once all its processes have ended."""
    pytest.importorskip("distributed")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        (sys.executable, "-c", CLIENT, str(log.path)),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as client:
        assert client.stdout is not None
        assert client.stdin is not None
        assert client.stdout.readline() == "up\n"
        if number:
            client.send_signal(number)
        else:
            client.stdin.write("\n")
            client.stdin.flush()
        assert client.stdout.read() == ""  # its workers have the same standard output, so they have ended too
    return log.lines


def test_drivers_start_on_workers_of_the_start_and_stop_with_it(log: Log) -> None:
    stops = ["two stop", "two cleanup", "one stop", "one cleanup"]
    assert lines(log, 0) == ["one start", "two start", *stops]


def test_workers_of_a_start_that_is_killed_stop_their_drivers_and_end(log: Log) -> None:
    found = lines(log, signal.SIGKILL)
    assert found[:2] == ["one start", "two start"]
    assert sorted(found[2:]) == ["one cleanup", "one stop", "two cleanup", "two stop"]

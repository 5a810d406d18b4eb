"""Runs that are killed in a cgroup of the kernel: nothing escapes the guard, or the next start."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes.cgroup.conftest import Escaper, cmdline
from tests.processes.conftest import Host, Trace, run, until
from tierdeps import Driver, Executor
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.proc import read_process
from tierdeps.processes.run import ProcessRun

RUNS = """
import asyncio, os, sys
from tests.processes.conftest import Host
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun

async def main():
    shared = ProcessRun("shop", contain=True)
    lifecycle = ProcessLifecycle(Process(tuple(sys.argv[1:]), "log:up"), shared)
    await lifecycle.start(Host().context())
    shared.records.flush()
    print(shared._containment.path, shared._guard._pid, flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""


def killed(escaper: Escaper, *, guard: bool) -> Path:
    """Start the escaper in a process that is killed, perhaps together with its guard; return its cgroup."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNS, *escaper.process.command], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as process:
        assert process.stdout is not None
        path, pid = process.stdout.readline().split()
        if guard:
            process.send_signal(signal.SIGSTOP)  # it would start another one
            os.kill(int(pid), signal.SIGKILL)
        process.kill()
    return Path(path)


def test_nothing_escapes_the_guard(escaper: Escaper) -> None:
    path = killed(escaper, guard=False)
    assert escaper.ends()
    latest = time.monotonic() + 20
    while path.exists() and time.monotonic() < latest:
        time.sleep(0.01)
    assert not path.exists()


@pytest.mark.parametrize("planned", [True, False])
def test_nothing_escapes_the_start_after_one_that_was_killed_with_its_guard(
    escaper: Escaper, tmp_path: Path, planned: bool
) -> None:
    path = killed(escaper, guard=True)
    assert escaper.still_runs()
    assert path.is_dir()

    async def main() -> None:
        shared = ProcessRun("shop", contain=True)
        if planned:
            lifecycle = ProcessLifecycle(escaper.process, shared)
            await lifecycle.cleanup(Host().context("cleanup"))
            assert not escaper.still_runs()
        shared.close()

    asyncio.run(main())
    assert list((tmp_path / "state").rglob("cgroups")) == []
    assert escaper.ends()
    assert not path.exists()


def test_a_restart_ends_what_escaped_before(escaper: Escaper, tmp_path: Path, trace: Trace) -> None:
    pid = tmp_path / "escaped"
    first: list[int] = []

    async def then(executor: Executor) -> None:
        first.append(int(pid.read_text()))
        leader = next(one for one in trace.left() if b"signal.pause" in cmdline(one.pid))
        os.kill(leader.pid, signal.SIGKILL)
        await until(lambda: read_process(first[0]) is None)

    process = Process(escaper.process.command, "log:up", restart="on-failure", restart_backoff=0)
    run(Driver("web", process=process), then=then)
    assert first

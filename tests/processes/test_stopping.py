"""Stopping: by signal, then by SIGKILL, with all descendants."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

from tests.processes.conftest import PYTHON, Host, Trace, run, until
from tierdeps import DependencyGraph, Driver, Executor, requires
from tierdeps.model import Process
from tierdeps.processes import child, shared_scans
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.proc import ProcessInfo, ProcessMatcher
from tierdeps.processes.run import ProcessRun
from tierdeps.processes.scan import Scan
from tierdeps.processes.shared_scans import SharedScans

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

#: Says which signal it got, and in what order.
TELLS = "trap 'echo {name} >> {file}; exit 0' {signal}; echo up; while :; do sleep 0.02; done"


def tells(name: str, file: Path, number: str = "TERM") -> Process:
    return Process(
        ("sh", "-c", TELLS.format(name=name, file=file, signal=number)), "log:up", stop_signal=f"SIG{number}"
    )


def test_it_is_stopped_by_its_signal_in_reverse_order(tmp_path: Path) -> None:
    file = tmp_path / "told"
    report = run(
        Driver("a", process=tells("a", file, "HUP")),
        Driver("b", dependencies=(requires("a"),), process=tells("b", file, "INT")),
        Driver("c", dependencies=(requires("b"),), process=tells("c", file)),
    )
    assert report.ok
    assert file.read_text().split() == ["c", "b", "a"]


def test_it_does_not_ignore_the_signal_that_this_process_was_made_to_ignore(tmp_path: Path) -> None:
    """As shells make what they start in the background ignore SIGINT."""
    file = tmp_path / "told"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run(Driver("a", process=tells("a", file, "INT"))).ok
    finally:
        signal.signal(signal.SIGINT, before)
    assert file.read_text().split() == ["a"]


def test_it_is_the_leader_of_a_session_of_its_own(trace: Trace) -> None:
    async def look(executor: Executor) -> None:
        (only,) = trace.left()
        assert only.session == only.pid
        assert only.parent == os.getpid()

    assert run(Driver("web", process=Process(("sleep", "1000"))), then=look).ok


def test_a_process_that_ignores_its_signal_is_killed_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    process = Process(("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done"), "log:up")
    with caplog.at_level(logging.WARNING, "tierdeps.driver.web"):
        report = run(Driver("web", process=process), stop_timeout=0.5)
    assert report["web"].stop_error == ""
    assert caplog.messages == ["it did not end after SIGTERM, and was killed"]


def test_a_stopped_process_is_continued(trace: Trace) -> None:
    assert run(Driver("web", process=Process(("sh", "-c", "echo up; kill -STOP $$; sleep 1000"), "log:up"))).ok


def test_a_stop_that_is_expedited_at_once_kills(tmp_path: Path) -> None:
    async def expedite(executor: Executor) -> None:
        executor.request_stop()
        executor.expedite()

    process = Process(("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done"), "log:up")
    assert run(Driver("web", process=process), then=expedite).ok


def test_an_expedited_stop_kills(caplog: pytest.LogCaptureFixture) -> None:
    async def expedite(executor: Executor) -> None:
        executor.request_stop()
        await asyncio.sleep(0.3)
        executor.expedite()

    process = Process(("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done"), "log:up")
    with caplog.at_level(logging.WARNING, "tierdeps.driver.web"):
        report = run(Driver("web", process=process), then=expedite, stop_timeout=1000)
    assert report.ok
    assert caplog.messages == ["it did not end after SIGTERM, and was killed"]


def test_an_expedited_cleanup_kills(trace: Trace) -> None:
    """What left its session is asked first, too."""

    async def expedite(executor: Executor) -> None:
        await until(lambda: len(trace.left()) == 1)
        executor.request_stop()
        await asyncio.sleep(0.3)
        executor.expedite()

    deaf = DAEMON.replace("signal.pause()", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()")
    report = run(Driver("step", process=Process((*PYTHON, deaf), "exit")), then=expedite, stop_timeout=1000)
    assert report.ok
    assert not trace.left()


def test_what_it_started_ends_with_it(trace: Trace) -> None:
    async def count(executor: Executor) -> None:
        await until(lambda: len(trace.left()) >= 3)

    script = "sleep 1000 & (trap '' TERM; sleep 1000) & echo up; wait"
    assert run(Driver("web", process=Process(("sh", "-c", script), "log:up")), then=count).ok
    assert not trace.left()


DAEMON = """
import os, signal, sys
if os.fork(): sys.exit()
os.setsid()
if os.fork(): os._exit(0)
null = os.open("/dev/null", os.O_RDWR)
for fd in (0, 1, 2): os.dup2(null, fd)
signal.pause()
"""


def test_what_left_its_session_ends_too(trace: Trace) -> None:
    """As a program does that makes a daemon of itself."""

    async def count(executor: Executor) -> None:
        await until(lambda: len(trace.left()) == 1)

    assert run(Driver("step", process=Process((*PYTHON, DAEMON), "exit")), then=count).ok
    assert not trace.left()


def test_what_is_not_seen_at_the_first_look_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may start another one, and end, while all are being listed."""
    one = ProcessInfo(12345, 1, 12345, 1)
    looks: list[list[ProcessInfo]] = [[], [one], [], []]
    sent: list[tuple[ProcessInfo, int]] = []
    scan = SimpleNamespace(find=lambda matcher: looks.pop(0))
    monkeypatch.setattr(SharedScans, "next", AsyncMock(return_value=scan))
    monkeypatch.setattr(child, "signal_process", lambda seen, number: sent.append((seen, number)))
    assert asyncio.run(child.end_all(ProcessMatcher(), signal.SIGTERM, 10, 20)) == []
    assert sent == [(one, signal.SIGTERM)]
    assert looks == []


def test_processes_that_stop_together_share_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Scan] = []

    def counted(_: object) -> Scan:
        made.append(Scan())
        return made[-1]

    monkeypatch.setattr(shared_scans, "_scan", counted)
    drivers = [Driver(f"d{number}", process=Process(("sleep", "1000"), settle=0)) for number in range(40)]
    assert run(*drivers).ok
    assert 0 < len(made) < len(drivers)  # with scans of its own, each would make two


def test_a_stop_before_it_is_ready_ends_it(trace: Trace) -> None:
    async def main() -> None:
        plan = DependencyGraph([Driver("web", process=Process(("sleep", "1000"), "log:never"))]).collapse()
        executor = Executor(plan)
        starting = asyncio.create_task(executor.start())
        await until(trace.left)
        assert (await executor.stop())["web"].stopped
        await starting

    asyncio.run(main())
    assert not trace.left()


def test_a_cancelled_stop_kills_at_once(trace: Trace) -> None:
    async def main() -> None:
        host = Host()
        process = Process(("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done"), "log:up")
        lifecycle = ProcessLifecycle(process, ProcessRun())
        await lifecycle.start(host.context())
        stopping = asyncio.create_task(lifecycle.stop(host.context("stop", 1000)))
        await asyncio.sleep(0.1)
        assert trace.left()
        stopping.cancel()
        await asyncio.wait((stopping,))
        await until(lambda: not trace.left())
        await lifecycle.cleanup(host.context("cleanup"))
        lifecycle._run.close()

    asyncio.run(main())

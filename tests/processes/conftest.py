"""Processes for the tests, and a check that none is left."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import DependencyGraph, Driver, Executor, Lifecycle
from tierdeps.lifecycle import Context
from tierdeps.processes.proc import ProcessInfo, ProcessMatcher, signal_process
from tierdeps.processes.scan import Scan
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tierdeps.model import Event, Process, Report

#: A Python that starts as fast as it can.
PYTHON = (sys.executable, "-I", "-S", "-u", "-c")
#: Listens, and accepts nothing by itself: that is enough for a connection.
LISTEN = "import socket, signal; s = socket.create_server(('127.0.0.1', {port})); signal.pause()"


class Trace:
    """A tag in the environment that all processes of a test inherit."""

    def __init__(self, mark: str) -> None:
        self._signs = ProcessMatcher((frozenset({mark.encode()}),))

    def left(self) -> list[ProcessInfo]:
        """Return the processes that run."""
        return Scan().find(self._signs)

    def nothing_is_left(self, seconds: float = 20) -> bool:
        """Wait for the last one to end."""
        latest = time.monotonic() + seconds
        while self.left():
            if time.monotonic() > latest:
                return False
            time.sleep(0.01)
        return True

    def kill(self) -> None:
        """Kill what is left."""
        for one in self.left():
            signal_process(one, signal.SIGKILL)


@pytest.fixture(autouse=True)
def trace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trace]:
    """Tag all processes of a test; kill those that it leaves, and let it fail because of them."""
    mark = os.urandom(8).hex()
    monkeypatch.setenv("TIERDEPS_TEST", mark)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TIERDEPS_CGROUP", "no")  # what is tested holds on every host; see tests/processes/cgroup
    trace = Trace(f"TIERDEPS_TEST={mark}")
    yield trace
    ended = trace.nothing_is_left(5)
    trace.kill()
    assert ended


@pytest.fixture
def port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
    return number


def run(*drivers: Driver, then: Callable[[Executor], Awaitable[object]] | None = None, **options: Any) -> Report:
    """Start drivers, call ``then`` while they are up, and stop them."""

    async def main() -> Report:
        executor = Executor(DependencyGraph(drivers).collapse(), **options)
        try:
            await executor.start()
            if then is not None:
                await then(executor)
        finally:
            report = await executor.stop()
        return report

    return asyncio.run(main())


class Events(Reporter):
    """Keeps the reasons of all events."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def event(self, event: Event) -> None:
        self.reasons.append(event.reason)


def start(process: Process, **options: Any) -> str:
    """Start one process and stop it; return why it failed, or an empty string."""
    return run(Driver("web", process=process), **options)["web"].reason


def timeless(text: str) -> str:
    """Replace the time that a process ran for by a T."""
    return re.sub(r"\d[\w. ]*? after it started", "T after it started", text)


class Host:
    """The run of a lifecycle that is called by hand."""

    def __init__(self) -> None:
        self.lost_ones: list[str] = []
        self.restarted: list[str | None] = []
        self.failures: list[BaseException] = []

    def clock(self) -> float:
        return time.monotonic()

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        raise AssertionError(name)

    def lost(self, driver: str, reason: str) -> None:
        self.lost_ones.append(reason)

    def failed(self, driver: str, error: BaseException) -> None:
        self.failures.append(error)

    def degraded(self, context: Context, reason: str) -> None: ...

    def extend(self, context: Context, seconds: float) -> None: ...

    def restarts(self, driver: str, reason: str | None) -> None:
        self.restarted.append(reason)

    def publish(self, driver: str, key: str, value: object) -> None: ...

    def published(self, driver: str, phase: str, name: str) -> dict[str, Any]:
        return {}

    def provided(self, driver: str) -> dict[str, Any]:
        return {}

    def facts(self, driver: str) -> dict[str, bool]:
        return {}

    def held(self, context: Context, seconds: float, *, ended: bool) -> None: ...

    def context(self, phase: str = "start", seconds: float = 20, driver: str = "web") -> Context:
        return Context(driver, phase, settings={}, timeout=seconds, deadline=self.clock() + seconds, host=self)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  what it looks at tells nobody
            await asyncio.sleep(0.01)

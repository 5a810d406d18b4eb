"""What a run reports to the service manager that started it: ``NOTIFY_SOCKET`` and the watchdog."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Driver, Executor, Lifecycle, requires
from tierdeps.cli.run.service_manager import MAX_STATUS, ServiceManager, ServiceReporter, reported
from tierdeps.clock import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from tests.cli.hosts import Host
    from tierdeps.executor import Executor as Run

DATAGRAMS = socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK


class Listener:
    """The service manager's end of the socket."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self._socket = socket.socket(*DATAGRAMS)
        self._socket.bind(self.address)
        self._read: list[dict[str, str]] = []

    async def read(self) -> None:
        """Read messages four times a second: the queue of the kernel has room for ten."""
        while True:
            self._drain()
            await asyncio.sleep(0.25)

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while True:
                lines = self._socket.recv(65536).decode().split("\n")
                self._read.append(dict(line.split("=", 1) for line in lines))

    def messages(self) -> list[dict[str, str]]:
        """Return the messages that have arrived since the last call."""
        self._drain()
        found, self._read = self._read, []
        return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(tmp_path / "notify")
    yield listener
    listener.close()


class Slow(Lifecycle):
    async def start(self, context: object) -> None:
        await asyncio.sleep(40)

    async def stop(self, context: object) -> None:
        await asyncio.sleep(20)


class Broken(Lifecycle):
    async def start(self, context: object) -> None:
        raise OSError("no \033[31mdisk\nat all" + "!" * 1000)


def play(
    listener: Listener,
    steps: Callable[[Run, ServiceReporter], Coroutine[None, None, None]],
    lifecycle: type[Lifecycle] = Slow,
    watchdog_s: float = 0.0,
) -> None:
    """Run two drivers on the virtual clock, the second of which has a lifecycle."""
    drivers = (Driver("net"), Driver("disk", dependencies=(requires("net"),), lifecycle=lifecycle))

    async def main() -> None:
        reporter = ServiceReporter(ServiceManager(listener.address, watchdog_s))
        executor = Executor(DependencyGraph(drivers).collapse(), reporters=(reporter,))
        reading = asyncio.create_task(listener.read())
        with reported(reporter, executor, asyncio.get_running_loop()):
            await steps(executor, reporter)
        reading.cancel()

    run_virtually(main())


def test_a_start_says_what_it_waits_for_and_extends_its_timeout(listener: Listener) -> None:
    seen: list[list[dict[str, str]]] = []

    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        starting = asyncio.ensure_future(executor.start())
        await asyncio.sleep(2.5)
        seen.append(listener.messages())
        await starting
        reporter.ready()
        seen.append(listener.messages())
        await asyncio.sleep(3600)
        seen.append(listener.messages())
        await executor.stop()

    play(listener, steps)
    starting, ready, up = seen
    assert [message["EXTEND_TIMEOUT_USEC"] for message in starting] == ["15000000"] * 2
    assert "1 of 2 drivers ready" in starting[-1]["STATUS"]
    assert "disk:start has run for" in starting[-1]["STATUS"]
    assert len(ready) in (38, 39), "one message a second"
    assert ready[-1] == {"READY": "1", "STATUS": "2 of 2 drivers ready"}
    assert not up, "nothing is sent while nothing changes"


def test_a_stop_is_reported_at_once_and_extends_its_timeout(listener: Listener) -> None:
    seen: list[list[dict[str, str]]] = []

    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        await executor.start()
        reporter.ready()
        listener.messages()
        stopping = asyncio.ensure_future(executor.stop())
        await asyncio.sleep(0.1)
        seen.append(listener.messages())
        await stopping
        seen.append(listener.messages())

    play(listener, steps)
    at_once, later = seen
    assert at_once == [{"STOPPING": "1"}]
    assert len([message for message in later if message.get("EXTEND_TIMEOUT_USEC")]) >= 18
    assert later[-1] == {"STATUS": "stopped"}


def test_what_failed_is_the_last_status_on_one_short_line(listener: Listener) -> None:
    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        await executor.start()
        await executor.stop()
        reporter.ready()

    play(listener, steps, Broken)
    last = listener.messages()[-1]["STATUS"]
    assert last.startswith("failed: disk: OSError: no \\x1b[31mdisk")
    assert len(last) == MAX_STATUS


def test_a_run_that_is_stopped_is_never_reported_as_ready(listener: Listener) -> None:
    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        await executor.start()
        await executor.stop()
        reporter.reloading()
        reporter.ready()

    play(listener, steps)
    assert not [message for message in listener.messages() if {"READY", "RELOADING"} & set(message)]


def test_a_reload_is_reported_with_its_time(listener: Listener) -> None:
    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        await executor.start()
        reporter.ready()
        listener.messages()
        reporter.reloading()
        reporter.ready()
        reloading, ready = listener.messages()
        assert reloading["RELOADING"] == "1"
        assert int(reloading["MONOTONIC_USEC"]) > 0
        assert ready["READY"] == "1"
        await executor.stop()

    play(listener, steps)


def test_the_watchdog_is_served_twice_in_its_interval(listener: Listener) -> None:
    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        await executor.start()
        reporter.ready()
        listener.messages()
        await asyncio.sleep(100)
        assert listener.messages() == [{"WATCHDOG": "1"}] * 20
        await executor.stop()

    play(listener, steps, watchdog_s=10)


def test_messages_that_must_arrive_wait_while_the_queue_is_full(listener: Listener) -> None:
    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        await executor.start()
        with socket.socket(*DATAGRAMS) as other:
            full = False
            while not full:
                try:
                    other.sendto(b"STATUS=of another service", listener.address)
                except BlockingIOError:
                    full = True
        reporter.ready()
        assert not [message for message in listener.messages() if "READY" in message]
        await asyncio.sleep(2)
        assert [message for message in listener.messages() if "READY" in message]
        await executor.stop()

    play(listener, steps)


def test_a_service_manager_that_is_gone_disturbs_no_run(listener: Listener) -> None:
    async def steps(executor: Run, reporter: ServiceReporter) -> None:
        listener.close()
        assert (await executor.start()).ready
        reporter.ready()
        assert (await executor.stop()).ok

    play(listener, steps)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"NOTIFY_SOCKET": ""}, None),
        ({"NOTIFY_SOCKET": "vsock:2:1"}, None),
        ({"NOTIFY_SOCKET": "/run/n"}, ServiceManager("/run/n")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "2500000"}, ServiceManager("@n", 2.5)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "x"}, ServiceManager("@n")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, ServiceManager("@n")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "1", "WATCHDOG_PID": str(os.getpid())}, ServiceManager("@n", 1e-6)),
    ],
)
def test_the_variables_are_read_and_removed(environment: dict[str, str], expected: ServiceManager | None) -> None:
    given = {**environment, "HOME": "/"}
    assert ServiceManager.from_environment(given) == expected
    assert given == {"HOME": "/"}


def test_a_run_reports_to_the_service_manager_and_its_processes_do_not(
    host: Host, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", listener.address)
    monkeypatch.setenv("WATCHDOG_USEC", "9000000")
    (host.folder / "graph.toml").write_text(
        '[drivers.a]\ncommand = ["sh", "-c", "env > seen; exec sleep 60"]\nready = "exec:test -s seen"\n'
    )
    assert host.ask("start", "--once", "graph.toml").code == 0
    names = {line.partition("=")[0] for line in (host.folder / "seen").read_text().splitlines()}
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & names
    messages = listener.messages()
    assert messages[0] == {"WATCHDOG": "1"}
    assert messages[-1] == {"STATUS": "stopped"}

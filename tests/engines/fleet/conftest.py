"""A scheduler in this process, and real worker processes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines.fleet.things import Thing
from tierdeps.engines.fleet.loop_thread import LoopThread
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.engines import TlsFiles

ROOT = Path(__file__).parents[3]


class Cluster:
    """A scheduler, and the workers that a test adds; all of them end with it.

    The scheduler is in this process, or in a ``process`` of its own, which can be killed.
    """

    def __init__(
        self, folder: Path, tls: TlsFiles | None = None, *, process: bool = False, listen: str = "127.0.0.1"
    ) -> None:
        self.folder = folder
        self.listen = listen
        #: By host, the command that starts a command there.
        self.inside: dict[str, tuple[str, ...]] = {}
        self.tls = tls
        self.workers: dict[str, subprocess.Popen[str]] = {}
        self._thread = LoopThread()
        self._scheduler: Any = None
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"tcp://127.0.0.1:{_free_port()}" if process else ""
        if process:
            self.start_scheduler()
        else:
            self._scheduler = self._thread.submit(self._started()).result(30)
            self.address = self._scheduler.address

    def start_scheduler(self) -> None:
        """Start the process of the scheduler; it may take a while until it listens."""
        where = ("--host=127.0.0.1", f"--port={self.address.rpartition(':')[2]}", "--dashboard-address=127.0.0.1:0")
        command = (sys.executable, "-m", "distributed.cli.dask_scheduler", *where)
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=self.folder)

    def kill_scheduler(self) -> None:
        """Kill the process of the scheduler."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def _started(self) -> Any:
        from distributed import Scheduler

        from tierdeps.engines.fleet.options import quiet_dask
        from tierdeps.engines.fleet.security import security_of

        quiet_dask()
        return await Scheduler(
            host=self.listen,
            port=0,
            protocol="tls" if self.tls else "tcp",
            security=security_of(self.tls),
            dashboard_address="127.0.0.1:0",
        )

    def add(self, host: str, *options: str, **variables: str) -> None:
        """Start the worker of a host; ``heard`` returns what it says."""
        state = {"XDG_STATE_HOME": str(self.folder / host), "PYTHONPATH": str(ROOT), **variables}
        command = (sys.executable, "-m", "tierdeps", "worker", f"--host-name={host}", f"--scheduler={self.address}")
        self.workers[host] = subprocess.Popen(
            (*self.inside.get(host, ()), *command, *options),
            env={**os.environ, **state},
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def heard(self, host: str, text: str) -> str:
        """Wait for a line of a worker that has a text."""
        stream = self.workers[host].stderr
        assert stream is not None
        lines = []
        for line in stream:
            lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"the worker ended without {text!r}: {''.join(lines)}")

    def drop(self, host: str) -> None:
        """Kill a worker."""
        worker = self.workers.pop(host)
        worker.kill()
        worker.wait()
        assert worker.stderr is not None
        worker.stderr.close()

    def close(self) -> None:
        """End all of it."""
        for host in list(self.workers):
            self.drop(host)
        self.kill_scheduler()
        if self._scheduler is not None:
            self._thread.submit(self._scheduler.close()).result(30)
        self._thread.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a scheduler, and workers for the hosts a and b."""
    pytest.importorskip("distributed")
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    found.add("a")
    found.add("b")
    found.heard("a", "registered")
    found.heard("b", "registered")
    yield found
    found.close()


class Log:
    """The file to which lifecycles write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    @property
    def lines(self) -> list[str]:
        """What was written so far."""
        return self.path.read_text(encoding="utf-8").splitlines()

    async def wait_for(self, line: str) -> None:
        """Wait until a line is there."""
        while line not in self.lines:  # noqa: ASYNC110  another process writes it
            await asyncio.sleep(0.02)

    def executor(self, address: str | None, *drivers: Driver, instance: str = "", **options: Any) -> Executor:
        """Return an executor of drivers on the workers of a scheduler; ``settings`` are those of all drivers."""
        from tierdeps.engines.dask import dask_engine
        from tierdeps.engines.fleet.session import FleetOptions

        values = {"log": str(self.path), **options.pop("settings", {})}
        settings = Settings(drivers={driver.name: values for driver in drivers})
        more = {name: options.pop(name) for name in ("tls", "keep", "host_facts") if name in options}
        fleet = FleetOptions(address, instance=instance, **more)
        plan = DependencyGraph(drivers).collapse()
        return Executor(plan, engine=dask_engine(fleet), settings=settings, **options)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return an empty log."""
    return Log(tmp_path / "log")


def thing(name: str, *dependencies: Any, host: str | None = "a", **more: Any) -> Driver:
    """Declare a driver that writes its calls."""
    lifecycle = more.pop("lifecycle", f"{Thing.__module__}:Thing")
    return Driver(name, host=host, lifecycle=lifecycle, dependencies=dependencies, **more)

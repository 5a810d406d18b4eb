"""The same dependencies on the same workers: started by tierdeps, and submitted to Dask as bare tasks."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from distributed import Client, Future

from benchmarks.fleet_things import no_op
from tierdeps.engines.dask import dask_engine
from tierdeps.engines.fleet.options import quiet_dask
from tierdeps.engines.fleet.session import FleetOptions
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, requires
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 8
#: Drivers in a layer; each requires one of the layer before, on another host.
WIDTH = 100


class Count(Reporter):
    """Counts events."""

    def __init__(self) -> None:
        self.events = 0

    def event(self, event: Event) -> None:  # noqa: ARG002
        """Count one."""
        self.events += 1


def host_of(number: int) -> str:
    """Return the host of a driver; that which it requires is on another one."""
    return f"host{number % WORKERS}"


@contextmanager
def cluster() -> Iterator[str]:
    """Start a scheduler and workers, each in a process of its own, and yield the scheduler's address."""
    processes: list[subprocess.Popen[bytes]] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "XDG_STATE_HOME": name}

        def start(title: str, expression: str, *arguments: str) -> str:
            log = folder / title  # a pipe that is not read would block it
            with log.open("wb") as file:
                process = subprocess.Popen((sys.executable, "-m", *arguments), env=environment, stderr=file)
            processes.append(process)
            while process.poll() is None:
                if found := re.search(expression, log.read_text()):
                    return found[1]
                sleep(0.05)
            raise SystemExit(f"{arguments} has ended: {log.read_text()}")

        try:
            listen = ("--host=127.0.0.1", "--port=0", "--dashboard-address=127.0.0.1:0")
            address = start("scheduler", r"Scheduler at:\s+(tcp://\S+)", "distributed.cli.dask_scheduler", *listen)
            for number in range(WORKERS):
                options = (f"--host-name={host_of(number)}", f"--scheduler={address}")
                start(host_of(number), "(registered)", "tierdeps", "worker", *options)
            yield address
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                process.wait()


def by_tierdeps(address: str, count: int) -> tuple[float, int]:
    """Return the seconds that the start of drivers takes, and how many events it has."""
    drivers = []
    for number in range(count):
        needs = (requires(f"d{number - WIDTH}"),) if number >= WIDTH else ()
        drivers.append(
            Driver(f"d{number}", host=host_of(number), lifecycle="benchmarks.fleet_things:NoOp", dependencies=needs)
        )
    plan = DependencyGraph(drivers).collapse()
    counter = Count()

    async def main() -> float:
        executor = Executor(plan, engine=dask_engine(FleetOptions(address)), reporters=(counter,), deadline=600)
        started_at = perf_counter()
        report = await executor.start()
        took = perf_counter() - started_at
        assert report.ready, report.root_causes[:1]
        await executor.stop()
        return took

    return asyncio.run(main()), counter.events


def by_dask(address: str, count: int) -> float:
    """Return the seconds that bare tasks with the same dependencies take on the same workers."""
    with Client(address, set_as_default=False) as client:
        # A task on each worker first, which imports: the others are to cost what a task costs.
        client.gather([client.submit(no_op, workers=[host_of(number)], pure=False) for number in range(WORKERS)])
        started_at = perf_counter()
        futures: list[Future] = []
        for number in range(count):
            needs = futures[number - WIDTH : number - WIDTH + 1] if number >= WIDTH else []
            futures.append(client.submit(no_op, *needs, pure=False))
        client.gather(futures)
        return perf_counter() - started_at


def measured(count: int) -> tuple[float, float, float]:
    """Return the seconds of tierdeps and of Dask for so many drivers, and the number of events for each driver."""
    quiet_dask()
    with cluster() as address:
        took, events = by_tierdeps(address, count)
        return took, by_dask(address, count), events / count

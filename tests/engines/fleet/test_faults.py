"""Workers, connections, the scheduler and starts end at any moment; nothing is started twice, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines.fleet.conftest import ROOT, thing
from tierdeps.errors import RunError
from tierdeps.model import Driver, Process, Report, State, requires

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engines.fleet.conftest import Cluster, Log

_numbers = count(1)


@pytest.fixture
def spare(cluster: Cluster) -> Callable[..., str]:
    """Return a function that starts another worker with some options, and returns its host."""

    def start(*options: str) -> str:
        host = f"spare{next(_numbers)}"
        cluster.add(host, *options)
        cluster.heard(host, "registered")
        return host

    return start


@pytest.fixture(scope="module")
def brief(cluster: Cluster) -> str:
    """Start a worker with a lease of one second, and return its host."""
    cluster.add("brief", "--lease=1")
    cluster.heard("brief", "registered")
    return "brief"


def send(cluster: Cluster, host: str, number: int) -> None:
    cluster.workers[host].send_signal(number)


# Workers


def test_a_worker_that_is_killed_while_it_starts_a_driver(
    cluster: Cluster, log: Log, spare: Callable[..., str]
) -> None:
    host = spare()
    executor = log.executor(cluster.address, thing("one", host=host), settings={"hang": "start"})

    async def main() -> Report:
        start = asyncio.ensure_future(executor.start())
        await log.wait_for("one start")
        send(cluster, host, signal.SIGKILL)
        await start
        return await executor.stop()

    report = asyncio.run(main())
    assert report["one"].reason == f"the worker on {host} has ended"
    assert log.lines == ["one start"]


def test_a_worker_that_is_killed_with_drivers_that_are_up(
    cluster: Cluster, log: Log, spare: Callable[..., str]
) -> None:
    host = spare()
    drivers = (thing("one", host=host), thing("two", requires("one")), thing("other"))
    executor = log.executor(cluster.address, *drivers, on_failure="isolate")

    async def main() -> Report:
        assert (await executor.start()).ready
        send(cluster, host, signal.SIGKILL)
        await log.wait_for("two cleanup")
        return await executor.stop()

    report = asyncio.run(main())
    assert report["one"].reason == f"the worker on {host} has ended"
    assert [line for line in log.lines if not line.startswith("other")] == [
        "one start",
        "two start",
        "two stop",
        "two cleanup",
    ]
    assert report["other"].state is State.READY


def test_a_reload_starts_a_lost_driver_on_another_worker_of_its_host(log: Log) -> None:
    executor = log.executor(None, Driver("one", host="lone", process=Process(("sleep", "600"))), on_failure="isolate")
    find = ("pgrep", "-P", str(os.getpid()), "-f", "host-name=lone")

    async def main() -> bool:
        report = await executor.start()
        found = subprocess.run(find, capture_output=True, check=True)  # noqa: ASYNC221  nothing else is to run
        os.kill(int(found.stdout), signal.SIGKILL)
        while executor.report()["one"].state is State.READY:  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0.02)
        reloaded = None
        while reloaded is None:
            with suppress(RunError):  # the lost driver is still being stopped
                reloaded = await executor.reload(report.plan)
            await asyncio.sleep(0.02)
        await executor.stop()
        return reloaded.report.ready

    assert asyncio.run(main())


def test_a_worker_that_is_killed_while_it_stops_a_driver(cluster: Cluster, log: Log, spare: Callable[..., str]) -> None:
    host = spare()
    executor = log.executor(cluster.address, thing("one", host=host), settings={"hang": "stop"})

    async def main() -> Report:
        await executor.start()
        stop = asyncio.ensure_future(executor.stop())
        await log.wait_for("one stop")
        send(cluster, host, signal.SIGKILL)
        return await stop

    report = asyncio.run(main())
    assert f"the worker on {host} has ended" in report["one"].stop_error
    assert not report.ok


def test_a_worker_that_is_terminated_stops_its_drivers(cluster: Cluster, log: Log, spare: Callable[..., str]) -> None:
    host = spare()
    executor = log.executor(cluster.address, thing("one", host=host))

    async def main() -> Report:
        await executor.start()
        send(cluster, host, signal.SIGTERM)
        await log.wait_for("one cleanup")
        return await executor.wait()

    report = asyncio.run(main())
    assert report["one"].state is State.FAILED
    assert log.lines == ["one start", "one stop", "one cleanup"]
    assert cluster.workers[host].wait(30) == 0


def test_a_host_that_is_slow_loses_nothing(cluster: Cluster, log: Log) -> None:
    executor = log.executor(cluster.address, thing("one"), thing("two", requires("one")))

    async def main() -> Report:
        send(cluster, "a", signal.SIGSTOP)
        asyncio.get_running_loop().call_later(0.3, send, cluster, "a", signal.SIGCONT)
        await executor.start()
        return await executor.stop()

    report = asyncio.run(main())
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert log.lines[:2] == ["one start", "two start"]


def test_a_host_that_is_gone_beyond_its_lease_stops_its_drivers_and_starts_none(
    cluster: Cluster, log: Log, brief: str
) -> None:
    executor = log.executor(cluster.address, thing("one", host=brief))

    async def main() -> Report:
        await executor.start()
        send(cluster, brief, signal.SIGSTOP)
        report = await executor.wait()
        send(cluster, brief, signal.SIGCONT)
        await log.wait_for("one cleanup")
        return report

    report = asyncio.run(main())
    assert report["one"].reason == f"nothing was heard of the worker on {brief} for 1 s, its lease"
    assert log.lines == ["one start", "one stop", "one cleanup"]


# Connections


def test_a_connection_that_breaks_is_made_again_and_no_call_is_made_twice(
    cluster: Cluster, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed.core import connect

    found: list[tuple[asyncio.AbstractEventLoop, Any]] = []

    async def remembered(*arguments: Any, **options: Any) -> Any:
        comm = await connect(*arguments, **options)
        found.append((asyncio.get_running_loop(), comm))
        return comm

    monkeypatch.setattr("tierdeps.engines.fleet.dial.connect", remembered)
    drivers = [thing("d0"), *(thing(f"d{number}", requires(f"d{number - 1}")) for number in range(1, 6))]
    executor = log.executor(cluster.address, *drivers)

    async def main() -> Report:
        start = asyncio.ensure_future(executor.start())
        for number in range(5):
            await log.wait_for(f"d{number} start")
            loop, comm = found[-1]
            loop.call_soon_threadsafe(comm.abort)
        assert (await start).ready
        return await executor.stop()

    report = asyncio.run(main())
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert len(found) > 1
    assert [line for line in log.lines if line.endswith("start")] == [f"d{number} start" for number in range(6)]
    assert len(log.lines) == 6 * 3


# The scheduler


def test_a_scheduler_that_is_killed_disturbs_nothing_and_is_joined_again(log: Log, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    from tests.engines.fleet.conftest import Cluster

    cluster = Cluster(tmp_path, process=True)
    try:
        cluster.add("k")
        cluster.heard("k", "registered")
        executor = log.executor(cluster.address, thing("one", host="k"))

        async def main() -> Report:
            await executor.start()
            cluster.kill_scheduler()
            cluster.heard("k", "is not there; what runs goes on")
            assert executor.report()["one"].state is State.READY
            cluster.start_scheduler()
            cluster.heard("k", "registered at")
            return await executor.stop()

        assert asyncio.run(main()).ok
        assert log.lines == ["one start", "one stop", "one cleanup"]
    finally:
        cluster.close()


# Starts

CLIENT = """
import asyncio, sys
from pathlib import Path
from tests.engines.fleet.conftest import Log, thing

async def main():
    executor = Log(Path(sys.argv[1])).executor(sys.argv[2], thing("one", host=sys.argv[3]), instance="graph")
    await executor.start()
    print("up", flush=True)
    await executor.wait()

asyncio.run(main())
"""


def killed_start(cluster: Cluster, log: Log, host: str) -> None:
    """Start a driver from another process, and kill that."""
    command = (sys.executable, "-c", CLIENT, str(log.path), cluster.address, host)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "up\n"
        client.kill()


def test_what_a_killed_start_left_is_taken_over_by_the_next_one(cluster: Cluster, log: Log) -> None:
    killed_start(cluster, log, "b")
    executor = log.executor(cluster.address, thing("one", host="b"), instance="graph")

    async def main() -> Report:
        assert (await executor.start()).ready
        assert log.lines == ["one start"]
        return await executor.stop()

    assert asyncio.run(main()).ok
    assert log.lines == ["one start", "one stop", "one cleanup"]


def test_what_a_start_leaves_running_is_taken_over_by_the_next_one(cluster: Cluster, log: Log) -> None:
    first = log.executor(cluster.address, thing("one"), instance="graph", keep=True)
    second = log.executor(cluster.address, thing("one"), instance="graph")

    async def main() -> Report:
        await first.start()
        first.release()
        await second.start()
        assert log.lines == ["one start"]
        return await second.stop()

    assert asyncio.run(main()).ok
    assert log.lines == ["one start", "one stop", "one cleanup"]


def test_what_a_killed_start_left_is_stopped_when_the_lease_ends(cluster: Cluster, log: Log, brief: str) -> None:
    killed_start(cluster, log, brief)
    cluster.heard(brief, "stopped the drivers of graph")
    assert log.lines == ["one start", "one stop", "one cleanup"]


def test_what_a_killed_start_left_stays_where_the_worker_is_to_leave_it(
    cluster: Cluster, log: Log, spare: Callable[..., str]
) -> None:
    host = spare("--lease=1", "--on-lease-end=leave")
    killed_start(cluster, log, host)
    cluster.heard(host, "is gone for longer than the lease")
    executor = log.executor(cluster.address, thing("one", host=host), instance="graph")

    async def main() -> None:
        await executor.start()
        assert log.lines == ["one start"]
        await executor.stop()

    asyncio.run(main())
    assert log.lines == ["one start", "one stop", "one cleanup"]


def test_two_starts_of_one_graph_do_not_share_a_host(cluster: Cluster, log: Log) -> None:
    first, second = (log.executor(cluster.address, thing("one"), instance="graph") for _ in range(2))

    async def main() -> Report:
        await first.start()
        await second.start()
        report = await second.stop()
        await first.stop()
        return report

    text = "the worker on a refused the run: another start of the same graph is connected; stop that one first"
    assert asyncio.run(main())["one"].reason.endswith(text)
    assert log.lines == ["one start", "one stop", "one cleanup"]


def test_a_host_has_one_worker(cluster: Cluster) -> None:
    first = cluster.workers["a"]
    try:
        cluster.add("a")
        line = cluster.heard("a", "registered")
        assert line == f"error: a worker for the host a is registered at {cluster.address} already; stop it first\n"
        assert cluster.workers["a"].wait(30) == 4
        cluster.drop("a")
    finally:
        cluster.workers["a"] = first

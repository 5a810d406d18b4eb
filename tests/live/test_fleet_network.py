"""Workers on hosts that are cut off, slow, or an hour off: nothing that runs is harmed, and nothing starts twice."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines.fleet.conftest import ROOT, Cluster, Log, thing
from tests.engines.fleet.things import Thing
from tests.live.networks import HERE, Network, refusal
from tierdeps.engines import TlsFiles
from tierdeps.errors import RunError
from tierdeps.model import Report, State, requires

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps.executor import Executor

pytestmark = pytest.mark.live
STARTED = ["one start", "two start"]
STOPPED = ["two stop", "two cleanup", "one stop", "one cleanup"]
CLOCK = f"{Thing.__module__}:Clock"
#: Lets the clock of a host be another one: of Python's, and the one that never goes back.
SKEW = "import time\n_time = time.time\ntime.time = lambda: _time() + {seconds}\n"


class Fleet:
    """A scheduler in the network of the test, and workers on hosts."""

    def __init__(self, network: Network, folder: Path) -> None:
        from tierdeps.engines.fleet.security import temporary_files

        self.network = network
        made = temporary_files()
        paths = {name: folder / f"{name}.pem" for name in TlsFiles.__struct_fields__}
        for name, path in paths.items():
            path.write_text(getattr(made, name), encoding="ascii")
        self.tls = TlsFiles(**{name: str(path) for name, path in paths.items()})
        self.cluster = Cluster(folder, self.tls, listen=HERE)

    def add(self, host: str, *options: str, lease: float, skew: int = 0) -> None:
        """Make a host with a worker."""
        address = self.network.add(host)
        prefix, variables = self.network.inside(host), {}
        if skew:
            site = self.cluster.folder / f"site-{host}"
            site.mkdir()
            (site / "sitecustomize.py").write_text(SKEW.format(seconds=skew))
            prefix += ("unshare", "--time", f"--monotonic={skew}", f"--boottime={skew}")
            variables = {"PYTHONPATH": f"{site}:{ROOT}"}
        self.cluster.inside[host] = prefix
        tls = (f"--tls-ca={self.tls.ca}", f"--tls-cert={self.tls.cert}", f"--tls-key={self.tls.key}")
        self.cluster.add(host, f"--listen={address}", f"--lease={lease}", *tls, *options, **variables)
        self.cluster.heard(host, "registered")

    def executor(self, log: Log, *drivers: Any, **options: Any) -> Executor:
        """Return an executor of drivers on the hosts."""
        return log.executor(self.cluster.address, *drivers, tls=self.tls, **options)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return an empty log."""
    return Log(tmp_path / "log")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Return a fleet without hosts; it ends with the test."""
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    pytest.importorskip("distributed")
    with Network() as network:
        made = Fleet(network, tmp_path)
        try:
            yield made
        finally:
            made.cluster.close()


def run(executor: Executor) -> Report:
    async def main() -> Report:
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


def test_a_host_that_is_back_within_its_lease_has_lost_nothing(fleet: Fleet, log: Log) -> None:
    fleet.add("a", lease=8)
    executor = fleet.executor(log, thing("one"), thing("two", requires("one")))

    async def main() -> Report:
        start = asyncio.ensure_future(executor.start())
        await log.wait_for("one start")
        fleet.network.cut("a")
        await asyncio.sleep(5)  # more than half of the lease: the connection is given up, and the host is not
        assert log.lines[:1] == ["one start"]
        fleet.network.join("a")
        assert (await start).ready
        return await executor.stop()

    report = asyncio.run(main())
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert log.lines == [*STARTED, *STOPPED]


def test_a_host_that_is_gone_beyond_its_lease_is_lost_and_starts_nothing_twice(fleet: Fleet, log: Log) -> None:
    fleet.add("a", lease=2)
    fleet.add("b", lease=30)
    drivers = [thing("one"), thing("two", requires("one"), host="b"), thing("other", host="b")]
    executor = fleet.executor(log, *drivers, on_failure="isolate")

    async def main() -> Report:
        plan = (await executor.start()).plan
        fleet.network.cut("a")
        await log.wait_for("two cleanup")
        await log.wait_for("one cleanup")  # by its worker, which hears nothing of the start
        lost = executor.report()
        assert lost["one"].reason == "nothing was heard of the worker on a for 2 s, its lease"
        assert lost["other"].state is State.READY
        fleet.network.join("a")
        reloaded = None
        while reloaded is None or not reloaded.ok:
            with suppress(RunError):  # what was lost is still being stopped
                reloaded = await executor.reload(plan)
            await asyncio.sleep(0.2)
        return await executor.stop()

    report = asyncio.run(main())
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    of_one = [line for line in log.lines if line.startswith("one")]
    assert of_one == ["one start", "one stop", "one cleanup"] * 2
    assert log.lines.count("other start") == 1


def test_a_start_that_is_cut_off_leaves_what_runs_to_the_policy_of_the_worker(fleet: Fleet, log: Log) -> None:
    fleet.add("a", "--on-lease-end=leave", lease=2)
    first, second = (fleet.executor(log, thing("one"), instance="graph") for _ in range(2))

    async def main() -> Report:
        await first.start()
        fleet.network.cut("a")
        assert (await first.wait())["one"].state is State.FAILED
        fleet.cluster.heard("a", "is gone for longer than the lease")
        fleet.network.join("a")
        await second.start()
        assert log.lines == ["one start"]
        return await second.stop()

    assert asyncio.run(main()).ok
    assert log.lines == ["one start", "one stop", "one cleanup"]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(("delay", "300ms"), id="slow"),
        pytest.param(("delay", "30ms", "25ms", "reorder", "30%", "duplicate", "10%", "loss", "5%"), id="rough"),
    ],
)
def test_a_slow_network_that_reorders_and_repeats_loses_nothing(
    fleet: Fleet, log: Log, monkeypatch: pytest.MonkeyPatch, how: tuple[str, ...]
) -> None:
    fleet.add("a", lease=20)
    if not fleet.network.disturb("a", *how):  # without this module of the kernel, messages are delayed here
        monkeypatch.setattr("tierdeps.engines.fleet.dial.connect", slow_connect)
    names = [f"d{number}" for number in range(5)]
    drivers = [thing(name, *map(requires, names[max(0, number - 1) : number])) for number, name in enumerate(names)]
    report = run(fleet.executor(log, *drivers))
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    stops = [f"{name} {phase}" for name in reversed(names) for phase in ("stop", "cleanup")]
    assert log.lines == [*(f"{name} start" for name in names), *stops]


async def slow_connect(*arguments: Any, **options: Any) -> Any:
    """Return a connection of Dask whose messages take a while, in both directions."""
    from distributed.core import connect

    comm = await connect(*arguments, **options)
    delays = cycle((0.0, 0.3, 0.1))
    read, write = comm.read, comm.write

    async def slow_read(*more: Any, **named: Any) -> Any:
        found = await read(*more, **named)
        await asyncio.sleep(next(delays))
        return found

    async def slow_write(*more: Any, **named: Any) -> Any:
        await asyncio.sleep(next(delays))
        return await write(*more, **named)

    comm.read, comm.write = slow_read, slow_write
    return comm


def test_clocks_that_differ_by_an_hour_change_nothing(fleet: Fleet, log: Log) -> None:
    fleet.add("a", lease=2, skew=3600)
    fleet.add("b", lease=2, skew=-3600)
    fleet.add("c", lease=2)
    drivers = [
        thing(f"clock-{host}", *([requires(f"clock-{before}")] if before else []), host=host, lifecycle=CLOCK)
        for before, host in (("", "a"), ("a", "b"), ("b", "c"))
    ]
    executor = fleet.executor(log, *drivers)

    async def main() -> Report:
        assert (await executor.start()).ready
        await asyncio.sleep(3)  # longer than the lease
        return await executor.stop()

    report = asyncio.run(main())
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    here = time.time()
    skews = [round((float(line.split()[-1]) - here) / 3600) for line in log.lines if " time " in line]
    assert skews == [1, -1, 0]
    assert report.seconds < 3600
    assert [line for line in log.lines if "stop" in line] == ["clock-c stop", "clock-b stop", "clock-a stop"]

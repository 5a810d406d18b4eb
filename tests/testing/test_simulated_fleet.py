"""A simulated fleet: hosts are cut off, workers end and move, and connections break when a test says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.testing.fleet_things import Noted
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Report, State, requires
from tierdeps.settings import Settings
from tierdeps.testing import SimulatedFleet

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

LEASE = 30.0
UP = ["one start", "two start"]
STOPPED = ["two stop", "one stop"]


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls that are made."""
    found: list[str] = []
    monkeypatch.setattr(Noted, "calls", found, raising=False)
    return found


def noted(name: str, *dependencies: Any, host: str = "a") -> Driver:
    return Driver(name, host=host, lifecycle=f"{Noted.__module__}:Noted", dependencies=dependencies)


class Site:
    """Two drivers on two hosts, the second of which requires the first."""

    def __init__(self, *, one: dict[str, object] | None = None, keep: bool = False, **options: Any) -> None:
        self.fleet = SimulatedFleet(lease=LEASE, **options)
        self.first = self.fleet.add("a")
        self.fleet.add("b")
        self.plan = DependencyGraph((noted("one"), noted("two", requires("one"), host="b"))).collapse()
        self.settings = Settings(drivers={"one": one or {}})
        self.executor = self.again(keep=keep)

    def again(self, *, keep: bool = False) -> Executor:
        """Return the executor of another run of the same graph."""
        engine = self.fleet.engine("graph", keep=keep)
        return Executor(
            self.plan, engine=engine, settings=self.settings, on_failure="isolate", timeout=20, stop_timeout=2
        )


def play(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_virtually(scenario())


def test_drivers_start_and_stop_in_order_over_hosts(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site()
        assert (await site.executor.start()).ready
        assert (await site.executor.stop()).ok

    play(scenario)
    assert calls == [*UP, *STOPPED]


@pytest.mark.parametrize("seconds", [1, LEASE / 2, LEASE - 2])
def test_a_host_that_is_cut_off_for_less_than_its_lease_loses_nothing(seconds: float, calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site()
        await site.executor.start()
        site.fleet.cut("a")
        await asyncio.sleep(seconds)
        site.fleet.heal("a")
        await asyncio.sleep(3 * LEASE)
        assert site.executor.report()["one"].state is State.READY
        assert (await site.executor.stop()).ok

    play(scenario)
    assert calls == [*UP, *STOPPED]


def test_a_host_that_is_cut_off_for_longer_stops_its_drivers_and_what_requires_them_is_stopped(
    calls: list[str],
) -> None:
    async def scenario() -> None:
        site = Site()
        await site.executor.start()
        site.fleet.cut("a")
        await asyncio.sleep(3 * LEASE)
        site.fleet.heal("a")
        report = await site.executor.stop()
        assert report["one"].reason == "nothing was heard of the worker on a for 30 s, its lease"
        assert site.fleet.notes[-1] == "stopped the drivers of graph@a"

    play(scenario)
    assert sorted(calls) == sorted([*UP, *STOPPED])


def test_a_lost_host_is_brought_back_by_a_reload(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site()
        await site.executor.start()
        site.fleet.kill("a")
        await asyncio.sleep(LEASE)
        assert site.executor.report()["one"].reason == "the worker on a has ended"
        site.fleet.add("a")
        assert (await site.executor.reload(site.plan)).report.ready
        assert (await site.executor.stop()).ok

    play(scenario)
    assert calls == [*UP, "two stop", *UP, *STOPPED]


async def moved(site: Site) -> Report:
    """Start, cut the host ``a`` off, start a worker for its name on another machine, and reload."""
    await site.executor.start()
    site.fleet.cut("a")
    await asyncio.sleep(LEASE + 5)
    site.fleet.add("a", "another")
    return (await site.executor.reload(site.plan)).report


def test_no_other_worker_of_a_host_is_used_while_a_lost_one_may_run_drivers(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site(on_lease_end="leave")
        text = (
            "the worker on a at sim://a:0 was lost and may still run drivers, so the one at sim://another:2 is not"
            " used; end the first one and reload, or stop this run and start it again"
        )
        assert text in (await moved(site))["one"].reason
        await site.executor.stop()

    play(scenario)
    assert calls.count("one start") == 1


def test_another_worker_of_a_host_is_used_once_the_lost_one_has_ended(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site()
        await moved(site)
        site.first.kill()
        site.fleet.heal("a")
        assert (await site.executor.reload(site.plan)).report.ready
        await site.executor.stop()

    play(scenario)
    assert calls.count("one start") == 2


def test_a_connection_that_breaks_before_a_run_is_accepted_is_made_again(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site(delay=lambda: 0.1)
        start = asyncio.ensure_future(site.executor.start())
        for _ in range(8):
            await asyncio.sleep(0.1)
            site.fleet.network.reset("a")
        assert (await start).ready
        await site.executor.stop()

    play(scenario)
    assert calls == [*UP, *STOPPED]


def test_a_stop_that_does_not_arrive_in_time_is_made_by_the_worker(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site()
        await site.executor.start()
        site.fleet.cut("a")
        asyncio.get_running_loop().call_later(5, site.fleet.heal, "a")
        assert not (await site.executor.stop()).ok
        await asyncio.sleep(10)
        assert calls == [*UP, *STOPPED]

    play(scenario)


def test_a_stop_that_exits_keeps_no_worker_from_stopping_the_others(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site(one={"exit": "stop"})
        site.plan = DependencyGraph((noted("other"), noted("one", requires("other")))).collapse()
        executor = site.again()
        await executor.start()
        site.fleet.kill_runs()
        await asyncio.sleep(2 * LEASE)

    play(scenario)
    assert calls == ["other start", "one start", "one stop", "other stop"]


def test_another_run_takes_over_what_a_killed_one_left(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site()
        await site.executor.start()
        site.fleet.kill_runs()
        await asyncio.sleep(LEASE / 2)
        another = site.again()
        assert (await another.start()).ready
        assert calls == UP
        assert (await another.stop()).ok

    play(scenario)
    assert calls == [*UP, *STOPPED]


def test_a_host_without_a_worker_fails_its_drivers() -> None:
    async def scenario() -> None:
        site = Site()
        site.fleet.kill("a")
        report = await site.again().start()
        assert report["one"].reason == "no worker for the host a is registered"
        assert report["two"].state is State.BLOCKED

    play(scenario)


def test_a_call_that_hangs_ends_at_its_deadline(calls: list[str]) -> None:
    async def scenario() -> None:
        site = Site(one={"hang": "start"})
        report = await site.executor.start()
        assert report["one"].reason == "one:start did not end within 20 s"
        await site.executor.stop()

    play(scenario)
    assert calls == ["one start", "one stop"]

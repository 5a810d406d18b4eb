"""Reloads that something comes across: a stop, the loss of a driver, another reload."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, fail, log_of_reload
from tierdeps.clock import run_virtually
from tierdeps.errors import RunError
from tierdeps.model import State, requires

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World
    from tierdeps.executor import Executor, ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


@pytest.fixture
def driver(world: World) -> Kinds:
    return Kinds(world)


@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.5, 3.5])
def test_a_stop_during_a_reload_stops_all(world: World, driver: Kinds, seconds: float) -> None:
    old = world.plan([driver("a"), driver("b", requires("a")), driver("c", requires("b"))])
    new = world.plan([driver("a"), driver("b", requires("a"), version=2), driver("d", requires("b"))])

    async def main() -> tuple[ReloadResult, Report]:
        executor = world.executor(old)
        await executor.start()
        reload = asyncio.create_task(executor.reload(new))
        await asyncio.sleep(seconds)
        report = await executor.stop()
        return await reload, report

    reloaded, report = run_virtually(main())
    assert report.interrupted
    assert reloaded.report.outcomes == report.outcomes
    started = [entry for entry in world.log if entry.endswith(":start")]
    assert len(world.stops) == len(started)
    assert world.stops[-1] == "a"


def test_a_reload_is_refused_where_it_is_not_the_time_for_it(world: World, driver: Kinds) -> None:
    plan = world.plan([driver("a")])

    async def main() -> None:
        executor = world.executor(plan)
        with pytest.raises(RunError, match="the start has not finished"):
            await executor.reload(plan)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(0.5)
        with pytest.raises(RunError, match="the start has not finished"):
            await executor.reload(plan)
        await start
        reload = asyncio.create_task(executor.reload(world.plan([driver("a"), driver("b")])))
        await asyncio.sleep(0.5)
        with pytest.raises(RunError, match="another reload is running"):
            await executor.reload(plan)
        with pytest.raises(RunError, match="leave them running after that"):
            executor.release()
        await reload
        stop = asyncio.create_task(executor.stop())
        await asyncio.sleep(0.5)
        with pytest.raises(RunError, match="has ended or is being stopped"):
            await executor.reload(plan)
        await stop

    run_virtually(main())


def test_an_old_instance_that_is_lost_says_nothing_of_the_new_one(world: World, driver: Kinds) -> None:
    async def start(context: Context) -> None:
        if world.log.count("a:start") == 1:
            asyncio.get_running_loop().call_later(10, context.lost, "gone")

    async def then(_: Executor) -> None:
        await asyncio.sleep(20)

    world.deeds["a:start"] = start
    old = world.plan([driver("a")])
    _, report = change(world, old, world.plan([driver("a", version=2)]), then)
    assert report.ok


def lost_after(seconds: float) -> Callable[[Context], Awaitable[None]]:
    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(seconds, context.lost, "gone")

    return start


def two_more(world: World, driver: Kinds) -> tuple[ReloadResult, Report]:
    """Reload to a plan with a driver that is new, and one that requires it."""
    new = world.plan([driver("a"), driver("b"), driver("c", requires("b"))])
    return change(world, world.plan([driver("a")]), new)


def test_a_kept_driver_that_is_lost_during_a_reload_ends_the_run(world: World, driver: Kinds) -> None:
    world.deeds["a:start"] = lost_after(1.5)
    reloaded, report = two_more(world, driver)
    assert report["a"].state is State.FAILED
    assert sorted(world.stops) == ["a", "b", "c"]
    assert reloaded.report.outcomes == report.outcomes


def test_a_new_driver_that_is_lost_during_a_reload_fails_it(world: World, driver: Kinds) -> None:
    world.deeds["b:start"] = lost_after(0.5)
    reloaded, report = two_more(world, driver)
    assert reloaded.failed is not None
    assert reloaded.failed["b"].reason == "gone"
    assert [outcome.driver for outcome in report.outcomes] == ["a"]
    assert report.ok


def test_a_new_driver_that_is_lost_while_the_reload_is_taken_back_ends_nothing(world: World, driver: Kinds) -> None:
    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(1.5, context.lost, "gone")
        await asyncio.sleep(1)

    world.deeds.update({"b:start": start, "bad:start": fail})
    old = world.plan([driver("a")])
    reloaded, report = change(world, old, world.plan([driver("a"), driver("b"), driver("bad", requires("b"))]))
    assert log_of_reload(world) == ["b:start", "bad:start", "bad:stop", "b:stop"]
    assert reloaded.failed is not None
    assert report.plan is old
    assert report.ok

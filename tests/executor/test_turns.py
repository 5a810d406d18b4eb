"""A stop, a loss or a crash at each turn of the event loop: however the tasks stand, all ends in time and in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tierdeps.clock import run_virtually
from tierdeps.engines import local
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, State, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.executor.conftest import World
    from tierdeps.model import Plan, Report

TURNS = range(14)


class Slow(Lifecycle):
    async def start(self, context: Context) -> None:
        await asyncio.sleep(1)

    async def stop(self, context: Context) -> None: ...


def named() -> Plan:
    """Make a plan whose lifecycles are imported."""
    name = f"{__name__}:Slow"
    return DependencyGraph([Driver("a", lifecycle=name), Driver("b", dependencies=(requires("a"),))]).collapse()


async def after(turns: int, executor: Executor, act: Callable[[], object]) -> Report:
    """Do something so many turns of the loop after the beginning of the start, and wait for the end."""
    starting = asyncio.create_task(executor.start())
    for _ in range(turns):
        await asyncio.sleep(0)
    act()
    async with asyncio.timeout(50):
        await starting
        return await executor.stop()


def check(report: Report) -> None:
    assert all(outcome.stopped == outcome.begun for outcome in report.outcomes)
    assert not any(outcome.stragglers or outcome.stop_error for outcome in report.outcomes)


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("jobs", [None, 1])
def test_a_stop_at_any_turn(world: World, turns: int, jobs: int | None) -> None:
    plan = world.plan(
        [world.driver("a"), world.driver("b", requires("a")), Driver("c"), world.driver("d", requires("c"))]
    )
    executor = world.executor(plan, jobs=jobs)

    async def main() -> Report:
        return await after(turns, executor, executor.request_stop)

    check(run_virtually(main()))


@pytest.mark.parametrize("turns", TURNS)
def test_a_stop_at_any_turn_of_a_start_on_the_real_clock(turns: int) -> None:
    async def main() -> Report:
        executor = Executor(named(), engine=local.ENGINE)
        return await after(turns, executor, executor.request_stop)

    check(asyncio.run(main()))


@pytest.mark.parametrize("turns", TURNS)
def test_an_error_of_our_own_at_any_turn(world: World, turns: int) -> None:
    executor = world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))]))

    async def main() -> Report:
        return await after(turns, executor, lambda: executor.crash(ValueError("ours")))

    report = run_virtually(main())
    assert all(outcome.stopped == outcome.begun for outcome in report.outcomes)
    assert all(outcome.state in (State.PENDING, State.STARTING, State.READY) for outcome in report.outcomes)


@pytest.mark.parametrize("turns", TURNS)
def test_a_stop_at_any_turn_of_a_reload(world: World, turns: int) -> None:
    plan, other = world.plan([world.driver("a"), world.driver("b")]), world.plan([world.driver("c")])

    async def main() -> Report:
        executor = world.executor(plan)
        await executor.start()
        reloading = asyncio.create_task(executor.reload(other))
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(50):
            report = await executor.stop()
            if turns:
                await reloading
        reloading.cancel()
        return report

    run_virtually(main())
    started = [entry for entry in world.log if entry.endswith(":start")]
    assert len(world.stops) == len(started)

"""Somebody cancels all tasks of the loop, ours among them: nothing hangs, nothing is lost, nothing is left running."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tierdeps.clock import run_virtually
from tierdeps.model import OnFailure, State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


def cancel_all_but(*spared: asyncio.Task[object] | None) -> None:
    for task in asyncio.all_tasks() - {*spared, asyncio.current_task()}:
        task.cancel()


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("policy", OnFailure)
def test_a_start_whose_tasks_are_cancelled_ends_in_time(world: World, turns: int, policy: OnFailure) -> None:
    """After however many turns of the loop: before the first turn of a task, in its calls, and between them."""

    async def main() -> tuple[Report, Report]:
        plan = world.plan(
            [world.driver("a"), world.driver("b", requires("a")), world.driver("c", phases=("initialize", "autostart"))]
        )
        executor = world.executor(plan, on_failure=policy)
        starting = asyncio.create_task(executor.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        cancel_all_but(starting)
        async with asyncio.timeout(200):
            return await starting, await executor.stop()

    _, final = run_virtually(main())
    for outcome in final.outcomes:
        assert outcome.stopped == outcome.begun or outcome.stop_error, outcome
        assert outcome.state in (State.PENDING, State.STARTING, State.READY, State.FAILED, State.BLOCKED)


@pytest.mark.parametrize("turns", range(6))
def test_a_stop_whose_tasks_are_cancelled_ends_in_time(world: World, turns: int) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
        await executor.start()
        stopping = asyncio.create_task(executor.stop())
        for _ in range(turns):
            await asyncio.sleep(0)
        cancel_all_but(stopping)
        async with asyncio.timeout(200):
            return await stopping

    report = run_virtually(main())
    assert all(outcome.stopped or outcome.stop_error for outcome in report.outcomes)
    assert "a" in world.stops, "that the stop of b is cancelled keeps nobody else from being stopped"


def test_a_driver_that_cancels_all_tasks_takes_nobody_with_it_for_ever(world: World) -> None:
    async def main() -> Report:
        mine: list[asyncio.Task[object] | None] = []

        async def rage(context: Context) -> None:
            cancel_all_but(*mine)

        world.deeds["a:start"] = rage
        plan = world.plan([world.driver("a"), world.driver("b"), world.driver("c", requires("b"))])
        executor = world.executor(plan, on_failure="isolate")
        running = asyncio.create_task(executor.start())
        mine.extend((running, asyncio.current_task()))
        async with asyncio.timeout(2000):
            await running
            return await executor.stop()

    report = run_virtually(main())
    assert report["b"].state in (State.FAILED, State.READY)
    assert all(outcome.stopped == outcome.begun for outcome in report.outcomes)

"""What came up is observed for a while: does it stay up?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.test_losing import losing
from tierdeps.clock import run_virtually
from tierdeps.errors import RunError
from tierdeps.model import State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.model import Plan, Report


def observe(world: World, plan: Plan, seconds: float = 10, **options: object) -> tuple[float, Report]:
    """Start a plan and observe it; return for how long, and what that came to."""

    async def main() -> tuple[float, Report]:
        executor, loop = world.executor(plan, **options), asyncio.get_running_loop()
        assert (await executor.start()).ready
        began = loop.time()
        report = await executor.observe(seconds)
        took = loop.time() - began
        await executor.stop()
        return took, report

    return run_virtually(main())


def test_what_stays_up_is_observed_for_all_of_the_time(world: World) -> None:
    took, report = observe(world, world.plan([world.driver("a")]))
    assert took == pytest.approx(10)
    assert report.ok
    assert not report["a"].stopped


def test_a_run_that_ends_is_observed_until_its_end(world: World) -> None:
    losing(world, "a", 3)
    took, report = observe(world, world.plan([world.driver("a"), world.driver("b", requires("a"))]))
    assert took == pytest.approx(3)  # lost a second after it was up, and each is stopped in a second
    assert (report["a"].state, report["a"].stopped, report["b"].stopped) == (State.FAILED, True, True)


def test_what_is_isolated_is_stopped_before_it_is_reported(world: World) -> None:
    losing(world, "a", 11.5)
    plan = world.plan([world.driver("a"), world.driver("b", requires("a")), world.driver("c")])
    took, report = observe(world, plan, on_failure="isolate")
    assert took == pytest.approx(11.5)
    assert (report["a"].stopped, report["b"].stopped, report["c"].stopped) == (True, True, False)
    assert not report.ready


def test_what_was_isolated_can_be_left_running_after_that(world: World) -> None:
    losing(world, "a", 11.5)

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b")]), on_failure="isolate")
        await executor.start()
        await executor.observe(10.8)
        return executor.release()

    report = run_virtually(main())
    assert (report["a"].stopped, report["b"].state) == (True, State.READY)


def test_a_stop_ends_it(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]))
        await executor.start()
        asyncio.get_running_loop().call_later(1, executor.request_stop)
        async with asyncio.timeout(100):
            return await executor.observe(1000)

    assert run_virtually(main())["a"].stopped


def test_it_can_be_cancelled_and_then_nothing_is_stopped(world: World) -> None:
    losing(world, "a", 5.5)

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b")]), on_failure="isolate")
        await executor.start()
        observing = asyncio.ensure_future(executor.observe(5))
        await asyncio.sleep(5.1)  # just now what was lost is being stopped
        observing.cancel()
        await asyncio.wait((observing,))
        assert observing.cancelled()
        await asyncio.sleep(10)
        return executor.report()

    assert run_virtually(main())["b"].state is State.READY


def test_only_what_has_started_can_be_observed(world: World) -> None:
    async def main() -> None:
        with pytest.raises(RunError, match="only what has started can be observed"):
            await world.executor(world.plan([world.driver("a")])).observe(1)

    run_virtually(main())

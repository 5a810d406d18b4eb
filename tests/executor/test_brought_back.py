"""Drivers that were lost are brought back, and with them what was stopped because of them, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.test_coupled_restarts import contexts
from tests.executor.test_losing import ISOLATE
from tests.executor.test_requests import during, states
from tierdeps import RunError
from tierdeps.executor.changes import actions
from tierdeps.model import State, requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executor.conftest import World
    from tierdeps.executor import ActionPlan, ActionResult, Executor
    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun
    from tierdeps.lifecycle import Context


def test_what_was_stopped_with_an_adopted_driver_is_started_with_it_although_another_one_is_down(world: World) -> None:
    found: list[Context] = []

    async def adopted(context: Context) -> bool:
        found.append(context)
        return True

    world.deeds["a:adopt"] = adopted
    plan = world.plan(
        [
            world.driver("a", tier="early", policy=ISOLATE),
            world.driver("b", tier="early", policy=ISOLATE),
            world.driver("c", requires("a"), tier="late", policy=ISOLATE),
        ],
        tiers=("early", "late"),
    )

    async def body(executor: Executor) -> ActionResult:
        await executor.stop_drivers("b")
        found[0].lost("gone")
        await asyncio.sleep(10)
        assert executor.report()["c"].state is State.STOPPED
        return await executor.start_drivers("a")

    result, _ = during(world, plan, body)
    assert result.ok
    assert states(result.report) == {"a": "adopted", "b": "stopped"}


def test_a_driver_is_started_without_what_waits_for_a_tier_that_lacks_others(world: World) -> None:
    tries: list[str] = []

    async def once(context: Context) -> None:
        tries.append(context.driver)
        if tries.count(context.driver) == 1:
            raise OSError("no")

    world.deeds |= {"a:start": once, "b:start": once}
    early = [world.driver(name, tier="early", policy=ISOLATE) for name in ("a", "b")]
    plan = world.plan([*early, world.driver("c", tier="late")], tiers=("early", "late"))

    async def body(executor: Executor) -> list[ActionResult]:
        return [await executor.start_drivers("a"), await executor.start_drivers("b")]

    (first, second), _ = during(world, plan, body)
    assert first.ok
    assert first.plan.to_start == ("a",)
    assert states(first.report).keys() == {"b", "c"}
    assert second.ok
    assert second.plan.to_start == ("b", "c")
    assert states(second.report) == {}


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_tier_opens_with_the_last_driver_that_it_waits_for_whenever_that_was_lost(world: World, order: str) -> None:
    found = contexts(world, "b")
    world.fails_once("a:start")
    early = [world.driver(name, tier="early", policy=ISOLATE) for name in ("a", "b")]
    plan = world.plan([*early, world.driver("c", tier="late")], tiers=("early", "late"))

    async def body(executor: Executor) -> list[ActionResult]:
        assert executor.report()["c"].cause == ("a",)
        found["b"].lost("gone")
        await asyncio.sleep(5)
        return [await executor.start_drivers(name) for name in order]

    (first, second), _ = during(world, plan, body)
    assert first.report["c"].cause == (order[1],), "the other one is up again"
    assert first.plan.to_start == (order[0],)
    assert second.plan.to_start == (order[1], "c")
    assert states(second.report) == {}


@pytest.mark.parametrize("named", ["b", "s"])
def test_a_tier_opens_with_a_driver_that_was_stopped_on_request_or_left_behind(world: World, named: str) -> None:
    world.fails_once("a:start")
    early = [world.driver("a", tier="early", policy=ISOLATE), world.driver("b", requires("a"), tier="early")]
    plan = world.plan(
        [*early, world.driver("s", tier="early"), world.driver("c", tier="late")], tiers=("early", "late")
    )

    async def body(executor: Executor) -> list[ActionResult]:
        if named == "s":
            await executor.stop_drivers("s")
        first = await executor.start_drivers("a", dependents="none" if named == "b" else "coupled")
        return [first, await executor.start_drivers(named)]

    (first, second), _ = during(world, plan, body)
    assert first.report["c"].state is State.BLOCKED
    assert second.plan.to_start == (named, "c")
    assert states(second.report) == {}


@pytest.mark.parametrize("needed", ["a", "b"])
def test_what_requires_a_driver_of_a_tier_that_is_closed_starts_with_the_last_one_of_it(
    world: World, needed: str
) -> None:
    tries: list[str] = []

    async def once(context: Context) -> None:
        tries.append(context.driver)
        await asyncio.sleep(context.driver == "b")
        if tries.count(context.driver) == 1:
            raise OSError("no")

    world.deeds |= {"a:start": once, "b:start": once}
    early = [world.driver(name, tier="early", policy=ISOLATE) for name in ("a", "b")]
    plan = world.plan([*early, world.driver("c", requires(needed), tier="late")], tiers=("early", "late"))
    other = "b" if needed == "a" else "a"

    async def body(executor: Executor) -> list[ActionResult]:
        return [await executor.start_drivers(needed), await executor.start_drivers(other)]

    (first, second), _ = during(world, plan, body)
    assert first.report["c"].cause == (other,)
    assert second.plan.to_start == (other, "c")
    assert states(second.report) == {}


def test_a_reverted_reload_brings_back_what_went_with_a_driver_that_it_lost(world: World) -> None:
    found = contexts(world, "a", "b")

    async def fails(context: Context) -> None:
        del context
        await asyncio.sleep(20)
        raise OSError("no")

    world.deeds["c:start"] = fails
    b = world.driver("b", requires("a", on_restart="keep", on_loss="stop"), policy=ISOLATE)
    plan = world.plan([world.driver("a", policy=ISOLATE), b])
    other = world.plan([world.driver("a", policy=ISOLATE, provides=("x",)), b, world.driver("c")])

    async def body(executor: Executor) -> Any:
        reloading = asyncio.ensure_future(executor.reload(other))
        await asyncio.sleep(10)
        found["a"].lost("gone")
        return await reloading

    result, _ = during(world, plan, body)
    assert not result.ok
    assert states(result.report) == {}
    first, *stops = world.stops
    assert first == "a", "it is another driver in the other plan"
    assert stops.index("b") < stops.index("a")


def test_a_request_ends_at_the_deadline_although_a_later_tier_has_not_started(world: World) -> None:
    tries: list[str] = []

    async def hangs_again(context: Context) -> None:
        tries.append(context.driver)
        await asyncio.sleep(1000 if len(tries) > 1 else 1)

    world.deeds["a:start"] = hangs_again
    drivers = [
        world.driver("a", tier="early", policy=ISOLATE),
        *(world.driver(name, requires("a"), tier="late", policy=ISOLATE) for name in ("b", "c")),
    ]
    plan = world.plan(drivers, tiers=("early", "late"))

    async def body(executor: Executor) -> ActionResult:
        return await asyncio.wait_for(executor.restart_drivers("a"), 100)

    result, _ = during(world, plan, body, deadline=10, timeout=500)
    assert result.down == ("a", "b", "c")
    assert result.problem.startswith("the start did not end within 10 s")


@pytest.mark.parametrize("name", ["unknown", "b"])
def test_a_request_that_comes_as_the_run_ends_is_answered(world: World, name: str) -> None:
    plan = world.plan([world.driver("a"), world.driver("b")])

    async def body(executor: Executor) -> str:
        await executor.stop_drivers("b")
        request = asyncio.ensure_future(executor.stop_drivers(name))
        await asyncio.sleep(0)
        executor.request_stop()
        try:
            return (await asyncio.wait_for(request, 100)).problem
        except RunError as error:
            return str(error)

    problem, report = during(world, plan, body)
    assert problem == "the run was stopped before this was done"
    assert not report.problem


def test_a_long_chain_that_cannot_be_up_is_looked_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    lacking = actions._lacking

    def counted(plan: PlanRun, driver: DriverRun) -> Iterator[DriverRun]:
        looks.append(driver.name)
        return lacking(plan, driver)

    async def fail(context: Context) -> None:
        raise OSError(context.driver)

    monkeypatch.setattr(actions, "_lacking", counted)
    world.deeds |= {"a:start": fail, "b:start": fail}
    chain = [world.driver(f"c{number}", requires(f"c{number - 1}")) for number in range(1, 100)]
    roots = [world.driver(name, policy=ISOLATE) for name in ("a", "b")]
    plan = world.plan([*roots, world.driver("c0", requires("a"), requires("b")), *chain])

    async def body(executor: Executor) -> ActionPlan:
        return executor.plan_action("start", ["a"])

    found, _ = during(world, plan, body)
    assert found.to_start == ("a",)
    assert len(looks) < 2 * len(chain)

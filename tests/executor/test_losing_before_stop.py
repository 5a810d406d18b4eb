"""Drivers that are lost while they wait for their stop, which other drivers that are being stopped come before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import fail
from tests.executor.test_coupled_restarts import contexts
from tests.executor.test_losing import ISOLATE
from tests.executor.test_requests import done, during, states
from tierdeps.model import OnFailure, Policy, requires

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.model import Driver, Plan

POLICIES = [Policy(on_failure=policy) for policy in OnFailure]


def plans(world: World, policy: Policy, *added: Driver) -> tuple[Plan, Plan]:
    """Return two plans between which ``a`` changes; ``c`` goes with it, and ``b`` only where it is lost."""
    kinds = Kinds(world)
    others = [
        kinds("b", requires("a", on_restart="keep", on_loss="stop"), policy=ISOLATE),
        kinds("c", requires("a"), policy=ISOLATE),
    ]
    first, second = (kinds("a", version=version, policy=policy) for version in (1, 2))
    return world.plan([first, *others]), world.plan([second, *others, *added])


def losing(
    world: World, name: str, change: Callable[[Executor], Awaitable[Any]], seconds: float = 0.5
) -> Callable[[Executor], Awaitable[Any]]:
    """Return what makes a change to a run, and lets a driver be lost so many seconds later."""
    found = contexts(world, name)

    async def body(executor: Executor) -> Any:
        changing = asyncio.ensure_future(change(executor))
        await asyncio.sleep(seconds)
        found[name].lost("gone")
        return await changing

    return body


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: str(policy.on_failure))
def test_a_driver_that_a_reload_is_about_to_stop_is_restarted_although_it_is_lost(world: World, policy: Policy) -> None:
    old, new = plans(world, policy)
    result, report = during(world, old, losing(world, "a", lambda executor: executor.reload(new)))
    assert result.failed is None
    assert states(result.report) == {}
    assert report.plan is new
    assert done(world)[:4] == ["c:stop", "a:stop", "a:start", "c:start"], "b is up all along"


def test_the_result_of_the_reload_names_it(world: World) -> None:
    old, new = plans(world, ISOLATE)
    result, _ = during(world, old, losing(world, "a", lambda executor: executor.reload(new)))
    assert (result.lost, result.ok) == (("a",), False)


def test_a_driver_that_a_reload_removes_ends_no_run_where_it_is_lost_before(world: World) -> None:
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("b", requires("a")), kinds("c")])
    new = world.plan([kinds("c")])
    result, report = during(world, old, losing(world, "a", lambda executor: executor.reload(new)))
    assert (result.lost, result.failed) == (("a",), None)
    assert report.ok
    assert done(world) == ["b:stop", "a:stop", "c:stop"]


def test_a_driver_that_a_reverted_reload_is_about_to_stop_takes_no_other_with_it(world: World) -> None:
    world.deeds["bad:start"] = fail
    old, new = plans(world, ISOLATE, world.driver("bad", requires("c")))
    result, _ = during(world, old, losing(world, "a", lambda executor: executor.reload(new), 4.5))
    assert result.failed is not None
    assert states(result.report) == {}
    before, after = ["c:stop", "a:stop", "a:start", "c:start", "bad:start"], ["c:stop", "a:stop", "a:start", "c:start"]
    assert done(world)[:10] == [*before, "bad:stop", *after], "b is up all along"


def test_a_driver_that_is_about_to_restart_with_another_one_ends_no_run_where_it_is_lost(world: World) -> None:
    plan = world.plan(
        [
            world.driver("main"),
            world.driver("goes", requires("main", on_restart="restart")),
            world.driver("child", requires("goes")),
        ]
    )
    main = contexts(world, "main")

    async def restart(executor: Executor) -> Any:
        main["main"].restarting("it exited with 9")
        main["main"].restarted()
        await asyncio.sleep(20)
        return executor.report()

    report, final = during(world, plan, losing(world, "goes", restart))
    assert states(report) == {}
    assert final.ok
    assert done(world)[:4] == ["child:stop", "goes:stop", "goes:start", "child:start"]


def test_what_a_reload_started_in_part_is_stopped_before_what_it_requires_and_was_lost(world: World) -> None:
    kinds, phases = Kinds(world), ("initialize", "autostart")
    bases = [kinds("base", policy=ISOLATE), kinds("a", requires("base"), policy=ISOLATE)]
    old, new = (
        world.plan([*bases, kinds("b", requires("a", phase="autostart"), phases=phases, version=version)])
        for version in (1, 2)
    )

    async def change(executor: Executor) -> Any:
        return await executor.reload(new)

    during(world, old, losing(world, "base", change), on_failure="isolate")
    stops = [entry for entry in done(world) if entry.endswith(":stop")]
    assert done(world).count("b:initialize") == 2, "started by the reload, and by going back"
    assert stops[-3:] == ["b:stop", "a:stop", "base:stop"]

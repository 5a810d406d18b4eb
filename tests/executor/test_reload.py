"""From one plan to another while the first one runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, fail, log_of_reload, told
from tierdeps.clock import run_virtually
from tierdeps.executor import ReloadPlan, ReloadResult, difference
from tierdeps.model import OnFailure, Policy, State, after, before, requires, wants
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan


@pytest.fixture
def driver(world: World) -> Kinds:
    return Kinds(world)


def test_nothing_is_touched_where_nothing_changed(world: World, driver: Kinds) -> None:
    plan = world.plan([driver("a"), driver("b", requires("a"))])
    reloaded, report = change(world, plan, world.plan([driver("a"), driver("b", requires("a"))]))
    assert not reloaded.reload
    assert reloaded.ok
    assert log_of_reload(world) == []
    assert world.stops == ["b", "a"]
    assert report.ok


def test_what_went_or_changed_is_stopped_with_what_requires_it(world: World, driver: Kinds) -> None:
    old = world.plan(
        [
            driver("a"),
            driver("b", requires("a")),
            driver("c", requires("b")),
            driver("gone", requires("a")),
            driver("z"),
        ]
    )
    new = world.plan([driver("a"), driver("b", requires("a"), version=2), driver("c", requires("b")), driver("z")])
    reloaded, _ = change(world, old, new)
    assert reloaded.reload == ReloadPlan(("c", "gone", "b"), ("b", "c"), (), ("a", "z"))
    assert reloaded.reload.restarted == ("b", "c")
    assert sorted(log_of_reload(world)[:2]) == ["c:stop", "gone:stop"]
    assert log_of_reload(world)[2:] == ["b:stop", "b:start", "c:start"]
    assert reloaded.ok
    assert world.stops[3:] in (["c", "z", "b", "a"], ["c", "b", "z", "a"], ["z", "c", "b", "a"])


def test_what_is_new_starts_beside_what_runs(world: World, driver: Kinds) -> None:
    old = world.plan([driver("a")])
    new = world.plan([driver("a"), driver("b", requires("a")), driver("c", requires("b"))])
    reloaded, report = change(world, old, new)
    assert log_of_reload(world) == ["b:start", "c:start"]
    assert [outcome.state for outcome in reloaded.report.outcomes] == [State.READY] * 3
    assert world.stops == ["c", "b", "a"]
    assert report.ok


def test_another_place_in_the_order_is_no_change(world: World, driver: Kinds) -> None:
    tiers = ("one", "two")
    old = world.plan([driver("a", tier="one"), driver("b", tier="two")], tiers)
    new = world.plan(
        [driver("a", after("b"), before("c"), tier="two"), driver("b", tier="one"), driver("c", tier="two")], tiers
    )
    reloaded, _ = change(world, old, new)
    assert log_of_reload(world) == ["c:start"]
    assert reloaded.reload.untouched == ("b", "a")
    assert world.stops == ["c", "a", "b"]


def test_what_is_only_wanted_comes_and_goes(world: World, driver: Kinds) -> None:
    old = world.plan([driver("a", wants("x"))])
    new = world.plan([driver("a", wants("x")), driver("x")])
    found: list[object] = []

    async def start(context: Context) -> None:
        async def look() -> None:
            found.append(context.get("x"))
            await asyncio.sleep(5)
            found.append(context.get("x"))

        found.append(asyncio.ensure_future(look()))
        await asyncio.sleep(1)

    async def then(_: Executor) -> None:
        await asyncio.sleep(10)

    world.deeds["a:start"] = start
    change(world, old, new, then)
    assert log_of_reload(world) == ["x:start"]
    assert found[1] is None
    assert found[2] is not None


def test_the_new_part_keeps_to_its_tiers(world: World, driver: Kinds) -> None:
    tiers = ("one", "two")
    old = world.plan([driver("a", tier="one"), driver("z", tier="two")], tiers)
    new = world.plan(
        [driver("a", tier="one"), driver("b", tier="one"), driver("y", tier="two"), driver("z", tier="two")], tiers
    )
    change(world, old, new)
    assert world.log.index("b:start done") < world.log.index("y:start")


def test_a_new_driver_finds_one_that_runs(world: World, driver: Kinds) -> None:
    found: list[object] = []

    async def start(context: Context) -> None:
        found.append(context.get("a"))

    world.deeds["b:start"] = world.deeds["c:start"] = start
    old = world.plan([driver("a"), driver("b", requires("a"))])
    change(world, old, world.plan([driver("a"), driver("b", requires("a")), driver("c", requires("a"))]))
    assert found[0] is found[1] is not None


def test_settings_alone_are_taken_over_without_a_stop(world: World, driver: Kinds) -> None:
    seen: list[object] = []

    async def reload(context: Context) -> None:
        seen.append(context.settings["port"])

    world.deeds["a:reload"] = world.deeds["b:reload"] = reload
    plan = world.plan([driver("a"), driver("b", requires("a")), driver("c")])
    reloaded, _ = change(world, plan, plan, settings=told(a={"port": 2}, b={"port": 3}))
    assert reloaded.reload.to_reload == ("a", "b")
    assert seen == [2, 3]
    assert log_of_reload(world) == ["a:reload", "b:reload"]
    assert reloaded.ok


def test_where_the_new_part_fails_the_old_one_is_restored(world: World, driver: Kinds) -> None:
    world.deeds["bad:start"] = fail
    old = world.plan([driver("a"), driver("b", requires("a")), driver("c", requires("b"))])
    new = world.plan([driver("a"), driver("b", requires("a"), policy=Policy(retries=1)), driver("bad", requires("b"))])
    reloaded, report = change(world, old, new)
    assert log_of_reload(world) == [
        "c:stop", "b:stop", "b:start", "bad:start", "bad:stop", "b:stop", "b:start", "c:start",
    ]  # fmt: skip
    assert not reloaded.ok
    assert reloaded.failed is not None
    assert reloaded.failed["bad"].reason == "ValueError: no"
    assert reloaded.failed["b"].stopped
    assert reloaded.report.plan is old
    assert reloaded.report.ok
    assert report.ok
    assert world.stops[-3:] == ["c", "b", "a"]


def test_a_failure_that_is_isolated_fails_the_reload_too(world: World, driver: Kinds) -> None:
    world.deeds["bad:start"] = fail
    old = world.plan([driver("a")])
    reloaded, report = change(world, old, world.plan([driver("a"), driver("bad"), driver("b")]), on_failure="isolate")
    assert reloaded.failed is not None
    assert report.plan is old
    assert report.ok


def test_a_failure_that_is_ignored_does_not(world: World, driver: Kinds) -> None:
    world.deeds["bad:start"] = fail
    new = world.plan([driver("a"), driver("bad"), driver("b")])
    reloaded, _ = change(world, world.plan([driver("a")]), new, on_failure="ignore")
    assert reloaded.ok
    assert reloaded.report.plan is new


def test_settings_are_taken_back_where_they_are_not_taken_over(world: World, driver: Kinds) -> None:
    seen: list[object] = []

    async def reload(context: Context) -> None:
        seen.append(context.settings["port"])
        if context.settings["port"] == 2:
            raise ValueError("in use")

    world.deeds["a:reload"] = reload
    plan = world.plan([driver("a"), driver("b", requires("a"))])

    async def main() -> ReloadResult:
        executor = world.executor(plan, settings=told(a={"port": 1}))
        await executor.start()
        reloaded = await executor.reload(plan, told(a={"port": 2}))
        again = await executor.reload(plan, told(a={"port": 3}))
        assert again.ok
        await executor.stop()
        return reloaded

    reloaded = run_virtually(main())
    assert seen == [2, 1, 3]
    assert reloaded.failed is not None
    assert reloaded.failed.problem == "a: reload: ValueError: in use"
    assert reloaded.report.ok


@pytest.mark.parametrize("policy", OnFailure)
def test_a_driver_that_takes_no_settings_back_is_lost(world: World, driver: Kinds, policy: OnFailure) -> None:
    world.deeds["a:reload"] = fail
    plan = world.plan([driver("a"), driver("b", requires("a")), driver("c")])
    reloaded, report = change(world, plan, plan, settings=told(a={"port": 2}), on_failure=policy)
    if policy is OnFailure.IGNORE:
        assert reloaded.ok
        assert reloaded.report.notes == ("a: reload: ValueError: no; ignored",)
        return
    assert report["a"].reason == "reload: ValueError: no"
    assert report["a"].state is State.FAILED
    assert report["c"].state is State.READY
    assert world.stops.index("b") < world.stops.index("a")


def test_adopted_drivers_are_never_stopped(world: World, driver: Kinds) -> None:
    async def adopt(context: Context) -> bool:
        return True

    world.deeds["a:adopt"] = world.deeds["gone:adopt"] = adopt
    old = world.plan([driver("a"), driver("gone"), driver("b", requires("a"))])
    new = world.plan([driver("a", policy=Policy(retries=1)), driver("b", requires("a"))])
    reloaded, _ = change(world, old, new)
    assert reloaded.reload.released == ("gone",)
    assert reloaded.reload.to_stop == ("b",)
    assert log_of_reload(world) == ["b:stop", "a:adopt", "b:start"]
    assert world.stops == ["b", "b"]


def test_what_was_lost_is_started_again(world: World, driver: Kinds) -> None:
    async def start(context: Context) -> None:
        if world.log.count("a:start") == 1:
            asyncio.get_running_loop().call_later(5, context.lost, "gone")

    world.deeds["a:start"] = start
    plan = world.plan([driver("a"), driver("b", requires("a")), driver("c")])

    async def main() -> ReloadResult:
        executor = world.executor(plan, on_failure="isolate")
        await executor.start()
        await asyncio.sleep(20)
        reloaded = await executor.reload(plan)
        await executor.stop()
        return reloaded

    reloaded = run_virtually(main())
    assert reloaded.reload.retried == ("a", "b")
    assert reloaded.reload.to_stop == ()
    assert reloaded.ok


def test_a_driver_that_is_down_as_before_fails_no_reload(world: World, driver: Kinds) -> None:
    world.deeds["bad:start"] = fail
    old = world.plan([driver("a"), driver("bad")])
    reloaded, report = change(world, old, world.plan([driver("a"), driver("bad"), driver("b")]), on_failure="isolate")
    assert reloaded.failed is None
    assert report["b"].state is State.READY
    assert report["bad"].state is State.FAILED


def test_the_difference_needs_no_run(world: World, driver: Kinds) -> None:
    old = world.plan([driver("a"), driver("b", requires("a"))])
    new = world.plan([driver("a", version=2), driver("b", requires("a")), driver("c")])
    assert difference(old, new, Settings(), Settings()) == ReloadPlan(("b", "a"), ("a", "c", "b"))


def test_a_driver_whose_host_has_changed_is_restarted_with_what_requires_it(world: World, driver: Kinds) -> None:
    old = world.plan([driver("a", host="kvm1"), driver("b", requires("a")), driver("c", host="kvm1")])
    new = world.plan([driver("a", host="kvm2"), driver("b", requires("a")), driver("c", host="kvm1")])
    assert difference(old, new, Settings(), Settings()) == ReloadPlan(("b", "a"), ("a", "b"), (), ("c",))


def test_reporters_receive_the_plans(world: World, driver: Kinds) -> None:
    plans: list[Plan] = []
    world.recorder.plan_changed = plans.append  # type: ignore[method-assign,assignment]
    world.deeds["bad:start"] = fail
    old, new = world.plan([driver("a")]), world.plan([driver("a"), driver("bad")])
    change(world, old, new)
    assert plans == [new, old]

"""Reloads around drivers that are down, gone or restored, and what those that are gone still do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, log_of_reload, told
from tests.executor.test_events import lines
from tierdeps.clock import run_virtually
from tierdeps.executor import ReloadPlan, difference
from tierdeps.model import State, requires
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


async def fail(context: Context) -> NoReturn:
    await asyncio.sleep(1)
    raise ValueError("no")


async def yes(context: Context) -> bool:
    return True


def test_what_requires_a_driver_that_is_lost_during_a_reload_is_not_restored(world: World) -> None:
    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(3.5, context.lost, "gone")
        await asyncio.sleep(1)

    world.deeds.update({"a:start": start, "bad:start": fail})
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("b", requires("a")), kinds("c")])
    new = world.plan([kinds("a"), kinds("b", requires("a"), version=2), kinds("c"), kinds("bad")])
    reloaded, report = change(world, old, new, on_failure="isolate")
    assert reloaded.failed is not None
    assert reloaded.report.plan is old
    states = {outcome.driver: outcome.state for outcome in report.outcomes}
    assert states == {"a": State.FAILED, "b": State.BLOCKED, "c": State.READY}
    assert report["b"].cause == ("a",)
    assert world.log.count("b:start") - world.log.count("b:start done") <= 1
    assert world.log.count("a:stop") == 1
    assert report.problem == ""


def test_tiers_behind_a_driver_that_is_lost_during_a_reload_stay_shut(world: World) -> None:
    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(2.5, context.lost, "gone")
        await asyncio.sleep(1)

    world.deeds["a:start"] = start
    kinds, tiers = Kinds(world), ("one", "two")
    old = world.plan([kinds("a", tier="one"), kinds("b", tier="two")], tiers)
    new = world.plan([kinds("a", tier="one"), kinds("n", tier="two")], tiers)
    reloaded, report = change(world, old, new, on_failure="isolate")
    assert reloaded.failed is not None
    assert (reloaded.failed["n"].state, reloaded.failed["n"].cause) == (State.BLOCKED, ("a",))
    assert reloaded.failed["n"].reason == "the tier one did not become ready"
    assert "n:start" not in world.log
    assert report["b"].state is State.READY, "all tiers of the old plan were up before"
    assert report.problem == ""


def test_what_was_lost_before_a_reload_is_down_after_its_restoration_too(world: World) -> None:
    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(5, context.lost, "gone")

    world.deeds.update({"lost:start": start, "bad:start": fail})
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("lost"), kinds("child", requires("lost"))])
    new = world.plan([kinds("a"), kinds("bad")])

    async def main() -> ReloadResult:
        executor = world.executor(old, on_failure="isolate")
        await executor.start()
        await asyncio.sleep(20)
        reloaded = await executor.reload(new)
        await executor.stop()
        return reloaded

    reloaded = run_virtually(main())
    assert reloaded.failed is not None
    states = {outcome.driver: outcome.state for outcome in reloaded.report.outcomes}
    assert states == {"a": State.READY, "lost": State.FAILED, "child": State.BLOCKED}
    assert world.log.count("lost:start") == world.log.count("child:start") == 1
    assert reloaded.report.problem == ""


def test_what_was_retried_without_success_is_reported_as_before(world: World) -> None:
    world.deeds.update({"down:start": fail, "bad:start": fail})
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("down")])
    new = world.plan([kinds("a"), kinds("down"), kinds("bad")])
    reloaded, _ = change(world, old, new, on_failure="isolate")
    assert reloaded.failed is not None
    assert lines(world, "down") == [
        "0 down starting",
        "0 down starting start begun",
        "1 down starting start failed: ValueError: no",
        "1 down failed: ValueError: no",
        "1 down stopping",
        "2 down stopped",
        "2 down starting",
        "2 down starting start begun",
        "3 down starting start failed: ValueError: no",
        "3 down failed: ValueError: no",
        "3 down stopping",
        "4 down stopped",
        "4 down stopped: ValueError: no",
    ]


def test_settings_that_stay_as_they_were_are_no_change(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b")])
    before, later = told(a={"port": 1}, b={"port": 2}), told(a={"port": 1}, b={"port": 3})
    assert difference(plan, plan, before, before) == ReloadPlan((), (), (), ("a", "b"))
    assert difference(plan, plan, before, later) == ReloadPlan((), (), ("b",), ("a",))
    assert difference(plan, plan, Settings(), before) == ReloadPlan((), (), ("a", "b"), ())


def test_who_is_gone_may_still_speak_and_nobody_listens(world: World) -> None:
    kept: list[Context] = []

    async def adopt(context: Context) -> bool:
        kept.append(context)
        return True

    async def start(context: Context) -> None:
        kept.append(context)

    world.deeds.update({"z:adopt": adopt, "y:start": start})
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("y", requires("a")), kinds("z", requires("a"))])

    async def main() -> Report:
        executor = world.executor(old)
        await executor.start()
        assert (await executor.reload(world.plan([kinds("a")]))).ok
        for context in kept:
            context.lost("gone")
            context.restarting("it exited with 1")
            context.restarted()
            context.failed(ValueError("no"))
            assert context.get("a") is not None
            assert context.facts == {}
        await asyncio.sleep(5)
        report = executor.report()
        assert not executor.crashes
        await executor.stop()
        return report

    report = run_virtually(main())
    assert [(outcome.driver, outcome.state, outcome.stopped) for outcome in report.outcomes] == [
        ("a", State.READY, False)
    ]
    assert report.problem == ""


def test_a_restart_after_a_reload_is_reported_once_and_in_the_time_of_the_run(world: World) -> None:
    kept: list[Context] = []

    async def start(context: Context) -> None:
        kept.append(context)

    world.deeds["a:start"] = start
    kinds = Kinds(world)

    async def main() -> None:
        executor = world.executor(world.plan([kinds("a")]))
        await executor.start()
        await asyncio.sleep(3)
        await executor.reload(world.plan([kinds("a"), kinds("b")]))
        kept[0].restarting("it exited with 1")
        await asyncio.sleep(1)
        kept[0].restarted()
        await asyncio.sleep(1)
        await executor.stop()

    run_virtually(main())
    assert lines(world, "a")[4:-2] == ["4 a ready start retried: it exited with 1", "5 a ready start done: ready again"]


def test_a_reload_alone_goes_by_what_is_up(world: World) -> None:
    world.deeds.update({"a:adopt": yes, "b:start": fail})
    kinds = Kinds(world)
    plan = world.plan([kinds("a"), kinds("b"), kinds("c", requires("b"))])
    reloaded, _ = change(world, plan, plan, on_failure="isolate", settings=told(a={"port": 1}, b={"port": 1}))
    assert reloaded.reload == ReloadPlan(("b",), ("b", "c"), ("a",), (), (), ("b", "c"))
    assert log_of_reload(world) == ["b:stop", "b:start"]


def test_what_is_new_waits_for_all_that_it_depends_on_kept_or_new(world: World) -> None:
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("z")])
    needs = [requires(name) for name in "abz"]
    reloaded, _ = change(world, old, world.plan([kinds("a"), kinds("b"), kinds("c", *needs), kinds("z")]))
    assert reloaded.ok
    assert world.log.index("b:start done") < world.log.index("c:start")


@pytest.mark.parametrize("field", ["to_stop", "to_start", "to_reload", "released"])
def test_a_difference_is_true_where_there_is_anything_to_do(field: str) -> None:
    assert ReloadPlan(**{field: ("a",)})
    assert not ReloadPlan(untouched=("a",), retried=("a",))

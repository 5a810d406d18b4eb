"""Drivers that work no more before their stop reaches them, while others are being stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.reloads import change, fail, log_of_reload
from tests.executor.test_losing import ISOLATE, family, live, losing
from tierdeps.clock import run_virtually
from tierdeps.errors import LostError
from tierdeps.model import OnFailure, Policy, State, requires
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


def test_a_loss_while_all_is_being_stopped_counts_as_long_as_its_own_stop_is_to_come(world: World) -> None:
    losing(world, "lost", 23.5)
    report = live(world, family(world))
    assert (report["lost"].state, report["lost"].reason) == (State.FAILED, "it exited with 9")
    assert [outcome.driver for outcome in report.root_causes] == ["lost"]
    assert report["lost"].stopped
    assert sorted(world.stops) == ["base", "child", "grandchild", "later", "lost", "other", "wanting"]
    assert not report.ok
    assert not report.interrupted


def test_a_loss_that_its_own_stop_brought_about_is_none(world: World) -> None:
    losing(world, "lost", 25.5)
    report = live(world, family(world))
    assert report["lost"].state is State.READY
    assert report.ok


def test_a_loss_while_all_is_being_stopped_is_ignored_where_failures_are(world: World) -> None:
    losing(world, "lost", 23.5)
    report = live(world, family(world, Policy(on_failure=OnFailure.IGNORE)))
    assert (report["lost"].state, report["lost"].ignored, report.ok) == (State.FAILED, True, True)


@pytest.mark.parametrize("policy", OnFailure)
def test_several_losses_while_all_is_being_stopped_each_count(world: World, policy: OnFailure) -> None:
    for name in ("a", "b"):
        losing(world, name, 19.5)
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("last", requires("a"), requires("b"))])
    report = live(world, plan, on_failure=policy)
    assert {outcome.driver for outcome in report.root_causes} == {"a", "b"}
    assert sorted(world.stops) == ["a", "b", "last"]
    assert report.ok is (policy is OnFailure.IGNORE)


def test_a_phase_that_is_awaited_by_a_stop_fails_where_its_driver_is_lost(world: World) -> None:
    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(2, context.lost, "gone")
        await asyncio.sleep(5)

    async def main() -> Report:
        executor = world.executor(plan)
        asyncio.get_running_loop().call_later(1, executor.request_stop)
        await executor.start()
        return await executor.wait()

    world.deeds["a:start"] = start
    plan = world.plan([world.driver("a", policy=Policy(on_cancel="wait"))])  # type: ignore[arg-type]
    report = run_virtually(main())
    assert (report["a"].state, report["a"].reason, report["a"].stopped) == (State.FAILED, "gone", True)
    assert report.interrupted


def test_a_reload_that_is_interrupted_does_not_hide_a_loss(world: World) -> None:
    async def slow(context: Context) -> None:
        asyncio.get_running_loop().call_later(1, context.lost, "gone")
        await asyncio.sleep(1000)

    async def main() -> Report:
        executor = world.executor(plan, settings=Settings(drivers={"a": {"size": 1}}))
        await executor.start()
        reload = asyncio.ensure_future(executor.reload(plan, Settings(drivers={"a": {"size": 2}})))
        await asyncio.sleep(2)
        await reload
        return await executor.wait()

    world.deeds["a:reload"] = slow
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    report = run_virtually(main())
    assert (report["a"].state, report["a"].reason) == (State.FAILED, "gone")


def late(world: World, name: str) -> None:
    """Make the stop of a driver raise LostError."""

    async def stop(context: Context) -> None:
        await asyncio.sleep(1)
        raise LostError("it exited with 9")

    world.deeds[f"{name}:stop"] = stop


@pytest.mark.parametrize("policy", OnFailure)
def test_a_stop_that_finds_its_driver_gone_fails_it(world: World, policy: OnFailure) -> None:
    late(world, "lost")
    world.deeds["lost:cleanup"] = Mute()
    report = live(world, family(world, Policy(on_failure=policy)))
    assert (report["lost"].state, report["lost"].reason) == (State.FAILED, "it exited with 9")
    assert (report["lost"].stopped, report["lost"].stop_error) == (True, "")
    assert "lost:cleanup done" in world.log
    assert report.ok is report["lost"].ignored is (policy is OnFailure.IGNORE)
    told = [event.state for event in world.recorder.events if event.driver == "lost" and event.mark is None]
    assert told[-4:] == [State.READY, State.STOPPING, State.FAILED, State.STOPPED]


def test_a_stop_that_finds_its_driver_gone_does_not_hide_why_it_failed_before(world: World) -> None:
    losing(world, "lost", 10, "the first reason")
    late(world, "lost")
    report = live(world, family(world, ISOLATE))
    assert report["lost"].reason == "the first reason"
    assert report["lost"].stop_error == ""


def test_a_stop_that_finds_a_blocked_driver_gone_leaves_it_blocked(world: World) -> None:
    losing(world, "lost", 10)
    late(world, "child")
    report = live(world, family(world, ISOLATE))
    assert report["child"].state is State.BLOCKED
    assert [outcome.driver for outcome in report.root_causes] == ["lost"]


def test_a_reload_that_finds_a_driver_gone_which_it_stops_is_not_well(world: World) -> None:
    late(world, "a")
    other = world.driver("b")
    reloaded, report = change(world, world.plan([world.driver("a"), other]), world.plan([other]))
    assert (reloaded.lost, reloaded.report.ok, reloaded.ok) == (("a",), True, False)
    assert reloaded.stopped[0].reason == "it exited with 9"
    assert report.ok


def test_a_driver_that_was_down_already_is_not_lost_by_a_reload(world: World) -> None:
    losing(world, "a", 5)

    async def main() -> ReloadResult:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b")]), on_failure="isolate")
        await executor.start()
        await asyncio.sleep(20)
        reloaded = await executor.reload(world.plan([world.driver("b")]))
        await executor.stop()
        return reloaded

    assert run_virtually(main()).lost == ()


def test_a_driver_that_a_reload_found_gone_is_restored_with_the_others(world: World) -> None:
    late(world, "a")
    world.deeds["new:start"] = fail
    other = world.driver("b")
    reloaded, _ = change(world, world.plan([world.driver("a"), other]), world.plan([other, world.driver("new")]))
    assert reloaded.lost == ("a",)
    assert reloaded.failed is not None
    assert reloaded.report["a"].state is State.READY
    assert log_of_reload(world) == ["a:stop", "new:start", "new:stop", "a:start"]


class Mute:
    """Does nothing, at once."""

    async def __call__(self, context: Context) -> None: ...

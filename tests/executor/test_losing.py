"""Drivers that were up and work no more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps._util.frozen import replace
from tierdeps.clock import run_virtually
from tierdeps.model import Event, OnFailure, Policy, State, StepEvent, after, requires, wants
from tierdeps.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report

ISOLATE = Policy(on_failure=OnFailure.ISOLATE)


def losing(world: World, name: str, seconds: float, reason: str = "it exited with 9") -> None:
    """Make a driver start in a second, and be lost so many seconds after its start."""

    async def start(context: Context) -> None:
        asyncio.get_running_loop().call_later(seconds, context.lost, reason)
        await asyncio.sleep(1)

    world.deeds[f"{name}:start"] = start


def live(world: World, plan: Plan, then: Callable[[Executor], Awaitable[Any]] | None = None, **options: Any) -> Report:
    """Start a plan, wait for a while, stop it if it is not over."""

    async def main() -> Report:
        executor = world.executor(plan, **options)
        await executor.start()
        await asyncio.sleep(20)
        if then is not None:
            await then(executor)
        return await executor.stop()

    return run_virtually(main())


def family(world: World, policy: Policy = DEFAULT_POLICY) -> Plan:
    return world.plan(
        [
            world.driver("base"),
            world.driver("lost", requires("base"), policy=policy),
            world.driver("child", requires("lost")),
            world.driver("grandchild", requires("child")),
            world.driver("wanting", wants("lost")),
            world.driver("later", after("lost")),
            world.driver("other"),
        ]
    )


def test_abort_stops_the_whole_run_in_reverse(world: World) -> None:
    losing(world, "lost", 10)

    async def main() -> Report:
        executor = world.executor(family(world))
        await executor.start()
        return await executor.wait()

    report = run_virtually(main())
    assert report["lost"].state is State.FAILED
    assert report["lost"].reason == "it exited with 9"
    assert [outcome.driver for outcome in report.root_causes] == ["lost"]
    assert sorted(world.stops) == ["base", "child", "grandchild", "later", "lost", "other", "wanting"]
    order = world.stops.index
    assert order("grandchild") < order("child") < order("lost") < order("base")
    assert not report.interrupted


def test_isolate_stops_what_requires_it_and_then_itself(world: World) -> None:
    losing(world, "lost", 10)
    before: list[str] = []

    async def then(_: Executor) -> None:
        before.extend(world.stops)

    report = live(world, family(world, ISOLATE), then)
    assert before == ["grandchild", "child", "lost"]
    assert len(set(world.stops)) == len(world.stops) == 7
    assert report["child"].state is report["grandchild"].state is State.BLOCKED
    assert report["grandchild"].reason == "it requires lost, which was lost: it exited with 9"
    assert report["grandchild"].cause == ("lost",)
    assert report["wanting"].state is report["later"].state is report["base"].state is State.READY


def test_ignore_only_tells(world: World) -> None:
    losing(world, "lost", 10)
    plan = family(world, Policy(on_failure=OnFailure.IGNORE))

    async def then(_: Executor) -> None:
        assert world.stops == []

    report = live(world, plan, then)
    assert report["lost"].state is State.FAILED
    assert report.ok
    assert len(world.stops) == 7


def test_during_the_start_it_is_like_a_failure(world: World) -> None:
    losing(world, "lost", 2.5)
    plan = world.plan(
        [
            world.driver("lost", tier="one"),
            world.driver("quick", requires("lost"), tier="one"),
            world.driver("slow", requires("quick"), tier="one"),
            world.driver("slower", requires("slow"), tier="one"),
            world.driver("apart", tier="one"),
            world.driver("behind", tier="two"),
        ],
        tiers=("one", "two"),
    )
    report = live(world, plan, on_failure="isolate")
    states = {outcome.driver: outcome.state for outcome in report.outcomes}
    assert states.pop("apart") is State.READY
    assert states.pop("lost") is State.FAILED
    assert set(states.values()) == {State.BLOCKED}
    assert report["slow"].reason == "it requires lost, which was lost: it exited with 9"
    assert world.stops == ["slow", "quick", "lost", "apart"]
    assert "behind:start" not in world.log


def test_during_the_start_abort_ends_it(world: World) -> None:
    losing(world, "lost", 1.5)
    report = live(world, family(world))
    assert [outcome.driver for outcome in report.root_causes] == ["lost"]
    assert "grandchild:start" not in world.log


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_waits_for_a_slot_is_not_started(world: World, jobs: int) -> None:
    losing(world, "lost", 1.2)
    plan = world.plan([world.driver("lost"), *(world.driver(f"d{number}", requires("lost")) for number in range(5))])
    report = live(world, plan, jobs=jobs, on_failure="isolate")
    started = [outcome.driver for outcome in report.outcomes if outcome.begun]
    assert len(started) == 1 + jobs
    assert sorted(world.stops) == sorted(started)


def test_a_phase_that_is_awaited_is_stopped_at_its_end(world: World) -> None:
    losing(world, "lost", 1.5)
    plan = world.plan(
        [world.driver("lost"), world.driver("b", requires("lost"), policy=Policy(on_cancel="wait"))]  # type: ignore[arg-type]
    )
    report = live(world, plan, on_failure="isolate")
    assert "b:start done" in world.log
    assert report["b"].state is State.BLOCKED
    assert world.stops == ["b", "lost"]


def test_a_dependent_whose_phase_fails_with_it_is_blocked_and_no_cause(world: World) -> None:
    losing(world, "lost", 1.5)

    async def fail(context: Context) -> None:
        await asyncio.sleep(1)
        raise ConnectionError("gone")

    world.deeds["b:start"] = fail
    policy = Policy(on_cancel="wait", retries=3)  # type: ignore[arg-type]
    plan = world.plan([world.driver("lost"), world.driver("b", requires("lost"), policy=policy)])
    report = live(world, plan, on_failure="isolate")
    assert report["b"].state is State.BLOCKED
    assert [outcome.driver for outcome in report.root_causes] == ["lost"]
    assert world.log.count("b:start") == 1


def test_a_driver_that_is_not_up_yet_fails_in_its_phase(world: World) -> None:
    async def initialize(context: Context) -> None:
        context.lost("never well")
        await asyncio.sleep(1)

    world.deeds["a:initialize"] = initialize
    plan = world.plan([world.driver("a", phases=("initialize", "autostart"))])
    report = live(world, plan)
    assert report["a"].state is State.FAILED
    assert report["a"].reason == "never well"


def test_after_the_run_nobody_listens(world: World) -> None:
    losing(world, "a", 5)

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]))
        await executor.start()
        report = executor.release()
        await asyncio.sleep(20)
        return report

    assert run_virtually(main()).ok
    assert all(event.state is not State.FAILED for event in world.recorder.events)


def test_an_adopted_driver_that_is_lost_is_never_stopped(world: World) -> None:
    async def adopt(context: Context) -> bool:
        asyncio.get_running_loop().call_later(5, context.lost, "gone")
        return True

    world.deeds["a:adopt"] = adopt
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    report = live(world, plan, on_failure="isolate")
    assert report["a"].state is State.FAILED
    assert world.stops == ["b"]


def test_several_are_lost_one_after_the_other(world: World) -> None:
    losing(world, "a", 5)
    losing(world, "b", 5.5)
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("c", requires("a"), requires("b"))])
    report = live(world, plan, on_failure="isolate")
    assert world.stops[0] == "c"
    assert sorted(world.stops) == ["a", "b", "c"]
    assert report["c"].cause == ("a",)


def test_a_stop_of_all_waits_for_the_end_of_one_of_a_part(world: World) -> None:
    losing(world, "lost", 19.5)
    report = live(world, family(world, ISOLATE))
    assert world.stops[:3] == ["grandchild", "child", "lost"]
    assert len(world.stops) == 7
    assert report["lost"].stopped


def test_errors_of_a_partial_stop_are_gathered_and_the_rest_goes_on(world: World) -> None:
    async def fail(context: Context) -> None:
        raise ValueError("busy")

    losing(world, "lost", 10)
    world.deeds["child:stop"] = world.deeds["lost:cleanup"] = fail
    report = live(world, family(world, ISOLATE))
    assert report["child"].stop_error == "ValueError: busy"
    assert report["lost"].stop_error == "ValueError: busy"
    assert world.stops.count("child") == world.stops.count("lost") == 1
    assert report["other"].stopped


def test_a_partial_stop_has_a_deadline_and_hurries_nobody_else(world: World) -> None:
    async def slow(context: Context) -> None:
        await asyncio.sleep(5)

    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    losing(world, "lost", 3)
    world.deeds["grandchild:stop"] = hang
    world.deeds["base:stop"] = slow
    report = live(world, family(world, ISOLATE), deadline=8, stop_timeout=300)
    assert report.problem == "the stop ran out of time; the rest was stopped at once, in no order: lost, child"
    assert not report["grandchild"].stopped
    assert report["base"].stopped


def test_a_stop_of_all_may_be_expedited_while_a_part_is_stopped(world: World) -> None:
    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    losing(world, "lost", 19)
    world.deeds["grandchild:stop"] = hang

    async def then(executor: Executor) -> None:
        stop = asyncio.create_task(executor.stop())
        await asyncio.sleep(1)
        executor.expedite()
        assert (await stop).seconds < 24 + 10

    report = live(world, family(world, ISOLATE), then)
    assert not report["grandchild"].stopped
    assert sorted(world.stops) == ["base", "child", "grandchild", "later", "lost", "other", "wanting"]


def test_what_is_gone_is_not_found_by_those_that_can_do_without(world: World) -> None:
    losing(world, "lost", 10)
    found: list[object] = []

    async def start(context: Context) -> None:
        async def look() -> None:
            found.append(context.get("lost"))
            await asyncio.sleep(15)
            found.append(context.get("lost"))

        found.append(asyncio.ensure_future(look()))

    world.deeds["wanting:start"] = start
    live(world, family(world, ISOLATE))
    assert found[1] is not None
    assert found[2] is None


def test_a_restart_of_its_own_is_reported_and_changes_nothing_else(world: World) -> None:
    async def fall_and_rise(context: Context) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(2, context.restarting, "it exited with 1; restart 1 of 5 in 3 s")
        loop.call_later(5, context.restarted)
        loop.call_later(2000, context.restarting, "after its stop")

    world.deeds["db:start"] = fall_and_rise
    report = world.start(world.plan([world.driver("db"), world.driver("app", requires("db"))]))
    assert report.ok
    told = [event for event in world.recorder.events if event.driver == "db" and event.at > 0]
    assert [replace(event, at=round(event.at, 6)) for event in told] == [
        Event(2.0, "db", State.READY, "start", StepEvent.RETRIED, "it exited with 1; restart 1 of 5 in 3 s"),
        Event(5.0, "db", State.READY, "start", StepEvent.DONE, "ready again"),
    ]
    assert not world.stops


def test_what_is_being_stopped_is_not_started_again(world: World) -> None:
    async def fall(context: Context) -> None:
        context.restarting("too late")
        await asyncio.sleep(1)

    world.deeds["db:stop"] = fall
    assert world.start_and_stop(world.plan([world.driver("db")])).ok
    assert not [event for event in world.recorder.events if event.mark is StepEvent.RETRIED]

"""Async methods that block the event loop: they fail beyond their deadline, are noted, and cost nobody else."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.conftest import Recorder, World
from tierdeps.clock import VirtualLoop, run_virtually
from tierdeps.engines import local
from tierdeps.executor import Executor
from tierdeps.executor.bring_up import CLEANUP_TIMEOUT_S
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, OnFailure, Policy, State, requires
from tierdeps.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tierdeps.model import Plan, Report

REASON = "a:start blocked the event loop for 3.0 s; use a plain method or a thread"


def block(seconds: float) -> None:
    """Block the event loop, as ``time.sleep`` does a real one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.block(seconds)


async def first(context: Context, seconds: float = 3.0) -> None:
    block(seconds)


async def then_waits(context: Context, seconds: float = 3.0) -> None:
    block(seconds)
    await asyncio.sleep(0)


async def later(context: Context, seconds: float = 3.0) -> None:
    await asyncio.sleep(0.1)
    block(seconds)


async def in_the_middle(context: Context, seconds: float = 3.0) -> None:
    await asyncio.sleep(0.1)
    block(seconds)
    await asyncio.sleep(0.1)


async def when_cancelled(context: Context, seconds: float = 3.0) -> None:
    try:
        await asyncio.sleep(1000)
    finally:
        block(seconds)


STEPS = (first, then_waits, later, in_the_middle)


class Swift(Lifecycle):
    """Has nothing but a phase: the executor awaits it without asking the engine."""

    deed: Callable[..., Awaitable[None]] = first

    async def start(self, context: Context) -> None:
        await type(self).deed(context)


def swift(deed: Callable[..., Awaitable[None]], **more: Any) -> Driver:
    return Driver("a", lifecycle=type("Blocking", (Swift,), {"deed": staticmethod(deed)}), **more)


def driver(world: World, deed: Callable[..., Awaitable[None]], how: str, **more: Any) -> Driver:
    """Return a driver ``a`` that does this in ``start``, run in one of the two ways in which async methods are."""
    world.deeds["a:start"] = deed
    if how == "swift":
        return swift(deed, **more)
    world.deeds["a:probe"] = lambda _: asyncio.sleep(0)
    return world.driver("a", **more)


@pytest.mark.parametrize("how", ["swift", "called"])
@pytest.mark.parametrize("listens", [True, False])
@pytest.mark.parametrize("deed", STEPS)
def test_a_step_beyond_the_deadline_fails_its_driver(
    world: World, deed: Callable[..., Awaitable[None]], listens: bool, how: str
) -> None:
    plan = world.plan([driver(world, deed, how)])

    async def main() -> Report:
        reporters = (world.recorder,) if listens else ()
        return await Executor(plan, engine=local.INLINE, reporters=reporters, timeout=2.0).start()

    report = run_virtually(main())
    assert report["a"].state is State.FAILED
    assert report["a"].reason == REASON
    assert report["a"].seconds >= 3
    assert report["a"].stopped
    assert report.notes == ()


@pytest.mark.parametrize("how", ["swift", "called"])
@pytest.mark.parametrize("deed", STEPS)
def test_a_step_within_the_deadline_is_noted(world: World, deed: Callable[..., Awaitable[None]], how: str) -> None:
    report = world.start(world.plan([driver(world, deed, how)]))
    assert report.ok
    assert report.notes == (REASON,)
    assert report["a"].seconds >= 3


@pytest.mark.parametrize("how", ["swift", "called"])
@pytest.mark.parametrize("deed", STEPS)
def test_a_short_step_is_not_noted(world: World, deed: Callable[..., Awaitable[None]], how: str) -> None:
    report = world.start(world.plan([driver(world, partial(deed, seconds=0.4), how)]))
    assert report.ok
    assert report.notes == ()


def test_the_longest_step_of_a_call_is_noted_and_no_other(world: World) -> None:
    async def often(context: Context) -> None:
        for seconds in (0.6, 3.0, 0.7):
            block(seconds)
            await asyncio.sleep(1)

    report = world.start(world.plan([driver(world, often, "called")]))
    assert report.notes == (REASON,)


def test_many_short_steps_are_an_ordinary_deadline(world: World) -> None:
    async def often(context: Context) -> None:
        while True:
            block(0.3)
            await asyncio.sleep(0)

    report = world.start(world.plan([driver(world, often, "swift")]), timeout=2.0)
    assert report["a"].reason in (
        "a:start did not end within 2 s",
        "a:start blocked the event loop for 0.30 s; use a plain method or a thread",
    )


def test_an_error_of_its_own_is_the_reason_and_the_blocking_a_note(world: World) -> None:
    async def fails(context: Context) -> NoReturn:
        block(3)
        raise ValueError("no disk")

    report = world.start(world.plan([driver(world, fails, "called")]), timeout=2.0)
    assert report["a"].reason == "ValueError: no disk"
    assert report.notes == (REASON,)


def test_a_driver_that_blocked_is_tried_again_like_any_that_was_late(world: World) -> None:
    tries: list[int] = []

    async def at_first(context: Context) -> None:
        tries.append(1)
        if len(tries) == 1:
            block(3)

    report = world.start(world.plan([driver(world, at_first, "swift", policy=Policy(retries=1))]), timeout=2.0)
    assert report.ok
    assert len(tries) == 2
    assert any(REASON in event.reason for event in world.recorder.events)


@pytest.mark.parametrize("verb", ["probe", "adopt"])
def test_what_comes_before_the_phases_fails_its_driver_too(world: World, verb: str) -> None:
    world.deeds[f"a:{verb}"] = first
    report = world.start(world.plan([world.driver("a")]), timeout=2.0)
    assert report["a"].reason == f"{verb}: {REASON.replace('start', verb)}"
    assert not report["a"].begun


def test_a_cleanup_before_the_start_fails_its_driver_too(world: World) -> None:
    world.deeds["a:cleanup"] = partial(first, seconds=CLEANUP_TIMEOUT_S + 1)
    kind = type("Cleaned", (world.driver("a").lifecycle,), {"cleanup_after_crash": True})  # type: ignore[arg-type]
    report = world.start(world.plan([Driver("a", lifecycle=kind)]), stop_timeout=2.0, crashed=["a"])
    reason = REASON.replace("start", "cleanup").replace("3.0", f"{CLEANUP_TIMEOUT_S + 1}")
    assert report["a"].reason == f"cleanup: {reason}"


@pytest.mark.parametrize("verb", ["stop", "cleanup"])
@pytest.mark.parametrize("deed", STEPS)
def test_a_stop_beyond_its_deadline_is_no_good_stop(
    world: World, verb: str, deed: Callable[..., Awaitable[None]]
) -> None:
    world.deeds[f"a:{verb}"] = deed
    report = world.start_and_stop(world.plan([world.driver("a")]), stop_timeout=2.0)
    assert report["a"].stop_error == REASON.replace("start", verb)
    assert not report["a"].stragglers
    assert not report.ok


@pytest.mark.parametrize("verb", ["stop", "cleanup"])
def test_a_stop_within_its_deadline_is_noted(world: World, verb: str) -> None:
    world.deeds[f"a:{verb}"] = later
    report = world.start_and_stop(world.plan([world.driver("a")]))
    assert report.ok
    assert report.notes == (REASON.replace("start", verb),)


# The others


async def two_naps(context: Context) -> None:
    await asyncio.sleep(0.9)
    await asyncio.sleep(0.9)


@pytest.mark.parametrize("how", ["swift", "called"])
@pytest.mark.parametrize("deed", [*STEPS, when_cancelled])
def test_nobody_else_is_charged_for_it(world: World, deed: Callable[..., Awaitable[None]], how: str) -> None:
    names = ("b", "c", "d")
    world.deeds.update({f"{name}:start": two_naps for name in names})
    drivers = [driver(world, deed, how), *(world.driver(name) for name in names)]
    report = world.start(world.plan(drivers), timeout=2.0, on_failure="isolate")
    assert {report[name].state for name in names} == {State.READY}
    assert report["a"].state is State.FAILED


def test_the_time_that_others_have_left_does_not_shrink(world: World) -> None:
    left: list[float] = []

    async def looks(context: Context) -> None:
        await asyncio.sleep(0.2)
        left.append(context.remaining)

    world.deeds["b:start"] = looks
    world.start(world.plan([driver(world, later, "swift"), world.driver("b")]), timeout=5.0)
    assert left == [pytest.approx(4.9, abs=0.01)]


def test_who_hangs_meanwhile_still_fails_in_the_end(world: World) -> None:
    world.deeds["b:start"] = lambda _: asyncio.sleep(1000)
    plan = world.plan([driver(world, partial(later, seconds=1.0), "swift"), world.driver("b")])
    report = world.start(plan, timeout=2.0, on_failure="isolate")
    assert report["a"].state is State.READY
    assert report["b"].reason == "b:start did not end within 2 s"
    assert report["b"].seconds == pytest.approx(3.0, abs=0.1)


def test_who_blocked_has_less_time_than_those_that_started_before(world: World) -> None:
    async def blocks_and_hangs(context: Context) -> None:
        block(3)
        await asyncio.sleep(1000)

    world.deeds["a:start"] = blocks_and_hangs
    world.deeds["b:start"] = world.deeds["d:start"] = lambda _: asyncio.sleep(1000)
    world.deeds["c:start"] = lambda _: asyncio.sleep(0.5)
    drivers = [world.driver("b"), world.driver("c"), world.driver("a", requires("c")), world.driver("d", requires("c"))]
    report = world.start(world.plan(drivers), timeout=3.5, on_failure="isolate")
    assert report["a"].seconds == pytest.approx(3.5, abs=0.01)
    assert report["b"].seconds == pytest.approx(6.5, abs=0.01)
    assert report["d"].seconds == pytest.approx(3.5, abs=0.01), "it had not started when the other one blocked"


def test_a_slow_stop_is_no_straggler_because_another_one_blocks(world: World) -> None:
    async def ends_late(context: Context) -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(0.08)

    async def blocks_then(context: Context) -> None:
        await asyncio.sleep(2.02)
        block(3)

    world.deeds.update({"b:stop": ends_late, "a:stop": blocks_then})
    plan = world.plan([world.driver("a", policy=Policy(stop_timeout=20.0)), world.driver("b")])
    report = world.start_and_stop(plan, stop_timeout=2.0)
    assert report["b"].stop_error == "b:stop did not end within 2 s"
    assert report["b"].stragglers == ()
    assert report.notes == (REASON.replace("start", "stop"),)


# The run as a whole


@pytest.mark.parametrize("how", ["swift", "called"])
@pytest.mark.parametrize("deed", STEPS)
def test_the_run_is_over_where_its_own_deadline_is(
    world: World, deed: Callable[..., Awaitable[None]], how: str
) -> None:
    plan = world.plan([driver(world, deed, how), world.driver("b", requires("a"))])
    report = world.start(plan, deadline=2.0)
    assert report.problem.startswith("the start did not end within 2 s: a:start has run for 3")
    assert not report.ready
    assert not report["b"].begun
    assert report.notes == (REASON,)


def test_a_stop_that_was_asked_for_meanwhile_is_heard(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(
            world.plan([driver(world, in_the_middle, "called"), world.driver("b", requires("a"))])
        )
        asyncio.get_running_loop().call_later(1, executor.request_stop)
        return await executor.start()

    report = run_virtually(main())
    assert report.interrupted
    assert report.notes == (REASON,)
    assert not report["b"].begun


class SlowToMake(Swift):
    seconds = 3.0

    def __init__(self) -> None:
        block(self.seconds)

    async def start(self, context: Context) -> None: ...


class SlowToMakeAndAsked(SlowToMake):
    async def probe(self, context: Context) -> None: ...


@pytest.mark.parametrize("kind", [SlowToMake, SlowToMakeAndAsked])
def test_a_constructor_that_blocks_is_treated_like_a_method(world: World, kind: type[Lifecycle]) -> None:
    said = "making the lifecycle of a blocked the event loop for 3.0 s; use a plain method or a thread"
    plan = world.plan([Driver("a", lifecycle=kind), world.driver("b", requires("a"))])
    assert world.start(plan).notes == (said,)
    assert world.start(plan, timeout=2.0)["a"].reason == said
    late = world.start(plan, deadline=2.0)
    assert late.problem == "the start did not end within 2 s"
    assert [outcome.begun for outcome in late.outcomes] == [False, False]


def test_a_reload_notes_it_too(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("b")]))
        await executor.start()
        reloaded = await executor.reload(world.plan([driver(world, later, "called")]))
        assert reloaded.ok
        return await executor.stop()

    assert run_virtually(main()).notes == (REASON,)


def test_a_simulation_does_not_see_it() -> None:
    class Sleeps(Lifecycle):
        async def start(self, context: Context) -> None:
            time.sleep(0.06)  # noqa: ASYNC251  that is the point

    plan: Plan = DependencyGraph([Driver("a", lifecycle=Sleeps)]).collapse()
    found = simulate(plan, ["a"], "plan", restarts=2, seed=1, needs=())  # type: ignore[arg-type]
    assert found.seconds == 0.0


@pytest.mark.parametrize("on_failure", list(OnFailure))
def test_it_holds_on_the_real_clock(on_failure: OnFailure) -> None:
    class Sleeps(Lifecycle):
        async def start(self, context: Context) -> None:
            await asyncio.sleep(0)
            time.sleep(0.3)  # noqa: ASYNC251  as above

    class Plain(Lifecycle):
        def start(self, context: Context) -> None:
            time.sleep(0.3)

    recorder = Recorder()
    plan = DependencyGraph([Driver("a", lifecycle=Sleeps, policy=Policy(timeout=0.2)), Driver("b", lifecycle=Plain)])

    async def main() -> Report:
        executor = Executor(plan.collapse(), reporters=(recorder,), on_failure=on_failure)
        await executor.start()
        return await executor.stop()

    report = asyncio.run(main())
    assert "a:start blocked the event loop for 0." in report["a"].reason
    assert report["b"].reason == "" or on_failure is OnFailure.ABORT


async def in_a_task(context: Context, seconds: float = 3.0) -> None:
    await asyncio.create_task(first(context, seconds))


async def in_a_callback(context: Context, seconds: float = 3.0) -> None:
    asyncio.get_running_loop().call_soon(block, seconds)
    await asyncio.sleep(0)


async def in_one_of_several(context: Context, seconds: float = 3.0) -> None:
    await asyncio.gather(first(context, seconds), asyncio.sleep(0))


@pytest.mark.parametrize("how", ["swift", "called"])
@pytest.mark.parametrize("deed", [in_a_task, in_a_callback, in_one_of_several])
def test_one_whose_own_task_blocks_beyond_the_deadline_does_not_become_ready(
    world: World, deed: Callable[..., Awaitable[None]], how: str
) -> None:
    report = world.start(world.plan([driver(world, deed, how)]), timeout=2.0)
    assert report["a"].state is State.FAILED
    assert report["a"].reason == "a:start did not end within 2 s"
    assert world.start(world.plan([driver(world, deed, how)]), timeout=4.0).ok


def test_an_error_of_its_own_says_more_than_that_it_came_late(world: World) -> None:
    async def failing(context: Context) -> NoReturn:
        await in_a_task(context)
        raise ValueError("no disk")

    report = world.start(world.plan([driver(world, failing, "called")]), timeout=2.0)
    assert report["a"].reason == "ValueError: no disk"

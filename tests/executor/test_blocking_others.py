"""While one method blocks the event loop, no other driver is charged for it, and the run keeps its deadlines."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.executor.blocking import (
    REASON,
    STEPS,
    Swift,
    block,
    driver,
    first,
    in_the_middle,
    later,
    when_cancelled,
)
from tests.executor.conftest import Recorder, World
from tierdeps.clock import VirtualLoop, run_virtually
from tierdeps.engines.local import _Local
from tierdeps.executor import Executor
from tierdeps.executor.invoke import Holds, Timer
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, OnFailure, Policy, Process, State, requires
from tierdeps.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tierdeps.model import Plan, Report


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
    said = "creating the lifecycle of a blocked the event loop for 3.0 s; use a plain method or a thread"
    plan = world.plan([Driver("a", lifecycle=kind), world.driver("b", requires("a"))])
    assert world.start(plan).notes == (said,)
    assert world.start(plan, timeout=2.0)["a"].reason == said
    late = world.start(plan, deadline=2.0)
    assert late.problem == "the start did not end within 2 s"
    assert [outcome.begun for outcome in late.outcomes] == [False, False]


def test_work_of_our_own_is_charged_and_not_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long it takes to make or check a process depends on the machine: the user cannot make it quicker."""

    class Ours(Swift):
        def __init__(self) -> None:
            block(3.0)

        async def start(self, context: Context) -> None:
            await first(context)

    made = _Local.instantiate
    monkeypatch.setattr(
        _Local, "instantiate", lambda worker, driver: Ours() if driver.process else made(worker, driver)
    )
    plan = world.plan([Driver("a", process=Process(("true",))), world.driver("b", requires("a"))])
    report = world.start(plan)
    assert report.ok
    assert report.notes == ()
    assert world.start(plan, timeout=2.0)["a"].state is State.FAILED, "its own deadline counts all the same"


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
    assert found.makespan.longest == 0.0


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


def test_a_timer_goes_on_from_where_it_was_blocked() -> None:
    """What was left of its time before the loop was blocked is what it has afterwards, and no more."""

    async def rings_at() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        holds, started, rang = Holds(), loop.time(), loop.create_future()
        Timer(loop, holds, 1.0, partial(rang.set_result, None))
        await asyncio.sleep(0.25)
        loop.block(7.0)
        holds.seconds += 7.0
        await rang
        return loop.time() - started

    assert run_virtually(rings_at()) == pytest.approx(8.0)

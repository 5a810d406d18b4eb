"""Stops: at the end, in the middle, and against those that will not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.executor.methods import deaf, hang
from tierdeps.clock import run_virtually
from tierdeps.model import Policy, State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report


async def fail(context: Context) -> NoReturn:
    raise ValueError("busy")


def chain(world: World) -> Plan:
    return world.plan([world.driver("a"), world.driver("b", requires("a")), world.driver("c", requires("b"))])


def stop_after(world: World, plan: Plan, seconds: float, **options: object) -> Report:
    async def main() -> Report:
        executor: Executor = world.executor(plan, **options)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(seconds)
        await executor.stop()
        return await start

    return run_virtually(main())


def test_stops_in_reverse_order(world: World) -> None:
    assert world.start_and_stop(chain(world)).ok
    assert world.stops == ["c", "b", "a"]


def test_stops_in_parallel_where_no_edge_forbids_it(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("c", requires("a"), requires("b"))])
    report = world.start_and_stop(plan)
    assert world.stops[0] == "c"
    assert report.seconds == pytest.approx(4)


def test_under_a_limit_of_one_the_stop_is_the_start_reversed(world: World) -> None:
    world.start_and_stop(world.plan([world.driver(name) for name in "dacb"]), jobs=1)
    started = [entry.removesuffix(":start") for entry in world.log if entry.endswith(":start")]
    assert world.stops == started[::-1]


def test_a_later_tier_is_stopped_before_an_earlier_one(world: World) -> None:
    plan = world.plan([world.driver("a", tier="two"), world.driver("z", tier="one")], tiers=("one", "two"))
    world.start_and_stop(plan)
    assert world.log.index("a:stop done") < world.log.index("z:stop")


def test_drivers_that_need_each_other_stop_as_they_became_ready_reversed(world: World) -> None:
    both = ("initialize", "autostart")
    storage = world.driver("storage", requires("qemu:initialize", phase="autostart"), phases=both)
    qemu = world.driver("qemu", requires("storage:initialize", phase="initialize"), phases=both)
    world.start_and_stop(world.plan([storage, qemu]))
    ready = [event.driver for event in world.recorder.events if event.state is State.READY]
    assert world.stops == ready[::-1]


def test_a_failure_stops_what_started_in_reverse(world: World) -> None:
    world.deeds["c:start"] = fail
    report = world.start(chain(world))
    assert world.stops == ["c", "b", "a"]
    assert [outcome.driver for outcome in report.root_causes] == ["c"]
    assert not report.interrupted
    assert all(outcome.stopped for outcome in report.outcomes)


@pytest.mark.parametrize(("seconds", "stopped"), [(0.5, ["a"]), (1.5, ["b", "a"]), (2.5, ["c", "b", "a"])])
def test_a_stop_during_the_start_stops_what_started(world: World, seconds: float, stopped: list[str]) -> None:
    report = stop_after(world, chain(world), seconds)
    assert world.stops == stopped
    assert report.interrupted


def test_a_running_phase_is_cancelled(world: World) -> None:
    world.deeds["a:start"] = hang
    report = stop_after(world, world.plan([world.driver("a")]), 3)
    assert report["a"].state is State.STARTING
    assert report["a"].reason == "start was cancelled by the stop"
    assert report.seconds == pytest.approx(4)
    assert report.root_causes == ()


def test_a_running_phase_is_awaited_where_its_policy_says_so(world: World) -> None:
    async def long(context: Context) -> None:
        await asyncio.sleep(10)

    world.deeds["a:start"] = long
    plan = world.plan([world.driver("a", policy=Policy(on_cancel="wait"))])  # type: ignore[arg-type]
    report = stop_after(world, plan, 3)
    assert report["a"].state is State.READY
    assert world.log == ["a:start", "a:start done", "a:stop", "a:stop done"]


def test_what_is_awaited_still_has_its_deadline(world: World) -> None:
    world.deeds["a:start"] = hang
    plan = world.plan([world.driver("a", policy=Policy(on_cancel="wait"))])  # type: ignore[arg-type]
    report = stop_after(world, plan, 3, timeout=5)
    assert report["a"].state is State.FAILED
    assert report["a"].stopped


def test_cancelling_the_start_stops_what_started(world: World) -> None:
    async def main() -> None:
        executor = world.executor(chain(world))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(executor.start(), 1.5)

    run_virtually(main())
    assert world.stops == ["b", "a"]


def test_a_stop_happens_once_whoever_asks(world: World) -> None:
    async def main() -> None:
        executor = world.executor(chain(world))
        await executor.start()
        first, second = await asyncio.gather(executor.stop(), executor.stop())
        assert first is second
        assert await executor.stop() is first

    run_virtually(main())
    assert world.stops == ["c", "b", "a"]


def test_errors_in_stop_are_gathered_and_stop_nobody_from_being_stopped(world: World) -> None:
    world.deeds["c:stop"] = world.deeds["b:cleanup"] = fail
    report = world.start_and_stop(chain(world))
    assert world.stops == ["c", "b", "a"]
    assert report["c"].stop_error == "ValueError: busy"
    assert report["b"].stop_error == "ValueError: busy"
    assert report["a"].stopped
    assert not report.ok


def test_cleanup_comes_last(world: World) -> None:
    async def nothing(context: Context) -> None: ...

    world.deeds["a:cleanup"] = nothing
    world.start_and_stop(world.plan([world.driver("a")]))
    assert world.log[-4:] == ["a:stop", "a:stop done", "a:cleanup", "a:cleanup done"]


def test_a_straggler_is_named_at_its_deadline_and_left_behind(world: World) -> None:
    world.deeds["b:stop"] = deaf
    report = world.start_and_stop(chain(world), stop_timeout=5)
    assert report["b"].stop_error == "b:stop did not end within 5 s"
    assert report["b"].stragglers == ("b:stop was still running 5 s after it was cancelled",)
    assert world.stops == ["c", "b", "a"]
    assert report["a"].stopped


def test_a_phase_that_ignores_its_cancellation_is_a_straggler(world: World) -> None:
    world.deeds["a:start"] = deaf
    report = stop_after(world, world.plan([world.driver("a")]), 3, stop_timeout=5)
    assert report["a"].stragglers == ("a:start was still running 5 s after it was cancelled",)
    assert world.stops == ["a"]
    assert report.seconds == pytest.approx(9)


def test_an_expedited_stop_leaves_a_second_for_each_thing(world: World) -> None:
    world.deeds["c:stop"] = world.deeds["b:stop"] = hang

    async def main() -> Report:
        executor = world.executor(chain(world))
        await executor.start()
        stop = asyncio.create_task(executor.stop())
        await asyncio.sleep(2)
        executor.expedite()
        return await stop

    report = run_virtually(main())
    assert world.stops == ["c", "b", "a"]
    assert report["c"].stop_error == "c:stop did not end within 1 s"
    assert report["c"].stragglers == report["b"].stragglers == ()
    assert report.seconds == pytest.approx(3 + 2 + 3)


def test_how_long_a_call_has_run_is_counted_from_its_beginning_when_it_is_expedited(world: World) -> None:
    world.deeds["a:stop"] = hang

    async def main() -> tuple[str, ...]:
        executor = world.executor(world.plan([world.driver("a")]))
        await executor.start()
        stop = asyncio.create_task(executor.stop())
        await asyncio.sleep(20)
        executor.expedite()
        await asyncio.sleep(0.5)
        waiting = executor.waiting()
        await stop
        return waiting

    assert run_virtually(main()) == ("a:stop has run for 20.5 s",)


def test_who_looks_sees_that_a_stop_is_expedited(world: World) -> None:
    async def look(context: Context) -> None:
        while context.remaining > 1:  # noqa: ASYNC110  nothing else tells
            await asyncio.sleep(0.25)

    world.deeds["a:stop"] = world.deeds["a:cleanup"] = look

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]))
        await executor.start()
        stop = asyncio.create_task(executor.stop())
        await asyncio.sleep(2)
        executor.expedite()
        return await stop

    report = run_virtually(main())
    assert report["a"].stopped
    assert report["a"].stragglers == ()


def test_what_ends_a_moment_after_it_was_cancelled_is_no_straggler(world: World) -> None:
    async def slow(context: Context) -> None:
        try:
            await hang(context)
        finally:
            await asyncio.sleep(0.05)

    world.deeds["b:stop"] = slow
    report = world.start_and_stop(chain(world), stop_timeout=5)
    assert report["b"].stop_error == "b:stop did not end within 5 s"
    assert report["b"].stragglers == ()
    assert world.stops == ["c", "b", "a"]


def test_a_stop_has_a_deadline_and_then_stops_the_rest_at_once(world: World) -> None:
    world.deeds["c:stop"] = hang
    report = world.start_and_stop(chain(world), deadline=20, stop_timeout=300)
    assert report.seconds <= 3 + 20 + 3
    assert sorted(world.stops) == ["a", "b", "c"]
    assert report.problem == "the stop ran out of time; the rest was stopped at once, in no order: a, b"


def test_no_step_starts_once_a_stop_is_requested(world: World) -> None:
    async def main() -> None:
        executor = world.executor(chain(world))
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(0.5)
        executor.request_stop()
        await start

    run_virtually(main())
    assert "b:start" not in world.log


def test_a_stop_before_any_start_does_nothing(world: World) -> None:
    async def main() -> Report:
        return await world.executor(chain(world)).stop()

    assert all(outcome.state is State.PENDING for outcome in run_virtually(main()).outcomes)
    assert world.log == []


def test_what_is_left_running_is_not_stopped(world: World) -> None:
    async def main() -> None:
        executor = world.executor(chain(world))
        await executor.start()
        executor.release()
        await executor.stop()

    run_virtually(main())
    assert world.stops == []
    assert len(world.recorder.ended) == 1

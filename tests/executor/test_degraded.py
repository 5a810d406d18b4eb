"""Drivers that are ready though some of their parts are not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, told
from tierdeps.clock import run_virtually
from tierdeps.engines import local
from tierdeps.errors import RunFailedError
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Policy, State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.model import Event, Plan


async def one_dead_pool(context: Context) -> None:
    context.degraded("pool dead: its folder is gone")


def storage_and_qemu(world: World, **more: object) -> Plan:
    phases = ("initialize", "autostart")
    return world.plan(
        [
            world.driver("storage", tier="one", phases=phases, **more),
            world.driver("guest", requires("storage"), tier="one"),
            world.driver("qemu", tier="two"),
        ],
        tiers=("one", "two"),
    )


def ready_events(world: World, driver: str) -> list[Event]:
    events = world.recorder.events
    return [event for event in events if (event.driver, event.state, event.mark) == (driver, State.READY, None)]


def test_a_degraded_driver_is_ready_and_opens_its_barrier(world: World) -> None:
    world.deeds["storage:autostart"] = one_dead_pool
    report = world.start(storage_and_qemu(world))
    assert [outcome.state for outcome in report.outcomes] == [State.READY] * 3
    assert report.ready
    assert not report.ok
    assert [(one.driver, one.degraded) for one in report.degraded] == [("storage", "pool dead: its folder is gone")]
    assert world.stops == []


def test_the_event_of_being_ready_says_so(world: World) -> None:
    world.deeds["storage:autostart"] = one_dead_pool
    world.start(storage_and_qemu(world))
    assert [event.reason for event in ready_events(world, "storage")] == ["degraded: pool dead: its folder is gone"]
    assert [event.reason for event in ready_events(world, "qemu")] == [""]


def test_parts_of_several_phases_are_all_named_and_each_once(world: World) -> None:
    async def two(context: Context) -> None:
        for reason in ("pool a", "pool b", "pool a"):
            context.degraded(reason)

    world.deeds |= {"storage:initialize": one_dead_pool, "storage:autostart": two}
    report = world.start(storage_and_qemu(world))
    assert report["storage"].degraded == "pool dead: its folder is gone; pool a; pool b"


def test_what_a_failed_attempt_reported_is_forgotten(world: World) -> None:
    attempts = []

    async def comes_later(context: Context) -> None:
        attempts.append(context.phase)
        if len(attempts) == 1:
            context.degraded("pool of the first attempt")
            raise ValueError("not yet")

    world.deeds |= {"storage:initialize": one_dead_pool, "storage:autostart": comes_later}
    report = world.start(storage_and_qemu(world, policy=Policy(retries=1)))
    assert report["storage"].degraded == "pool dead: its folder is gone"


def test_a_call_that_was_abandoned_degrades_nothing_any_more(world: World) -> None:
    attempts = []

    async def deaf(context: Context) -> None:
        attempts.append(context)
        if len(attempts) == 1:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                context.degraded("too late")

    world.deeds["storage:autostart"] = deaf
    report = world.start(storage_and_qemu(world, policy=Policy(retries=1, timeout=5.0)))
    assert len(attempts) == 2
    assert report.ok


def test_a_driver_that_fails_is_failed_and_not_degraded(world: World) -> None:
    async def fails(context: Context) -> NoReturn:
        context.degraded("pool a")
        raise ValueError("no")

    world.deeds["storage:autostart"] = fails
    report = world.start(storage_and_qemu(world), on_failure="isolate")
    assert report["storage"].state is State.FAILED
    assert report.degraded == ()


def test_a_driver_that_is_ready_may_become_degraded_later(world: World) -> None:
    kept: list[Context] = []

    async def keep(context: Context) -> None:
        kept.append(context)

    world.deeds["storage:autostart"] = keep
    executor = world.executor(storage_and_qemu(world))

    async def main() -> None:
        assert (await executor.start()).ok
        kept[0].degraded("pool lost")
        await asyncio.sleep(1)
        assert not executor.report().ok
        assert executor.report()["storage"].degraded == "pool lost"
        report = await executor.stop()
        assert report["storage"].degraded == "pool lost"
        assert report["storage"].stopped

    run_virtually(main())
    assert [event.reason for event in ready_events(world, "storage")] == ["", "degraded: pool lost"]


def test_plain_methods_in_threads_may_say_it_too(world: World) -> None:
    del world

    class Storage(Lifecycle):
        def start(self, context: Context) -> None:
            context.degraded("pool dead")

    plan = DependencyGraph([Driver("storage", lifecycle=Storage)]).collapse()

    async def main() -> None:
        async with asyncio.timeout(60):
            executor = Executor(plan, engine=local.ENGINE)
            report = await executor.start()
            assert report["storage"].state is State.READY
            assert report["storage"].degraded == "pool dead"
            await executor.stop()

    asyncio.run(main())


@pytest.mark.parametrize("still", [True, False])
def test_a_reload_says_again_what_is_degraded(world: World, *, still: bool) -> None:
    driver = Kinds(world)

    async def again(context: Context) -> None:
        if still:
            context.degraded("pool dead, still")

    world.deeds |= {"storage:start": one_dead_pool, "storage:reload": again}
    plan = world.plan([driver("storage")])
    reloaded, _ = change(world, plan, plan, settings=told(storage={"pools": 3}))
    assert reloaded.ok is not still
    assert reloaded.report["storage"].degraded == ("pool dead, still" if still else "")
    said = "degraded: pool dead, still" if still else ""
    assert [event.reason for event in ready_events(world, "storage")][-1] == said


def test_leaving_the_context_of_an_executor_names_what_is_degraded(world: World) -> None:
    world.deeds["storage:autostart"] = one_dead_pool

    async def main() -> None:
        async with world.executor(storage_and_qemu(world)):
            assert "qemu:start done" in world.log

    with pytest.raises(RunFailedError, match="storage: degraded: pool dead: its folder is gone"):
        run_virtually(main())

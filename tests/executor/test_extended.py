"""Calls that ask for more time while they go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tierdeps.engines import local
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, State

if TYPE_CHECKING:
    from tests.executor.conftest import World


async def four_guests(context: Context) -> None:
    for _ in range(4):
        context.extend(context.timeout)
        await asyncio.sleep(8)


def test_a_call_that_asks_for_time_before_each_thing_has_it_for_each(world: World) -> None:
    world.deeds["qemu:start"] = four_guests
    report = world.start(world.plan([world.driver("qemu")]), timeout=10)
    assert report["qemu"].state is State.READY


def test_without_that_its_time_is_over(world: World) -> None:
    async def asks_once(context: Context) -> None:
        context.extend(context.timeout)
        await asyncio.sleep(32)

    world.deeds["qemu:start"] = asks_once
    report = world.start(world.plan([world.driver("qemu")]), timeout=10)
    assert report["qemu"].reason == "qemu:start did not end within 10 s"
    assert report["qemu"].seconds == pytest.approx(10.0)


def test_what_remains_is_seen_at_once_and_never_becomes_less(world: World) -> None:
    seen = []

    async def looks(context: Context) -> None:
        await asyncio.sleep(5)
        seen.append(context.remaining)
        context.extend(8)
        seen.append(context.remaining)
        context.extend(2)
        seen.append(context.remaining)
        await asyncio.sleep(7)

    world.deeds["qemu:start"] = looks
    assert world.start(world.plan([world.driver("qemu")]), timeout=10).ok
    assert seen == pytest.approx([5.0, 8.0, 8.0])


def test_the_time_of_others_stays_as_it_is(world: World) -> None:
    async def hangs(context: Context) -> None:
        await asyncio.Event().wait()

    world.deeds |= {"qemu:start": four_guests, "other:start": hangs, "late:start": hangs}
    plan = world.plan([world.driver("qemu"), world.driver("other"), world.driver("late")])
    report = world.start(plan, timeout=10, on_failure="isolate")
    assert report["qemu"].state is State.READY
    assert (report["other"].seconds, report["late"].seconds) == pytest.approx((10.0, 10.0))


def test_the_deadline_of_the_run_holds_all_the_same(world: World) -> None:
    async def for_ever(context: Context) -> None:
        while True:
            context.extend(context.timeout)
            await asyncio.sleep(1)

    world.deeds["qemu:start"] = for_ever
    report = world.start(world.plan([world.driver("qemu")]), timeout=10, deadline=60)
    assert "did not end within 60 s" in report.problem


def test_a_plain_method_in_a_thread_may_ask_too() -> None:
    given: list[float] = []

    class Qemu(Lifecycle):
        def start(self, context: Context) -> None:
            context.extend(500)
            given.append(context.remaining)

    plan = DependencyGraph([Driver("qemu", lifecycle=Qemu)]).collapse()

    async def main() -> None:
        executor = Executor(plan, engine=local.ENGINE, timeout=60)
        assert (await executor.start()).ok
        await executor.stop()

    asyncio.run(main())
    assert given[0] > 60

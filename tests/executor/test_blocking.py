"""An async method that blocks the event loop: beyond its deadline it fails, within it a note names it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.executor.blocking import (
    REASON,
    STEPS,
    block,
    driver,
    first,
    later,
)
from tierdeps.clock import run_virtually
from tierdeps.engines import local
from tierdeps.executor import Executor
from tierdeps.executor.bring_up import CLEANUP_TIMEOUT_S
from tierdeps.model import Driver, Policy, State

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


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
    report = world.start(world.plan([Driver("a", lifecycle=kind)]), stop_timeout=2.0, orphaned=["a"])
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

"""What a killed run left is cleaned up, and what stopped working is reported."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.model import Driver, State, StepEvent

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


async def nothing(context: Context) -> None: ...


async def yes(context: Context) -> bool:
    return True


async def fail(context: Context) -> NoReturn:
    raise OSError("still mounted")


async def hang(context: Context) -> None:
    await asyncio.Event().wait()


def orphaned(world: World, name: str = "a", *, asks: bool = True) -> Driver:
    """Declare a driver whose class asks to be cleaned up after a crash, or does not."""
    world.deeds.setdefault(f"{name}:cleanup", nothing)
    driver = world.driver(name)
    driver.lifecycle.cleanup_after_crash = asks  # type: ignore[union-attr]  # it is a class here
    return driver


def test_what_a_killed_run_had_started_is_cleaned_up_first(world: World) -> None:
    report = world.start(world.plan([orphaned(world), orphaned(world, "b")]), orphaned=["a"])
    assert report.ok
    assert world.log.index("a:cleanup done") < world.log.index("a:start")
    assert "b:cleanup" not in world.log
    told = [(event.state, event.mark) for event in world.recorder.events if event.phase == "cleanup"]
    assert told == [(State.PENDING, StepEvent.STARTED), (State.PENDING, StepEvent.DONE)]


def test_nobody_is_cleaned_up_whose_class_does_not_ask(world: World) -> None:
    world.start(world.plan([orphaned(world, asks=False)]), orphaned=["a"])
    assert "a:cleanup" not in world.log


@pytest.mark.parametrize("verb", ["probe", "adopt"])
def test_what_is_skipped_or_adopted_is_left_alone(world: World, verb: str) -> None:
    world.deeds[f"a:{verb}"] = yes
    world.start(world.plan([orphaned(world)]), orphaned=["a"])
    assert world.log == [f"a:{verb}", f"a:{verb} done"]


def test_a_failed_cleanup_fails_the_driver(world: World) -> None:
    world.deeds["a:cleanup"] = fail
    report = world.start(world.plan([orphaned(world)]), orphaned=["a"])
    assert report["a"].state is State.FAILED
    assert report["a"].reason == "cleanup: OSError: still mounted"
    assert not report["a"].begun
    assert world.log == ["a:cleanup"]
    assert [event.reason for event in world.recorder.events if event.mark is StepEvent.FAILED] == [
        "OSError: still mounted"
    ]


@pytest.mark.parametrize(("stop_timeout", "seconds"), [(0.1, 60), (1, 60), (59, 60), (61, 61), (300, 300)])
def test_a_cleanup_has_a_minute_and_longer_where_a_stop_does(world: World, stop_timeout: float, seconds: int) -> None:
    world.deeds["a:cleanup"] = hang
    report = world.start(world.plan([orphaned(world)]), orphaned=["a"], stop_timeout=stop_timeout)
    assert report["a"].reason == f"cleanup: a:cleanup did not end within {seconds} s"


def test_a_stop_during_the_cleanup_starts_nothing(world: World) -> None:
    async def main() -> None:
        executor = world.executor(world.plan([orphaned(world)]), orphaned=["a"])
        running = asyncio.create_task(executor.start())
        await asyncio.sleep(1)
        await executor.stop()
        assert (await running).interrupted

    world.deeds["a:cleanup"] = hang
    run_virtually(main())
    assert world.log == ["a:cleanup"]


def test_a_loss_reaches_the_loop_from_any_thread(world: World) -> None:
    kept: list[Context] = []

    async def keep(context: Context) -> None:
        kept.append(context)

    async def main() -> Report:
        world.deeds["a:start"] = keep
        executor = world.executor(world.plan([world.driver("a")]), on_failure="isolate")
        await executor.start()
        thread = Thread(target=kept[0].lost, args=("the pool is gone",))
        thread.start()
        thread.join()
        assert executor.report()["a"].state is State.READY, "nothing is done in the thread"
        await asyncio.sleep(1)
        return executor.report()

    report = run_virtually(main())
    assert (report["a"].start_state, report["a"].reason) == (State.FAILED, "the pool is gone")
    count = len(world.recorder.events)
    kept[0].lost("the loop is closed")
    assert len(world.recorder.events) == count

"""The limit of calls at a time: whatever happens to a driver, its place is given on, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.executor.methods import deaf, hang
from tierdeps.clock import run_virtually
from tierdeps.model import OnCancel, Policy, State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report

#: What runs once the first driver is done with; its names sort behind that one's.
OTHERS = tuple(f"other{number}" for number in range(6))


class Count:
    """How many calls of drivers run at a time."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def __call__(self, context: Context) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(1)
        self.now -= 1


async def fail(context: Context) -> NoReturn:
    raise ValueError("no")


async def fail_later(context: Context) -> NoReturn:
    await asyncio.sleep(0.5)
    raise ValueError("no")


async def lost_at_once(context: Context) -> None:
    context.lost("gone")
    await asyncio.sleep(1000)


async def fail_and_be_lost(context: Context) -> NoReturn:
    asyncio.get_running_loop().call_later(1, context.lost, "gone")
    raise ValueError("no")


async def broken(context: Context) -> None:
    context.failed(ZeroDivisionError("ours"))
    await asyncio.sleep(1000)


async def reason(context: Context) -> str:
    return "no disk"


async def reason_later(context: Context) -> str:
    await asyncio.sleep(0.5)
    return "no disk"


async def yes(context: Context) -> bool:
    return True


FATES = {
    "succeeds": ("start", None),
    "fails": ("start", fail),
    "fails later": ("start", fail_later),
    "hangs": ("start", hang),
    "goes on after its deadline": ("start", deaf),
    "is lost": ("start", lost_at_once),
    "is lost in a pause": ("start", fail_and_be_lost),
    "breaks": ("start", broken),
    "is skipped": ("probe", reason),
    "is skipped later": ("probe", reason_later),
    "has a probe that fails": ("probe", fail_later),
    "is adopted": ("adopt", yes),
    "cannot be adopted": ("adopt", fail),
}


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("fate", FATES)
def test_as_many_calls_run_at_a_time_as_may_whatever_becomes_of_a_driver(
    world: World, fate: str, jobs: int, retries: int
) -> None:
    count = Count()
    verb, deed = FATES[fate]
    if deed is not None:
        world.deeds[f"first:{verb}"] = deed
    # They start once nothing is to come of the first one any more.
    world.deeds.update({f"{name}:start": count for name in OTHERS})
    world.deeds["clock:start"] = lambda _: asyncio.sleep(30)
    policy = Policy(retries=retries, backoff=3)
    drivers = [
        world.driver("first", policy=policy),
        world.driver("clock"),
        *(world.driver(name, requires("clock")) for name in OTHERS),
    ]
    durations = {"first:start": 1000.0}
    report = world.start(world.plan(drivers), jobs=jobs, on_failure="isolate", timeout=31, durations=durations)
    assert all(report[name].state is State.READY for name in OTHERS)
    assert count.most == jobs


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_as_many_drivers_are_stopped_at_a_time_as_may(world: World, jobs: int) -> None:
    count = Count()
    world.deeds.update({f"{name}:stop": count for name in OTHERS})
    report = world.start_and_stop(world.plan([world.driver(name) for name in OTHERS]), jobs=jobs)
    assert all(outcome.stopped for outcome in report.outcomes)
    assert count.most == jobs
    assert report.seconds == pytest.approx(2 * 6 / jobs)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_as_many_are_started_at_a_time_by_a_reload(world: World, jobs: int) -> None:
    count = Count()
    world.deeds.update({f"{name}:start": count for name in OTHERS})

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]), jobs=jobs)
        await executor.start()
        reloaded = await executor.reload(world.plan([world.driver(name) for name in OTHERS]))
        return reloaded.report

    assert run_virtually(main()).ready
    assert count.most == jobs


def test_what_was_tried_again_goes_before_shorter_ways(world: World) -> None:
    async def fail_once(context: Context) -> None:
        if world.log.count("long:start") == 1:
            raise ValueError("no")
        await asyncio.sleep(1)

    world.deeds["long:start"] = fail_once
    world.deeds["short0:start"] = lambda _: asyncio.sleep(10)
    drivers = [world.driver("long", policy=Policy(retries=1, backoff=2))]
    drivers += [world.driver(f"short{number}") for number in range(3)]
    durations = {"long:start": 50.0, "short0:start": 10.0, "short1:start": 5.0, "short2:start": 5.0}
    world.start(world.plan(drivers), jobs=1, durations=durations)
    started = [entry for entry in world.log if entry.endswith(":start")]
    assert started == ["long:start", "short0:start", "long:start", "short1:start", "short2:start"]


def test_who_has_no_place_yet_waits_for_its_turn(world: World) -> None:
    async def main() -> tuple[str, ...]:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b")]), jobs=1)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(0.5)
        waiting = executor.waiting()
        await start
        return waiting

    assert run_virtually(main()) == ("a:start has run for 0.5 s", "b:start waits for its turn")


def test_one_that_is_lost_while_it_waits_between_its_phases_fails_and_is_stopped(world: World) -> None:
    async def initialize(context: Context) -> None:
        asyncio.get_running_loop().call_later(3, context.lost, "gone")

    world.deeds.update({"a:initialize": initialize, "b:start": hang, "b:stop": lambda _: asyncio.sleep(10)})
    drivers = [
        world.driver("a", requires("b", phase="autostart"), phases=("initialize", "autostart")),
        world.driver("b"),
        world.driver("c", requires("a:initialize"), policy=Policy(on_cancel=OnCancel.WAIT)),
    ]
    world.deeds["c:start"] = lambda _: asyncio.sleep(6)

    async def then(executor: Executor) -> Report:
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(1)
        executor.request_stop()
        await start
        return await executor.wait()

    report = run_virtually(then(world.executor(world.plan(drivers))))
    assert (report["a"].state, report["a"].reason, report["a"].traceback) == (State.FAILED, "gone", "")
    assert report["a"].stopped
    assert world.log.count("a:stop") == 1

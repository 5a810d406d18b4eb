"""What becomes of a driver when what it depends on fails or is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.test_losing import ISOLATE, live, losing
from tierdeps.clock import run_virtually
from tierdeps.model import OnFailure, Policy, after, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report

IGNORE = Policy(on_failure=OnFailure.IGNORE)


def states(report: Report) -> dict[str, str]:
    return {outcome.driver: str(outcome.state) for outcome in report.outcomes}


async def fail(context: Context) -> NoReturn:
    raise OSError("no")


# Failures


def test_what_passes_failures_starts_once_its_requirement_has_failed(world: World) -> None:
    world.deeds["job:start"] = fail
    drivers = [
        world.driver("job"),
        world.driver("any", requires("job", failed="pass")),
        world.driver("strict", requires("job")),
        world.driver("behind", requires("strict", failed="pass")),
    ]
    report = world.start(world.plan(drivers), on_failure="isolate")
    assert states(report) == {"job": "failed", "any": "ready", "strict": "blocked", "behind": "ready"}


def test_what_passes_failures_waits_for_the_end(world: World) -> None:
    async def slow(context: Context) -> NoReturn:
        await asyncio.sleep(7)
        raise OSError("no")

    world.deeds["job:start"] = slow
    plan = world.plan([world.driver("job"), world.driver("any", requires("job", failed="pass"))])
    report = world.start(plan, on_failure="isolate")
    assert report.seconds == pytest.approx(8)
    assert world.log == ["job:start", "any:start", "any:start done"]


def test_what_passes_failures_finds_nothing_where_its_requirement_failed(world: World) -> None:
    world.deeds["job:start"] = fail
    found: list[Any] = []

    async def look(context: Context) -> None:
        found.append(context.get("job"))

    world.deeds["any:start"] = look
    world.start(
        world.plan([world.driver("job"), world.driver("any", requires("job", failed="pass"))]), on_failure="isolate"
    )
    assert found == [None]


def test_what_passes_failures_does_not_keep_a_run_from_being_aborted(world: World) -> None:
    world.deeds["job:start"] = fail
    report = world.start(world.plan([world.driver("job"), world.driver("any", requires("job", failed="pass"))]))
    assert not report.ready


# Losses


def family(world: World, policy: Policy) -> Plan:
    return world.plan(
        [
            world.driver("lost", policy=policy),
            world.driver("stops", wants("lost", on_loss="stop")),
            world.driver("keeps", requires("lost", on_loss="keep")),
            world.driver("child", requires("lost")),
            world.driver("wanting", wants("lost")),
            world.driver("later", after("lost")),
            world.driver("passing", requires("lost", failed="pass")),
            world.driver("of-stops", requires("stops")),
            world.driver("of-keeps", requires("keeps")),
            world.driver("of-child-keeps", requires("child", on_loss="keep")),
        ]
    )


def test_on_loss_decides_where_a_loss_is_isolated(world: World) -> None:
    losing(world, "lost", 10)
    report = live(world, family(world, ISOLATE))
    down = {name for name, state in states(report).items() if state in ("blocked", "failed")}
    assert down == {"lost", "stops", "of-stops", "child"}
    assert report["child"].reason == "it requires lost, which was lost: it exited with 9"
    assert report["stops"].reason == "it is to stop with lost, which was lost: it exited with 9"
    assert report["of-stops"].cause == ("lost",)


def test_they_are_stopped_in_order_and_at_once(world: World) -> None:
    losing(world, "lost", 10)

    async def check(executor: Any) -> None:
        assert world.stops.index("of-stops") < world.stops.index("stops") < world.stops.index("lost")
        assert sorted(world.stops) == ["child", "lost", "of-stops", "stops"]

    live(world, family(world, ISOLATE), check)
    assert sorted(world.stops) == sorted(driver.name for driver in family(world, ISOLATE))


def test_of_an_ignored_loss_only_what_declares_it_goes(world: World) -> None:
    losing(world, "lost", 10)

    async def check(executor: Any) -> None:
        assert world.stops == ["of-stops", "stops"]

    report = live(world, family(world, IGNORE), check)
    assert {name for name, state in states(report).items() if state == "blocked"} == {"stops", "of-stops"}
    assert world.stops.count("lost") == 1


def test_a_loss_that_aborts_ends_the_run_whatever_is_declared(world: World) -> None:
    losing(world, "lost", 10)
    plan = world.plan([world.driver("lost"), world.driver("keeps", requires("lost", on_loss="keep"))])

    async def main() -> Report:
        executor = world.executor(plan)
        await executor.start()
        return await executor.wait()

    run_virtually(main())
    assert world.stops == ["keeps", "lost"]


def test_what_has_not_started_is_blocked_by_a_loss_whatever_its_on_loss(world: World) -> None:
    losing(world, "lost", 2)
    drivers = [
        world.driver("lost", policy=ISOLATE),
        world.driver("slow", requires("lost", on_loss="keep")),
        world.driver("pending", requires("lost", on_loss="keep"), requires("slow")),
        world.driver("wanting", wants("lost", on_loss="stop"), requires("slow")),
    ]

    async def start(context: Context) -> None:
        await asyncio.sleep(5)

    world.deeds["slow:start"] = start
    report = world.start(world.plan(drivers), on_failure="isolate")
    assert states(report) == {"lost": "failed", "slow": "ready", "pending": "blocked", "wanting": "ready"}


def test_an_adopted_driver_goes_on(world: World) -> None:
    losing(world, "lost", 10)

    async def adopt(context: Context) -> bool:
        return True

    world.deeds["stops:adopt"] = adopt
    plan = world.plan([world.driver("lost", policy=ISOLATE), world.driver("stops", wants("lost", on_loss="stop"))])
    live(world, plan)
    assert world.stops == ["lost"]

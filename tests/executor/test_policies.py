"""What a failure does to the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from tierdeps.model import OnFailure, Policy, State, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan


async def fail(context: Context) -> NoReturn:
    await asyncio.sleep(0.5)
    raise ValueError("no")


def two_tiers(world: World, policy: Policy | None = None) -> Plan:
    world.deeds["bad:start"] = fail
    return world.plan(
        [
            world.driver("bad", tier="one", policy=policy or Policy()),
            world.driver("dependent", requires("bad"), tier="one"),
            world.driver("far", requires("dependent"), tier="one"),
            world.driver("neighbour", tier="one"),
            world.driver("wanting", wants("bad"), tier="one"),
            world.driver("later", tier="two"),
        ],
        tiers=("one", "two"),
    )


def test_abort_stops_what_started(world: World) -> None:
    report = world.start(two_tiers(world))
    assert sorted(world.stops) == ["bad", "neighbour"]
    assert report["dependent"].state is State.BLOCKED
    assert report["wanting"].state is State.PENDING


def test_isolate_blocks_what_needs_it_and_goes_on_with_its_tier(world: World) -> None:
    report = world.start(two_tiers(world), on_failure="isolate")
    states = {outcome.driver: outcome.state for outcome in report.outcomes}
    assert states == {
        "bad": State.FAILED,
        "dependent": State.BLOCKED,
        "far": State.BLOCKED,
        "neighbour": State.READY,
        "wanting": State.READY,
        "later": State.BLOCKED,
    }
    assert world.stops == []


def test_the_report_names_root_causes_apart_from_what_they_blocked(world: World) -> None:
    report = world.start(two_tiers(world), on_failure="isolate")
    assert [outcome.driver for outcome in report.root_causes] == ["bad"]
    assert {outcome.driver: outcome.cause for outcome in report.blocked} == {
        "dependent": ("bad",),
        "far": ("bad",),
        "later": ("bad",),
    }
    assert report["later"].reason == "the tier one did not become ready"
    assert report["far"].reason == "it requires bad, which failed"


def test_ignore_goes_on_as_if_it_were_ready(world: World) -> None:
    report = world.start(two_tiers(world), on_failure="ignore")
    assert report["bad"].state is State.FAILED
    assert report["bad"].ignored
    assert report["later"].state is State.READY
    assert report["dependent"].state is State.READY
    assert report.ok


def test_a_drivers_own_policy_goes_before_the_runs(world: World) -> None:
    assert world.start(two_tiers(world, Policy(on_failure=OnFailure.IGNORE))).ok
    report = world.start(two_tiers(world, Policy(on_failure=OnFailure.ISOLATE)))
    assert report["neighbour"].state is State.READY


def test_a_blocked_driver_that_is_ignored_blocks_nobody(world: World) -> None:
    world.deeds["bad:start"] = fail
    soft = Policy(on_failure=OnFailure.IGNORE)
    plan = world.plan(
        [world.driver("bad"), world.driver("soft", requires("bad"), policy=soft), world.driver("c", requires("soft"))]
    )
    report = world.start(plan, on_failure="isolate")
    assert report["soft"].state is State.BLOCKED
    assert report["c"].state is State.READY


def test_only_phases_that_need_the_failed_one_are_blocked(world: World) -> None:
    world.deeds["network:start"] = fail
    qemu = world.driver("qemu", requires("network", phase="autostart"), phases=("initialize", "autostart"))
    storage = world.driver("storage", requires("qemu:initialize"))
    report = world.start_and_stop(world.plan([world.driver("network"), qemu, storage]), on_failure="isolate")
    assert report["qemu"].state is State.BLOCKED
    assert report["qemu"].begun
    assert report["storage"].state is State.READY
    assert sorted(world.stops) == ["network", "qemu", "storage"]


def test_a_driver_blocked_by_two_failures_names_both(world: World) -> None:
    world.deeds["x:start"] = world.deeds["y:start"] = fail
    plan = world.plan([world.driver("x"), world.driver("y"), world.driver("z", requires("x"), requires("y"))])
    assert world.start(plan, on_failure="isolate")["z"].cause == ("x", "y")

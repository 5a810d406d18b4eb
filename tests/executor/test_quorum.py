"""Drivers that require so many of several others, whichever these are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.test_losing import live, losing
from tierdeps.model import OnFailure, Policy, State, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report

MONITORS = ("mon@a", "mon@b", "mon@c")
ISOLATE = Policy(on_failure=OnFailure.ISOLATE)
IGNORE = Policy(on_failure=OnFailure.IGNORE)
QUORUM = requires("mon@*", atleast=2)
REASON = "it requires 2 of mon@*, and too few can become ready without "


async def fail(context: Context) -> NoReturn:
    raise OSError("no")


def fleet(world: World, policy: Policy = ISOLATE, *, disabled: tuple[str, ...] = (), **terms: Any) -> Plan:
    return world.plan(
        [
            *(world.driver(name, policy=policy) for name in MONITORS),
            world.driver("osd", requires("mon@*", atleast=2, **terms), policy=ISOLATE),
            world.driver("pool", requires("osd"), policy=ISOLATE),
        ],
        disabled=disabled,
    )


def failing(world: World, *names: str) -> None:
    world.deeds.update({f"{name}:start": fail for name in names})


def states(report: Report) -> dict[str, str]:
    return {outcome.driver: str(outcome.state) for outcome in report.outcomes if outcome.driver in ("osd", "pool")}


@pytest.mark.parametrize("policy", [ISOLATE, IGNORE])
@pytest.mark.parametrize("gone", [(), ("mon@a",), ("mon@c",)])
def test_a_quorum_that_is_reached_lets_the_dependent_start(world: World, gone: tuple[str, ...], policy: Policy) -> None:
    failing(world, *gone)
    assert states(world.start(fleet(world, policy))) == {"osd": "ready", "pool": "ready"}


@pytest.mark.parametrize("policy", [ISOLATE, IGNORE])
@pytest.mark.parametrize("gone", [("mon@a", "mon@b"), ("mon@b", "mon@c"), MONITORS])
def test_a_quorum_that_cannot_be_reached_blocks_the_dependent_and_what_requires_it(
    world: World, gone: tuple[str, ...], policy: Policy
) -> None:
    failing(world, *gone)
    report = world.start(fleet(world, policy))
    assert states(report) == {"osd": "blocked", "pool": "blocked"}
    assert report["osd"].reason.startswith(REASON)
    assert set(report["osd"].cause) <= {*gone}
    assert len(report["osd"].cause) >= 2
    assert "osd:start" not in world.log


def test_a_dependent_waits_for_all_members_whatever_becomes_of_them(world: World) -> None:
    failing(world, "mon@b")
    world.start(fleet(world))
    assert world.log.index("osd:start") > max(world.log.index(f"{name}:start") for name in MONITORS)
    assert world.log.index("osd:start") > world.log.index("mon@c:start done")


@pytest.mark.parametrize("disabled", [("mon@a", "mon@b"), MONITORS])
def test_disabled_drivers_do_not_count(world: World, disabled: tuple[str, ...]) -> None:
    report = world.start(fleet(world, disabled=disabled))
    assert states(report) == {"osd": "blocked", "pool": "blocked"}


def test_one_disabled_and_one_failed_driver_break_a_quorum_of_two_of_three(world: World) -> None:
    failing(world, "mon@b")
    assert states(world.start(fleet(world, disabled=("mon@c",))))["osd"] == "blocked"


def test_skipped_drivers_do_not_count(world: World) -> None:
    async def skip(context: Context) -> str:
        return "not on this host"

    world.deeds.update({"mon@a:probe": skip, "mon@b:probe": skip})
    assert states(world.start(fleet(world))) == {"osd": "blocked", "pool": "blocked"}


def test_adopted_drivers_count(world: World) -> None:
    async def adopt(context: Context) -> bool:
        return True

    world.deeds.update({"mon@a:adopt": adopt, "mon@b:adopt": adopt})
    failing(world, "mon@c")
    assert states(world.start(fleet(world))) == {"osd": "ready", "pool": "ready"}


def test_what_a_blocked_member_required_breaks_the_quorum(world: World) -> None:
    failing(world, "disk")
    drivers = [
        world.driver("disk", policy=ISOLATE),
        world.driver("mon@a", requires("disk"), policy=ISOLATE),
        world.driver("mon@b", requires("disk"), policy=ISOLATE),
        world.driver("mon@c", policy=ISOLATE),
        world.driver("osd", QUORUM, policy=ISOLATE),
    ]
    report = world.start(world.plan(drivers))
    assert report["osd"].state is State.BLOCKED
    assert report["osd"].cause == ("disk",)


def test_one_phase_of_the_members_may_be_enough(world: World) -> None:
    phases = ("initialize", "autostart")
    world.deeds.update({"mon@a:autostart": fail, "mon@b:autostart": fail})
    drivers = [
        *(world.driver(name, phases=phases, policy=ISOLATE) for name in MONITORS),
        world.driver("early", requires("mon@*:initialize", atleast=3), policy=ISOLATE),
        world.driver("late", QUORUM, policy=ISOLATE),
    ]
    report = world.start(world.plan(drivers))
    assert (report["early"].state, report["late"].state) == (State.READY, State.BLOCKED)


def test_two_quorums_of_one_driver_are_counted_apart(world: World) -> None:
    failing(world, "mds@a")
    drivers = [
        *(world.driver(name, policy=ISOLATE) for name in (*MONITORS, "mds@a", "mds@b")),
        world.driver("one", requires("mon@*", atleast=3), requires("mds@*", atleast=1), policy=ISOLATE),
        world.driver("two", requires("mon@*", atleast=1), requires("mds@*", atleast=2), policy=ISOLATE),
    ]
    report = world.start(world.plan(drivers))
    assert (report["one"].state, report["two"].state) == (State.READY, State.BLOCKED)


def test_a_quorum_of_the_providers_of_a_capability(world: World) -> None:
    failing(world, "a")
    drivers = [
        *(world.driver(name, provides=("dns",), policy=ISOLATE) for name in "abc"),
        world.driver("web", requires("dns", atleast=2), policy=ISOLATE),
        world.driver("all", requires("dns", atleast=3), policy=ISOLATE),
    ]
    report = world.start(world.plan(drivers))
    assert (report["web"].state, report["all"].state) == (State.READY, State.BLOCKED)


def test_an_ignored_failure_that_breaks_a_quorum_keeps_later_tiers_shut(world: World) -> None:
    failing(world, "mon@a", "mon@b")
    drivers = [
        *(world.driver(name, tier="one", policy=IGNORE) for name in MONITORS),
        world.driver("osd", QUORUM, tier="one", policy=ISOLATE),
        world.driver("later", tier="two"),
    ]
    report = world.start(world.plan(drivers, tiers=("one", "two")), on_failure="isolate")
    assert (report["osd"].state, report["later"].state) == (State.BLOCKED, State.BLOCKED)


@pytest.mark.parametrize("policy", [ISOLATE, IGNORE])
def test_a_lost_member_stops_nothing_while_there_is_a_quorum(world: World, policy: Policy) -> None:
    losing(world, "mon@a", 5)
    report = live(world, fleet(world, policy))
    assert states(report) == {"osd": "ready", "pool": "ready"}


@pytest.mark.parametrize("policy", [ISOLATE, IGNORE])
def test_without_a_quorum_what_requires_it_is_stopped(world: World, policy: Policy) -> None:
    losing(world, "mon@a", 5)
    losing(world, "mon@c", 8)
    before: list[str] = []

    async def then(_: object) -> None:
        before.extend(world.stops)

    report = live(world, fleet(world, policy), then)
    assert states(report) == {"osd": "blocked", "pool": "blocked"}
    assert [name for name in before if name in ("osd", "pool")] == ["pool", "osd"]
    assert report["osd"].reason == (
        "it requires 2 of mon@*, and too few are left without mon@c, which was lost: it exited with 9"
    )


def test_what_keeps_running_without_a_quorum_may(world: World) -> None:
    for name in MONITORS:
        losing(world, name, 5)
    assert states(live(world, fleet(world, on_loss="keep"))) == {"osd": "ready", "pool": "ready"}


def test_a_failure_after_a_loss_breaks_a_quorum_of_a_driver_that_has_not_started(world: World) -> None:
    async def fail_later(context: Context) -> NoReturn:
        await asyncio.sleep(10)
        raise OSError("no")

    losing(world, "mon@a", 5)
    world.deeds["mon@b:start"] = fail_later
    assert states(live(world, fleet(world))) == {"osd": "blocked", "pool": "blocked"}


def test_what_only_wants_the_members_starts_in_any_case(world: World) -> None:
    failing(world, *MONITORS)
    drivers = [*(world.driver(name, policy=ISOLATE) for name in MONITORS), world.driver("web", wants("mon@*"))]
    assert world.start(world.plan(drivers))["web"].state is State.READY

"""Quorums that are up while a reload or a coupling starts their members again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, fail, log_of_reload
from tests.executor.test_quorum import IGNORE, ISOLATE, MONITORS
from tierdeps.clock import run_virtually
from tierdeps.model import Plan, Policy, Report, State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import ReloadResult
    from tierdeps.lifecycle import Context

TOO_FEW = "it requires 2 of mon@*, and too few are ready without mon@a, mon@b"


class Again:
    """Lets some drivers fail from their second start on, or from another one."""

    def __init__(self, world: World, *names: str, first: int = 2) -> None:
        self._world, self._first = world, first
        self._starts: dict[str, int] = {}
        world.deeds.update({f"{name}:start": self._start for name in names})

    async def _start(self, context: Context) -> None:
        self._starts[context.driver] = self._starts.get(context.driver, 0) + 1
        if self._starts[context.driver] >= self._first:
            await fail(context)


def fleet(world: World, kinds: Kinds, policy: Policy, version: int, *more: Any, **terms: Any) -> Plan:
    return world.plan(
        [
            *(kinds(name, version=version, policy=policy) for name in MONITORS),
            kinds("osd", requires("mon@*", atleast=2, **terms), policy=ISOLATE),
            kinds("pool", requires("osd"), policy=ISOLATE),
            kinds("web", policy=ISOLATE),
            *more,
        ]
    )


def reload(world: World, policy: Policy, **terms: Any) -> tuple[ReloadResult, Report]:
    kinds = Kinds(world)
    old, new = (fleet(world, kinds, policy, version, **terms) for version in (1, 2))
    return change(world, old, new)


def states(report: Report) -> dict[str, State]:
    return {outcome.driver: outcome.state for outcome in report.outcomes}


def test_what_lacks_a_quorum_after_a_reload_is_stopped_with_what_requires_it(world: World) -> None:
    Again(world, "mon@a", "mon@b")
    reloaded, _ = reload(world, IGNORE)
    found = states(reloaded.report)
    assert (found["osd"], found["pool"], found["web"]) == (State.BLOCKED, State.BLOCKED, State.READY)
    assert reloaded.report["osd"].reason == TOO_FEW
    assert reloaded.report["osd"].cause == ("mon@a", "mon@b")
    assert not reloaded.ok
    assert [entry for entry in log_of_reload(world) if entry in ("osd:stop", "pool:stop")] == ["pool:stop", "osd:stop"]
    assert world.stops.count("osd") == world.stops.count("pool") == 1


def test_a_quorum_that_a_reload_keeps_disturbs_nothing(world: World) -> None:
    Again(world, "mon@c")
    reloaded, _ = reload(world, IGNORE)
    assert states(reloaded.report)["osd"] is State.READY
    assert not any(entry.startswith(("osd", "pool")) for entry in log_of_reload(world))


def test_what_is_to_keep_running_without_a_quorum_does(world: World) -> None:
    Again(world, *MONITORS)
    reloaded, _ = reload(world, IGNORE, on_loss="keep")
    assert states(reloaded.report)["osd"] is State.READY


def test_a_reload_that_is_undone_with_a_quorum_stops_nothing_for_want_of_it(world: World) -> None:
    Again(world, "mon@a", "mon@b", first=2)
    kinds = Kinds(world)
    old = fleet(world, kinds, ISOLATE, 1)
    world.deeds["bad:start"] = fail
    reloaded, report = change(world, old, fleet(world, kinds, ISOLATE, 1, kinds("bad", policy=ISOLATE)))
    assert reloaded.failed is not None
    assert states(report)["osd"] is State.READY


@pytest.mark.parametrize(("first", "state"), [(2, State.BLOCKED), (4, State.READY)])
def test_a_reload_that_is_undone_may_leave_too_few_members(world: World, first: int, state: State) -> None:
    Again(world, "mon@a", "mon@b", first=first)
    world.deeds["mon@c:start"] = world.deeds["mon@a:start"]
    if first == 4:
        world.deeds["bad:start"] = fail
    kinds = Kinds(world)
    new = fleet(world, kinds, ISOLATE, 2, *([kinds("bad", policy=ISOLATE)] if first == 4 else []))
    reloaded, _ = change(world, fleet(world, kinds, ISOLATE, 1), new)
    assert reloaded.failed is not None
    assert states(reloaded.report)["osd"] is state


def test_what_lacks_a_quorum_after_a_coupled_restart_is_stopped(world: World) -> None:
    Again(world, "mon@a", "mon@b")

    async def restarting(context: Context) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(5, context.restarting, "it exited with 1")
        loop.call_later(6, context.restarted)

    world.deeds["disk:start"] = restarting
    drivers = [
        world.driver("disk", policy=ISOLATE),
        *(world.driver(name, requires("disk", on_restart="restart"), policy=ISOLATE) for name in MONITORS),
        world.driver("osd", requires("mon@*", atleast=2), policy=ISOLATE),
    ]

    async def main() -> Report:
        executor = world.executor(world.plan(drivers))
        await executor.start()
        await asyncio.sleep(20)
        return await executor.stop()

    report = run_virtually(main())
    assert report["osd"].state is State.BLOCKED
    assert report["osd"].reason == TOO_FEW

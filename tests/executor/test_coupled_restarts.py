"""What becomes of a driver that is up when what it depends on starts again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.test_couplings import states
from tests.executor.test_losing import ISOLATE
from tierdeps.clock import run_virtually
from tierdeps.model import Policy, State, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report


def contexts(world: World, *names: str) -> dict[str, Context]:
    """Return the contexts that drivers had when they started last; filled as they start."""
    found: dict[str, Context] = {}

    async def start(context: Context) -> None:
        found[context.driver] = context
        await asyncio.sleep(1)

    world.deeds |= {f"{name}:start": start for name in names}
    return found


def restarting(world: World, plan: Plan, *names: str, **options: Any) -> tuple[Report, list[str]]:
    """Start a plan; let drivers say that they start again, and that they are ready again; return what was done then."""
    found = contexts(world, *(driver.name for driver in plan))

    async def main() -> tuple[Report, list[str]]:
        executor = world.executor(plan, **options)
        await executor.start()
        await asyncio.sleep(10)
        world.log.clear()
        for name in names:
            found[name].restarting("it exited with 9")
            await asyncio.sleep(1)
            found[name].restarted()
            await asyncio.sleep(0.1)
        await asyncio.sleep(60)
        done, report = list(world.log), executor.report()
        await executor.stop()
        return report, [entry for entry in done if not entry.endswith(" done")]

    return run_virtually(main())


def coupled(world: World) -> Plan:
    return world.plan(
        [
            world.driver("base"),
            world.driver("main", requires("base")),
            world.driver("goes", wants("main", on_restart="restart")),
            world.driver("child", requires("main")),
            world.driver("keeps", requires("main", on_restart="keep")),
            world.driver("of-goes", requires("goes")),
            world.driver("of-goes-keeps", requires("goes", on_restart="keep")),
            world.driver("of-goes-wants", wants("goes")),
        ]
    )


def test_what_is_coupled_is_stopped_and_started_again_in_order(world: World) -> None:
    report, done = restarting(world, coupled(world), "main")
    assert done == ["of-goes:stop", "goes:stop", "goes:start", "of-goes:start"]
    assert report.ok


def test_without_a_coupling_nothing_is_started_again(world: World) -> None:
    plan = world.plan([world.driver("main"), world.driver("child", requires("main")), world.driver("w", wants("main"))])
    assert restarting(world, plan, "main")[1] == []


@pytest.mark.parametrize(("seconds", "times"), [(0, 1), (1.5, 1), (2.5, 2), (3.5, 2)])
def test_what_has_not_started_since_is_started_again_once(world: World, seconds: float, times: int) -> None:
    plan = coupled(world)
    found = contexts(world, *(driver.name for driver in plan))

    async def main() -> list[str]:
        executor = world.executor(plan)
        await executor.start()
        world.log.clear()
        found["main"].restarted()
        await asyncio.sleep(seconds)
        found["main"].restarted()
        await asyncio.sleep(60)
        done = [entry for entry in world.log if not entry.endswith(" done")]
        await executor.stop()
        return done

    assert run_virtually(main()) == ["of-goes:stop", "goes:stop", "goes:start", "of-goes:start"] * times


def fails_when_started_again(world: World, name: str) -> None:
    """Let a driver start once, and fail from then on."""
    tries: list[str] = []

    async def once(context: Context) -> None:
        tries.append(context.driver)
        if len(tries) > 1:
            raise OSError("no")

    world.deeds[f"{name}:start"] = once


def test_one_that_does_not_come_up_again_is_treated_by_its_policy(world: World) -> None:
    plan = coupled(world)
    found = contexts(world, *(driver.name for driver in plan))
    fails_when_started_again(world, "goes")

    async def main() -> Report:
        executor = world.executor(plan, on_failure="isolate")
        await executor.start()
        found["main"].restarted()
        await asyncio.sleep(60)
        report = executor.report()
        await executor.stop()
        return report

    report = run_virtually(main())
    assert {name for name, state in states(report).items() if state != "ready"} == {"goes", "of-goes"}
    assert states(report)["of-goes"] == "blocked"


def test_one_that_does_not_come_up_again_ends_a_run_that_aborts(world: World) -> None:
    plan = coupled(world)
    found = contexts(world, *(driver.name for driver in plan))
    fails_when_started_again(world, "goes")

    async def main() -> Report:
        executor = world.executor(plan)
        await executor.start()
        found["main"].restarted()
        return await executor.wait()

    report = run_virtually(main())
    assert report["goes"].state is State.FAILED
    assert set(world.stops) == {driver.name for driver in plan}


def test_a_restart_while_all_is_started_is_followed_once_that_is_over(world: World) -> None:
    plan = world.plan(
        [world.driver("main"), world.driver("goes", wants("main", on_restart="restart")), world.driver("slow")]
    )
    found = contexts(world, "main")

    async def slow(context: Context) -> None:
        await asyncio.sleep(30)

    world.deeds["slow:start"] = slow

    async def main() -> list[str]:
        executor = world.executor(plan)
        start = asyncio.ensure_future(executor.start())
        await asyncio.sleep(5)
        found["main"].restarted()
        await start
        done = [entry for entry in world.log if not entry.endswith(" done")]
        await executor.stop()
        return done

    assert run_virtually(main())[3:] == ["goes:stop", "goes:start"]


def test_a_stop_ends_a_restart(world: World) -> None:
    plan = coupled(world)
    found = contexts(world, *(driver.name for driver in plan))

    async def main() -> Report:
        executor = world.executor(plan)
        await executor.start()
        found["main"].restarted()
        await asyncio.sleep(0.5)
        return await executor.stop()

    report = run_virtually(main())
    assert sorted(world.stops) == sorted(driver.name for driver in plan)
    assert report.interrupted is False


def test_a_driver_of_a_later_tier_is_started_again_although_another_one_is_down(world: World) -> None:
    plan = world.plan(
        [
            world.driver("main", tier="early"),
            world.driver("lost", tier="early", policy=ISOLATE),
            world.driver("goes", wants("main", on_restart="restart"), tier="late"),
        ],
        ["early", "late"],
    )
    found = contexts(world, "main", "lost")

    async def main() -> Report:
        executor = world.executor(plan)
        await executor.start()
        found["lost"].lost("gone")
        await asyncio.sleep(10)
        found["main"].restarted()
        await asyncio.sleep(10)
        return await executor.stop()

    assert states(run_virtually(main())) == {"main": "ready", "lost": "failed", "goes": "ready"}


# Reloads


@pytest.mark.parametrize(
    ("dependency", "again"),
    [
        (requires("base"), True),
        (requires("base", on_restart="keep"), False),
        (requires("base", on_restart="restart"), True),
        (requires("base", failed="pass"), False),
        (wants("base"), False),
        (wants("base", on_restart="restart"), True),
    ],
)
def test_a_reload_that_starts_a_driver_again_does_what_its_dependents_declare(
    world: World, dependency: Any, again: bool
) -> None:
    other = world.driver("other", dependency)

    async def main() -> None:
        base = world.driver("base")
        executor = world.executor(world.plan([base, other]))
        await executor.start()
        changed = world.plan([world.driver("base", policy=Policy(timeout=9)), other])
        result = await executor.reload(changed)
        assert result.ok
        await executor.stop()

    run_virtually(main())
    assert world.stops.count("base") == 2
    assert (world.stops.count("other") == 2) is again


def test_a_reload_leaves_what_wanted_a_driver_that_is_gone(world: World) -> None:
    other = world.driver("other", wants("base", on_restart="restart", optional=True))

    async def main() -> None:
        executor = world.executor(world.plan([world.driver("base"), other]))
        await executor.start()
        await executor.reload(world.plan([other]))
        await executor.stop()

    run_virtually(main())
    assert world.stops == ["base", "other"]

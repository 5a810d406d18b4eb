"""What becomes of a driver that is up when what it depends on is lost, fails, or starts again by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.test_losing import ISOLATE, live, losing
from tierdeps.clock import run_virtually
from tierdeps.model import OnFailure, Policy, State, after, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report

IGNORE = Policy(on_failure=OnFailure.IGNORE)


def states(report: Report) -> dict[str, str]:
    return {outcome.driver: str(outcome.state) for outcome in report.outcomes}


async def fail(context: Context) -> NoReturn:
    raise OSError("no")


def contexts(world: World, *names: str) -> dict[str, Context]:
    """Return the contexts that drivers had when they started last; filled as they start."""
    found: dict[str, Context] = {}

    async def start(context: Context) -> None:
        found[context.driver] = context
        await asyncio.sleep(1)

    world.deeds |= {f"{name}:start": start for name in names}
    return found


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


# Restarts


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


def test_one_that_does_not_come_up_again_is_treated_by_its_policy(world: World) -> None:
    plan = coupled(world)
    tries: list[str] = []

    async def once(context: Context) -> None:
        tries.append(context.driver)
        if len(tries) > 1:
            raise OSError("no")

    found = contexts(world, *(driver.name for driver in plan))
    world.deeds["goes:start"] = once

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
    tries: list[str] = []

    async def once(context: Context) -> None:
        tries.append(context.driver)
        if len(tries) > 1:
            raise OSError("no")

    found = contexts(world, *(driver.name for driver in plan))
    world.deeds["goes:start"] = once

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

"""What requires a driver that is skipped: it starts all the same, or is blocked, as it declares."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.engines.dry_run import ENGINE as DRY_RUN
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, OnFailure, Policy, Schedule, State, requires, wants
from tierdeps.reporters.lines import DryRunReporter
from tierdeps.simulate import simulate
from tierdeps.words.report import report_lines

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import ReloadResult
    from tierdeps.model import Plan, Report

REASON = "it requires x, which was skipped: no pools here"
ISOLATE, IGNORE = Policy(on_failure=OnFailure.ISOLATE), Policy(on_failure=OnFailure.IGNORE)


class Swift(Lifecycle):
    """Has nothing but a phase: the executor awaits it without asking the engine."""

    async def start(self, context: Context) -> None: ...


async def skip(context: Context) -> str:
    return "no pools here"


async def fail(context: Context) -> NoReturn:
    raise OSError("no")


@pytest.fixture(autouse=True)
def skipped(world: World) -> None:
    """Make the driver ``x`` be skipped."""
    world.deeds["x:probe"] = skip


def states(report: Report) -> dict[str, str]:
    return {outcome.driver: str(outcome.state) for outcome in report.outcomes}


def strict(target: str = "x", **more: str) -> object:
    return requires(target, skipped="block", **more)  # type: ignore[arg-type]  # any of its options


def test_by_default_it_starts_all_the_same(world: World) -> None:
    report = world.start(world.plan([world.driver("x"), world.driver("a", requires("x"))]))
    assert report.ok
    assert states(report) == {"x": "skipped", "a": "ready"}


@pytest.mark.parametrize("target", ["x", "x:start", "pools", "pools:start"])
def test_it_is_blocked_where_it_says_so_and_the_reason_names_the_skip(world: World, target: str) -> None:
    drivers = [world.driver("x", provides=("pools",)), world.driver("a", strict(target)), world.driver("b")]
    report = world.start(world.plan(drivers), on_failure="isolate")
    assert states(report) == {"x": "skipped", "b": "ready", "a": "blocked"}
    assert report["a"].reason == REASON
    assert report["a"].cause == ("x",)
    assert not report.ready
    assert report.root_causes == ()


def test_a_disabled_driver_is_skipped_too(world: World) -> None:
    plan = world.plan([world.driver("x"), world.driver("a", strict())], disabled=["x"])
    report = world.start(plan, on_failure="isolate")
    assert report["a"].reason == "it requires x, which was skipped: disabled"


def test_an_adopted_driver_is_not_skipped(world: World) -> None:
    async def adopt(context: Context) -> bool:
        return True

    world.deeds["y:adopt"] = adopt
    assert world.start(world.plan([world.driver("y"), world.driver("a", strict("y"))])).ok


def test_the_run_is_aborted_where_that_is_the_policy(world: World) -> None:
    async def skip_late(context: Context) -> str:
        await asyncio.sleep(5)
        return await skip(context)

    world.deeds["x:probe"] = skip_late
    drivers = [world.driver("b"), world.driver("x"), world.driver("a", strict()), world.driver("c", wants("a"))]
    report = world.start(world.plan(drivers))
    assert states(report)["a"] == "blocked"
    assert report["b"].stopped
    assert not report["c"].begun
    assert not report.ok


def test_the_policy_is_that_of_the_dependent(world: World) -> None:
    drivers = [world.driver("x"), world.driver("a", strict(), policy=ISOLATE), world.driver("b")]
    report = world.start(world.plan([*drivers, world.driver("c", requires("a"))]))
    assert states(report) == {"x": "skipped", "b": "ready", "a": "blocked", "c": "blocked"}
    assert report["c"].reason == REASON
    assert not report["b"].stopped


def test_what_requires_a_blocked_one_that_is_ignored_starts(world: World) -> None:
    drivers = [world.driver("x", tier="core"), world.driver("a", strict(), tier="core", policy=IGNORE)]
    later = [world.driver("b", requires("a"), tier="core"), world.driver("c", tier="late")]
    report = world.start(world.plan([*drivers, *later], tiers=("core", "late")))
    assert states(report) == {"x": "skipped", "a": "blocked", "b": "ready", "c": "ready"}


def test_later_tiers_stay_shut(world: World) -> None:
    drivers = [world.driver("x", tier="core"), world.driver("a", strict(), tier="core")]
    plan = world.plan([*drivers, world.driver("b", tier="late")], tiers=("core", "late"))
    report = world.start(plan, on_failure="isolate")
    assert report["b"].reason == "the tier core did not become ready"
    assert report["b"].cause == ("x",)


def test_the_tier_of_the_blocked_one_opens_and_those_behind_it_do_not(world: World) -> None:
    drivers = [world.driver("x", tier="core"), world.driver("a", strict(), tier="middle")]
    others = [world.driver("b", tier="middle"), world.driver("c", tier="late")]
    report = world.start(world.plan([*drivers, *others], tiers=("core", "middle", "late")), on_failure="isolate")
    assert states(report) == {"x": "skipped", "a": "blocked", "b": "ready", "c": "blocked"}
    assert report["c"].reason == "the tier middle did not become ready"


def test_phases_that_need_nothing_of_it_are_started_and_undone(world: World) -> None:
    phases = ("initialize", "autostart")
    a = world.driver("a", strict("x", phase="autostart"), phases=phases)
    b = world.driver("b", requires("a"))
    report = world.start_and_stop(world.plan([world.driver("x"), a, b]), on_failure="isolate")
    assert (report["a"].state, report["a"].reason) == (State.BLOCKED, REASON)
    assert (report["a"].begun, report["a"].stopped) == (True, True)
    assert "a:initialize done" in world.log
    assert "a:autostart" not in world.log
    assert report["b"].state is State.BLOCKED


def test_one_of_several_dependencies_is_enough(world: World) -> None:
    plan = world.plan([world.driver("x"), world.driver("a", requires("x"), strict("x"))])
    assert states(world.start(plan, on_failure="isolate"))["a"] == "blocked"


def test_it_passes_through_a_disabled_one_as_failures_do(world: World) -> None:
    drivers = [world.driver("x"), world.driver("off", strict()), world.driver("a", requires("off"))]
    report = world.start(world.plan(drivers, disabled=["off"]), on_failure="isolate")
    assert states(report) == {"x": "skipped", "off": "skipped", "a": "blocked"}
    assert report["a"].reason == REASON


def test_a_disabled_dependent_blocks_nothing(world: World) -> None:
    plan = world.plan([world.driver("x"), world.driver("a", strict()), world.driver("b")], disabled=["a"])
    assert world.start(plan).ok


def test_a_failure_and_a_skip_are_both_named(world: World) -> None:
    world.deeds["y:start"] = fail
    world.deeds["z:probe"] = skip
    both = world.driver("a", requires("y"), strict("x"), phases=("initialize", "autostart"))
    report = world.start(world.plan([world.driver("x"), world.driver("y"), both]), on_failure="isolate")
    assert set(report["a"].cause) == {"x", "y"}
    two = world.driver("a", strict("x"), strict("z"))
    report = world.start(world.plan([world.driver("x"), world.driver("z"), two]), on_failure="isolate")
    assert set(report["a"].cause) == {"x", "z"}


@pytest.mark.parametrize("jobs", [None, 1])
@pytest.mark.parametrize("listens", [True, False])
def test_it_is_so_whatever_way_a_driver_is_started(world: World, listens: bool, jobs: int | None) -> None:
    plan = world.plan([world.driver("x"), Driver("a", lifecycle=Swift, dependencies=(strict(),))])  # type: ignore[arg-type]

    async def main() -> Report:
        reporters = (world.recorder,) if listens else ()
        executor = Executor(plan, engine=INLINE, reporters=reporters, on_failure="isolate", jobs=jobs)
        await executor.start()
        return await executor.stop()

    report = run_virtually(main())
    assert (report["a"].state, report["a"].reason) == (State.BLOCKED, REASON)


def test_the_report_says_what_was_skipped_and_what_that_blocks(world: World) -> None:
    drivers = [world.driver("x"), world.driver("a", strict()), world.driver("b"), world.driver("c", requires("a"))]
    report = world.start(world.plan(drivers), on_failure="isolate")
    lines = list(report_lines(report))
    assert lines[0] == "skipped: x: no pools here"
    assert lines[1] == "  blocked by it: a, c"
    assert lines[-1].startswith("start failed: 2 blocked, 1 ready, 1 skipped; 4 drivers, ")


def test_a_dry_run_says_what_would_not_start(world: World) -> None:
    said: list[str] = []
    plan = world.plan([world.driver("x"), world.driver("a", strict())], disabled=["x"])

    async def main() -> Report:
        executor = Executor(plan, engine=DRY_RUN, reporters=(DryRunReporter(said.append),), on_failure="isolate")
        await executor.start()
        return executor.release()

    assert not run_virtually(main()).ok
    assert said[:2] == [
        "would skip x: disabled",
        "would not start a: it requires x, which was skipped: disabled",
    ]


def test_a_simulation_ends(world: World) -> None:
    plan = world.plan([Driver("x"), Driver("a", dependencies=(strict(),))], disabled=["x"])  # type: ignore[arg-type]
    assert simulate(plan, ["x", "a"], Schedule.PLAN, restarts=3, seed=1, needs=()).hit.of == 3


def test_a_part_of_the_plan_keeps_it(world: World) -> None:
    plan = world.plan([world.driver("x"), world.driver("a", strict()), world.driver("b")])
    assert states(world.start(plan.subset(["a"]), on_failure="isolate")) == {"x": "skipped", "a": "blocked"}


# Reloads


def reload(world: World, old: Plan, new: Plan) -> ReloadResult:
    async def main() -> ReloadResult:
        executor = world.executor(old)
        await executor.start()
        result = await executor.reload(new)
        await executor.stop()
        return result

    return run_virtually(main())


def test_a_reload_that_brings_a_dependent_of_a_skipped_one_fails(world: World) -> None:
    x, b = world.driver("x"), world.driver("b")
    reloaded = reload(world, world.plan([x, b]), world.plan([x, b, world.driver("a", strict())]))
    assert reloaded.failed is not None
    assert reloaded.failed["a"].reason == REASON
    assert reloaded.report.ready
    assert states(reloaded.report) == {"x": "skipped", "b": "ready"}


def test_a_driver_that_can_no_longer_do_without_is_another_one(world: World) -> None:
    x, a = world.driver("x"), world.driver("a", requires("x"))
    stricter = Driver("a", lifecycle=a.lifecycle, dependencies=(strict(),))  # type: ignore[arg-type]
    reloaded = reload(world, world.plan([x, a]), world.plan([x, stricter]))
    assert reloaded.reload.restarted == ("a",)
    assert reloaded.failed is not None
    assert states(reloaded.report) == {"x": "skipped", "a": "ready"}

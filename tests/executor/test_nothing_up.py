"""A run in which nothing comes up is no success, unless that is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.model import OnFailure, Policy, Report, State, requires
from tierdeps.words.report import report_lines

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor.changes.reload import ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan

SKIPPED = (
    "nothing to start: every driver is skipped; fix the causes, or pass --allow-empty (allow_empty of an Executor)"
    " if that is intended"
)


async def not_here(context: Context) -> str:
    return f"no {context.driver} on this host"


async def running(context: Context) -> bool:
    return True


async def fail(context: Context) -> NoReturn:
    raise ValueError("no")


def skipping(world: World, *names: str) -> Plan:
    """Make a plan of which all drivers are skipped by their probes."""
    world.deeds.update({f"{name}:probe": not_here for name in names})
    return world.plan([world.driver(name) for name in names])


def test_a_run_whose_drivers_are_all_skipped_is_no_success(world: World) -> None:
    report = world.start(skipping(world, "a", "b"))
    assert report.nothing_up
    assert not report.ready
    assert not report.ok
    assert report.problem == SKIPPED


def test_it_is_one_where_that_is_allowed(world: World) -> None:
    report = world.start_and_stop(skipping(world, "a", "b"), allow_empty=True)
    assert report.ready
    assert report.ok
    assert not report.problem


def test_the_text_names_what_was_skipped_and_why(world: World) -> None:
    world.deeds["c:probe"] = world.deeds["d:probe"] = lambda _: same_reason()
    world.deeds["a:probe"] = not_here
    plan = world.plan([world.driver(name) for name in "abcd"], disabled=["b"])
    lines = list(report_lines(world.start_and_stop(plan)))
    assert lines[0] == f"error: {SKIPPED}"
    assert lines[1:4] == ["skipped: a: no a on this host", "skipped: b: disabled", "skipped: c, d: no libvirt"]
    assert lines[4].startswith("nothing was started: 4 skipped")


async def same_reason() -> str:
    return "no libvirt"


@pytest.mark.parametrize("names", [("a",), ("a", "b")])
def test_disabled_drivers_are_skipped_too(world: World, names: tuple[str, ...]) -> None:
    plan = world.plan([world.driver(name) for name in names], disabled=names)
    assert world.start(plan).problem == SKIPPED


def test_a_plan_without_a_driver_starts_nothing(world: World) -> None:
    assert "the plan has no driver" in world.start(world.plan([])).problem
    assert world.start(world.plan([]), allow_empty=True).ok


def test_one_that_is_ready_is_enough(world: World) -> None:
    world.deeds["a:probe"] = not_here
    report = world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
    assert report["a"].state is State.SKIPPED
    assert report.ok
    assert not report.nothing_up


def test_one_that_was_running_already_is_enough(world: World) -> None:
    world.deeds["a:probe"] = not_here
    world.deeds["b:adopt"] = running
    report = world.start_and_stop(world.plan([world.driver("a"), world.driver("b")]))
    assert report["b"].state is State.ADOPTED
    assert report.ok


def test_an_ignored_failure_is_nothing_that_came_up(world: World) -> None:
    world.deeds.update({"a:start": fail, "b:probe": not_here})
    report = world.start(world.plan([world.driver("a"), world.driver("b")]), on_failure="ignore")
    assert report.problem.startswith("no driver is up: each was skipped or failed; ")
    assert not report.ok
    assert world.start(world.plan([world.driver("a")]), on_failure="ignore", allow_empty=True).ok


def test_a_failure_that_counts_is_reported_as_that(world: World) -> None:
    world.deeds.update({"a:start": fail, "b:probe": not_here})
    report = world.start(world.plan([world.driver("a"), world.driver("b")]), on_failure="isolate")
    assert not report.problem
    assert not report.nothing_up
    assert not report.ok


def test_a_start_that_was_interrupted_is_reported_as_that(world: World) -> None:
    async def halting(context: Context) -> str:
        executor.request_stop()
        return "not here"

    executor = world.executor(skipping(world, "a"))

    async def start() -> Report:
        world.deeds["a:probe"] = halting
        return await executor.start()

    report = run_virtually(start())
    assert report.interrupted
    assert not report.problem


def test_a_reload_to_drivers_that_are_all_skipped_is_no_success(world: World) -> None:
    async def main() -> ReloadResult:
        executor = world.executor(world.plan([world.driver("a")]))
        assert (await executor.start()).ok
        reloaded = await executor.reload(skipping(world, "b"))
        await executor.stop()
        return reloaded

    reloaded = run_virtually(main())
    assert reloaded.report.problem == SKIPPED
    assert not reloaded.ok
    assert reloaded.failed is None, "nothing failed that would have to be taken back"


def test_a_policy_of_its_own_does_not_make_a_failure_count_as_up(world: World) -> None:
    world.deeds["a:start"] = fail
    plan = world.plan([world.driver("a", policy=Policy(on_failure=OnFailure.IGNORE))])
    assert world.start(plan).nothing_up


@pytest.mark.parametrize("names", [(), ("b",), ("b", "c")])
def test_a_reload_that_removes_everything_is_a_success_if_that_is_allowed(world: World, names: tuple[str, ...]) -> None:
    async def main() -> tuple[ReloadResult, Report, Report]:
        executor = world.executor(world.plan([world.driver("a")]))
        assert (await executor.start()).ok
        plan = world.plan([world.driver(name) for name in names], disabled=names)
        reloaded = await executor.reload(plan, allow_empty=True)
        return reloaded, executor.report(), await executor.stop()

    reloaded, standing, final = run_virtually(main())
    assert [outcome.driver for outcome in reloaded.stopped] == ["a"]
    assert reloaded.ok
    assert standing.ok
    assert final.ok, "a run that was allowed to be empty stays so"


def test_a_reload_to_a_plan_without_a_driver_is_no_success_by_itself(world: World) -> None:
    async def main() -> ReloadResult:
        executor = world.executor(world.plan([world.driver("a")]))
        assert (await executor.start()).ok
        reloaded = await executor.reload(world.plan([]))
        await executor.stop()
        return reloaded

    reloaded = run_virtually(main())
    assert not reloaded.ok
    assert "the plan has no driver" in reloaded.report.problem

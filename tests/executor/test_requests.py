"""Single drivers of a run are restarted, stopped and started on request, in order; all others go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.test_coupled_restarts import contexts, coupled
from tests.executor.test_losing import ISOLATE
from tierdeps import RunError
from tierdeps.clock import run_virtually
from tierdeps.errors import UnknownNameError
from tierdeps.executor.changes.actions import Action, ActionPlan
from tierdeps.model import OnFailure, Policy, State, requires, wants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World
    from tierdeps.executor import ActionResult, Executor
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report

IGNORE = Policy(on_failure=OnFailure.IGNORE)


def during(world: World, plan: Plan, body: Callable[[Executor], Awaitable[Any]], **options: Any) -> tuple[Any, Report]:
    """Start a plan, do something, and stop it; return what came out of it, and the report of the run."""

    async def main() -> tuple[Any, Report]:
        executor = world.executor(plan, **options)
        await executor.start()
        world.log.clear()
        result = await body(executor)
        return result, await executor.stop()

    return run_virtually(main())


def done(world: World) -> list[str]:
    return [entry for entry in world.log if not entry.endswith(" done")]


def performed(world: World, plan: Plan, *requests: tuple[str, str, str]) -> list[list[str]]:
    """Return what was done for each request, one after the other."""

    async def body(executor: Executor) -> list[list[str]]:
        found = []
        for action, name, dependents in requests:
            world.log.clear()
            assert (await executor.perform(action, [name], dependents)).ok
            found.append(done(world))
        return found

    found, _ = during(world, plan, body)
    return [*found]


def states(report: Report) -> dict[str, str]:
    return {outcome.driver: str(outcome.state) for outcome in report.outcomes if outcome.state is not State.READY}


def test_a_restart_follows_what_each_dependency_says_of_restarts(world: World) -> None:
    assert performed(world, coupled(world), ("restart", "main", "coupled")) == [
        [
            "of-goes:stop",
            "child:stop",
            "goes:stop",
            "main:stop",
            "main:start",
            "child:start",
            "goes:start",
            "of-goes:start",
        ]
    ]


def test_a_restart_of_all_dependents_asks_no_dependency(world: World) -> None:
    [log] = performed(world, coupled(world), ("restart", "goes", "all"))
    assert log[0].endswith(":stop")
    assert {entry.partition(":")[0] for entry in log} == {"goes", "of-goes", "of-goes-keeps", "of-goes-wants"}


def test_a_restart_of_nothing_else_touches_nothing_else(world: World) -> None:
    assert performed(world, coupled(world), ("restart", "base", "none")) == [["base:stop", "base:start"]]


def test_a_stop_follows_what_each_dependency_says_of_losses(world: World) -> None:
    plan = world.plan(
        [
            world.driver("main"),
            world.driver("goes", wants("main", on_loss="stop")),
            world.driver("child", requires("main")),
            world.driver("keeps", requires("main", on_loss="keep")),
            world.driver("ignored", requires("main"), policy=IGNORE),
        ]
    )
    [log] = performed(world, plan, ("stop", "main", "coupled"))
    assert sorted(log[:-1]) == ["child:stop", "goes:stop", "ignored:stop"]
    assert log[-1] == "main:stop"


def test_a_stop_is_no_failure_that_a_policy_could_ignore(world: World) -> None:
    plan = world.plan([world.driver("main", policy=IGNORE), world.driver("child", requires("main"))])
    assert performed(world, plan, ("stop", "main", "coupled")) == [["child:stop", "main:stop"]]


def test_a_start_brings_up_what_was_stopped_and_what_stopped_because_of_it(world: World) -> None:
    chain = [world.driver("a"), world.driver("b", requires("a")), world.driver("c", requires("b"))]
    assert performed(world, world.plan(chain), ("stop", "a", "coupled"), ("start", "a", "coupled")) == [
        ["c:stop", "b:stop", "a:stop"],
        ["a:start", "b:start", "c:start"],
    ]


def test_a_start_brings_up_what_the_driver_requires(world: World) -> None:
    chain = [world.driver("a"), world.driver("b", requires("a")), world.driver("c", requires("b"))]
    logs = performed(world, world.plan(chain), ("stop", "a", "coupled"), ("start", "b", "coupled"))
    assert logs[1] == ["a:start", "b:start", "c:start"]


def test_what_was_stopped_by_itself_is_not_brought_back_by_others(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    requests = [
        ("stop", "b", "coupled"),
        ("stop", "a", "coupled"),
        ("start", "a", "coupled"),
        ("start", "b", "coupled"),
    ]
    assert performed(world, plan, *requests) == [["b:stop"], ["a:stop"], ["a:start"], ["b:start"]]


def test_what_is_stopped_with_another_and_then_by_itself_stays_down(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    requests = [("stop", "a", "coupled"), ("stop", "b", "coupled"), ("start", "a", "coupled")]
    assert performed(world, plan, *requests) == [["b:stop", "a:stop"], [], ["a:start"]]


def test_what_lacks_another_driver_too_stays_stopped(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("c", requires("a"), requires("b"))])
    requests = [
        ("stop", "a", "coupled"),
        ("stop", "b", "coupled"),
        ("start", "a", "coupled"),
        ("start", "b", "coupled"),
    ]
    logs = performed(world, plan, *requests)
    assert logs[2:] == [["a:start"], ["b:start"]]


@pytest.mark.parametrize("action", ["start", "restart"])
def test_a_start_without_what_is_down_and_required_is_refused(world: World, action: str) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])

    async def body(executor: Executor) -> str:
        await executor.stop_drivers("a")
        with pytest.raises(RunError) as raised:
            await executor.perform(action, ["b"], "none")
        assert (await executor.perform(action, ["b", "a"], "none")).ok
        return str(raised.value)

    found, _ = during(world, plan, body)
    assert found == "b would not start: it requires a, which is not up; name both"


@pytest.mark.parametrize(("dependents", "ok"), [("none", False), ("coupled", True)])
def test_a_driver_that_could_not_start_again_is_not_stopped(world: World, dependents: str, ok: bool) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a", on_loss="keep"))])

    async def body(executor: Executor) -> str:
        await executor.stop_drivers("a")
        world.log.clear()
        try:
            return "" if (await executor.restart_drivers("b", dependents=dependents)).ok else "down"
        except RunError as error:
            return str(error)

    found, _ = during(world, plan, body)
    assert found == ("" if ok else "b would not start: it requires a, which is not up; name both")
    assert done(world)[:3] == (["b:stop", "a:start", "b:start"] if ok else ["b:stop"])


def test_a_run_in_which_drivers_were_stopped_on_request_ends_well(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    result, final = during(world, plan, lambda executor: executor.stop_drivers("a"))
    assert states(result.report) == {"a": "stopped", "b": "stopped"}
    assert [result.report[name].reason for name in "ab"] == ["on request", "on request, with a"]
    assert result.report.ok
    assert final.ok
    assert world.log.count("a:stop") == 1


def test_a_lost_driver_comes_back_with_what_was_stopped_because_of_it(world: World) -> None:
    plan = world.plan(
        [world.driver("a", policy=ISOLATE), world.driver("b", requires("a")), world.driver("c", requires("b"))]
    )
    found = contexts(world, "a", "b", "c")

    async def body(executor: Executor) -> ActionResult:
        found["a"].lost("gone")
        await asyncio.sleep(10)
        world.log.clear()
        return await executor.start_drivers("a")

    result, final = during(world, plan, body)
    assert result.plan.to_start == ("a", "b", "c")
    assert result.report.ok
    assert final.ok


def test_a_driver_that_failed_at_the_start_opens_later_tiers_when_it_is_started(world: World) -> None:
    world.fails_once("a:start")
    plan = world.plan([world.driver("a", tier="one"), world.driver("b", tier="two")], tiers=("one", "two"))
    result, final = during(world, plan, lambda executor: executor.start_drivers("a"), on_failure="isolate")
    assert (result.plan.to_stop, result.plan.to_start) == (("a",), ("a", "b"))
    assert result.ok
    assert final.ok


def test_the_failure_of_another_driver_keeps_a_tier_closed_that_never_was_open(world: World) -> None:
    async def fail(context: Context) -> None:
        raise OSError(context.driver)

    world.deeds |= {"a:start": fail, "b:start": fail}
    drivers = [world.driver("a", tier="one"), world.driver("b", tier="one"), world.driver("c", tier="two")]
    plan = world.plan(drivers, tiers=("one", "two"))

    async def body(executor: Executor) -> ActionResult:
        world.deeds.pop("a:start")
        return await executor.start_drivers("a")

    result, _ = during(world, plan, body, on_failure="isolate")
    assert result.report["a"].state is State.READY
    assert result.report["c"].state is State.BLOCKED


def test_what_does_not_come_up_again_is_stopped_with_what_goes_with_it_and_ends_no_run(world: World) -> None:
    plan = world.plan(
        [
            world.driver("base"),
            world.driver("main", requires("base")),
            world.driver("child", requires("main")),
            world.driver("keeps", requires("main", on_restart="keep")),
            world.driver("other"),
        ]
    )

    async def fail(context: Context) -> None:
        raise OSError("no")

    async def body(executor: Executor) -> ActionResult:
        world.deeds["main:start"] = fail
        return await executor.restart_drivers("main")

    result, final = during(world, plan, body, on_failure="abort")
    assert result.down == ("main", "child")
    assert states(result.report) == {"main": "failed", "child": "blocked", "keeps": "blocked"}
    assert world.stops[:4] == ["child", "main", "keeps", "main"]
    assert not final.ok
    assert final["other"].state is State.READY


@pytest.mark.parametrize(
    ("action", "name", "error", "text"),
    [
        ("restart", "mian", UnknownNameError, "no driver is named 'mian'; did you mean 'main'?"),
        ("stop", "there", RunError, "there was running before this run adopted it, so this run does not stop it"),
        ("start", "off", RunError, "off is disabled, so it cannot be started; enable it in the settings, and reload"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_nothing_happens(
    world: World, action: str, name: str, error: type[Exception], text: str
) -> None:
    world.deeds["there:adopt"] = adopted
    plan = world.plan([world.driver("main"), world.driver("there"), world.driver("off")], disabled=["off"])

    async def body(executor: Executor) -> str:
        with pytest.raises(error) as raised:
            await executor.perform(action, ["main", name])
        return str(raised.value)

    found, _ = during(world, plan, body)
    assert found == text
    assert done(world) == ["main:stop"]


async def adopted(context: Context) -> bool:
    return bool(context)


@pytest.mark.parametrize("action", list(Action))
def test_that_the_failure_of_a_driver_is_ignored_is_not_enough_where_it_was_named(action: Action) -> None:
    plan = ActionPlan(action, ("named",), to_start=("named", "other"))
    assert plan.is_up("named", State.READY, ignored=False)
    assert not plan.is_up("named", State.FAILED, ignored=True)
    assert plan.is_up("other", State.FAILED, ignored=True)
    assert not plan.is_up("other", State.FAILED, ignored=False)

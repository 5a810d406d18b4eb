"""Plans of what can start of a graph with errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, fail
from tierdeps._util.frozen import replace
from tierdeps.model import Plan, Policy, State, after, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World

FINDING = "TD103: it requires mars, which no driver is"


def refusing(plan: Plan, *names: str, problems: tuple[str, ...] = ()) -> Plan:
    drivers = {name: replace(one, blocked=FINDING if name in names else "") for name, one in plan.drivers.items()}
    return replace(plan, drivers=drivers, problems=problems)


def two_tiers(world: World, **of_bad: object) -> Plan:
    return world.plan(
        [
            world.driver("bad", tier="one", **of_bad),
            world.driver("dependent", requires("bad"), tier="one"),
            world.driver("far", requires("dependent"), tier="two"),
            world.driver("wanting", wants("bad"), tier="one"),
            world.driver("following", after("bad"), tier="one"),
            world.driver("later", tier="two"),
        ],
        tiers=("one", "two"),
    )


def test_what_a_finding_concerns_is_blocked_with_what_requires_it_and_the_rest_starts(world: World) -> None:
    report = world.start(refusing(two_tiers(world), "bad"))
    assert {outcome.driver: outcome.state for outcome in report.outcomes} == {
        "bad": State.BLOCKED,
        "dependent": State.BLOCKED,
        "far": State.BLOCKED,
        "wanting": State.READY,
        "following": State.READY,
        "later": State.READY,
    }
    assert world.stops == []
    assert not report.ready


def test_the_finding_is_the_root_cause(world: World) -> None:
    report = world.start(refusing(two_tiers(world), "bad"))
    assert [(one.driver, one.reason, one.cause) for one in report.root_causes] == [("bad", FINDING, ())]
    assert {one.driver: one.cause for one in report.blocked} == {"dependent": ("bad",), "far": ("bad",)}
    assert report["far"].reason == f"it requires bad, which cannot start: {FINDING}"


def test_two_that_findings_concern_may_require_each_other_s_dependents(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a")), world.driver("c", requires("b"))])
    report = world.start(refusing(plan, "a", "b"))
    assert [one.driver for one in report.root_causes] == ["a", "b"]
    assert report["b"].reason == FINDING
    assert report["c"].cause == ("a", "b")


def test_the_order_goes_on_through_what_is_blocked(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", after("a")), world.driver("c", after("b"))])
    world.start(refusing(plan, "b"))
    assert world.log.index("a:start done") < world.log.index("c:start")


def test_nothing_of_what_is_blocked_is_called(world: World) -> None:
    world.start(refusing(two_tiers(world, policy=Policy(retries=3)), "bad"))
    assert not {"bad", "dependent", "far"} & {entry.partition(":")[0] for entry in world.log}


def test_a_disabled_one_stays_disabled_and_blocks_what_requires_it(world: World) -> None:
    plan = world.plan([world.driver("bad"), world.driver("dependent", requires("bad"))], disabled=["bad"])
    report = world.start(refusing(plan, "bad"))
    assert report["bad"].state is State.SKIPPED
    assert report["dependent"].state is State.BLOCKED


def test_a_problem_of_no_driver_is_no_success_and_stops_nothing(world: World) -> None:
    plan = replace(two_tiers(world), problems=("LV201: odd.xml cannot be read",))
    report = world.start(plan)
    assert report.ready
    assert not report.ok
    assert world.stops == []


def test_the_part_of_a_plan_that_a_target_needs_keeps_what_is_blocked(world: World) -> None:
    plan = refusing(two_tiers(world), "bad", problems=("a problem",)).subset(["far"])
    assert plan.problems == ("a problem",)
    report = world.start(plan)
    assert {one.state for one in report.outcomes} == {State.BLOCKED}


def test_a_reload_starts_what_is_blocked_no_more(world: World) -> None:
    driver = Kinds(world)
    drivers = [driver("a"), driver("b", requires("a")), driver("c")]
    plan = world.plan(drivers)
    reloaded, report = change(world, refusing(plan, "a"), plan)
    assert reloaded.reload.to_start == ("a", "b")
    assert reloaded.reload.untouched == ("c",)
    assert reloaded.ok
    assert report.ok


def test_a_reload_leaves_alone_what_runs_and_could_not_be_started_again(world: World) -> None:
    driver = Kinds(world)
    plan = world.plan([driver("a"), driver("b", requires("a"))])
    worse = refusing(world.plan([driver("a"), driver("b"), driver("c"), driver("d", requires("c"))]), "b", "c")
    reloaded, _ = change(world, plan, worse)
    assert reloaded.failed is None
    assert reloaded.reload.to_stop == ()
    assert {one.driver: one.state for one in reloaded.report.outcomes} == {
        "a": State.READY,
        "b": State.READY,
        "c": State.BLOCKED,
        "d": State.BLOCKED,
    }


def test_a_reload_whose_new_drivers_fail_is_undone_all_the_same(world: World) -> None:
    driver = Kinds(world)
    world.deeds["bad:start"] = fail
    plan = world.plan([driver("a")])
    worse = refusing(world.plan([driver("a"), driver("bad"), driver("c")]), "c")
    reloaded, _ = change(world, plan, worse)
    assert reloaded.failed is not None
    assert reloaded.report["a"].state is State.READY

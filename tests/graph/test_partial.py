"""The plan of what can start of a graph with errors."""

from __future__ import annotations

import pytest

from tierdeps.graph import CycleError, DependencyGraph, GraphError
from tierdeps.graph.partial import partial_plan
from tierdeps.model import Driver, Finding, Plan, Severity, Tier, after, before, conflicts, requires, wants


def blocked(plan: Plan) -> dict[str, str]:
    """Return the code of what blocks each blocked driver."""
    return {driver.name: driver.blocked.partition(":")[0] for driver in plan if driver.blocked}


def driver(name: str, *dependencies: object, tier: str | None = None, **more: object) -> Driver:
    return Driver(name, tier, dependencies=dependencies, **more)  # type: ignore[arg-type]  # as tests declare them


def test_a_graph_without_errors_has_the_plan_that_it_has() -> None:
    graph = DependencyGraph([driver("a"), driver("b", requires("a"))])
    assert partial_plan(graph) == graph.collapse()


def test_a_missing_requirement_blocks_the_driver_that_has_it() -> None:
    plan = partial_plan(DependencyGraph([driver("a", requires("mars")), driver("b", requires("a")), driver("c")]))
    assert blocked(plan) == {"a": "TD103"}
    assert list(plan.drivers) == ["a", "c", "b"]
    assert plan.drivers["b"].waits[0][0].step.driver == "a"


def test_a_cycle_blocks_its_members_and_no_others() -> None:
    graph = DependencyGraph(
        [
            driver("a"),
            driver("x", requires("y"), requires("a")),
            driver("y", after("x")),
            driver("behind", requires("x")),
            driver("z", before("x")),
        ]
    )
    plan = partial_plan(graph)
    assert blocked(plan) == {"x": "TD101", "y": "TD101"}
    assert {wait.step.driver for wait in plan.drivers["x"].waits[0]} == {"a", "z"}


def test_a_cycle_of_phases_counts_too() -> None:
    phases = ("initialize", "autostart")
    graph = DependencyGraph(
        [
            driver("storage", requires("qemu:autostart"), phases=phases),
            driver("qemu", requires("storage:initialize"), phases=phases),
        ]
    )
    assert blocked(partial_plan(graph)) == {"storage": "TD101", "qemu": "TD101"}


def test_an_inversion_blocks_the_dependent_and_not_what_it_needs() -> None:
    tiers = [Tier("one"), Tier("two", after=("one",))]
    plan = partial_plan(DependencyGraph([driver("a", requires("b"), tier="one"), driver("b", tier="two")], tiers))
    assert blocked(plan) == {"a": "TD102"}
    assert [tier.name for tier in plan.tiers] == ["one", "two"]


def test_a_driver_of_an_unknown_tier_is_blocked_wherever_it_is_put() -> None:
    plan = partial_plan(DependencyGraph([driver("a", tier="nowhere"), driver("b", tier="one")], [Tier("one")]))
    assert blocked(plan) == {"a": "TD108"}


@pytest.mark.parametrize(
    ("drivers", "expected"),
    [
        ((driver("a", requires("a")), driver("b")), {"a": "TD109"}),
        ((driver("a", requires("b:nope")), driver("b")), {"a": "TD107"}),
        ((driver("a", conflicts("b")), driver("b"), driver("c")), {"a": "TD106", "b": "TD106"}),
        ((driver("a"), driver("a"), driver("c")), {"a": "TD105"}),
        (
            (driver("a", requires("x")), driver("p", provides=("x",)), driver("q", provides=("x",))),
            {"a": "TD104"},
        ),
    ],
)
def test_every_error_of_the_graph_blocks_whom_it_concerns(drivers: list[Driver], expected: dict[str, str]) -> None:
    assert blocked(partial_plan(DependencyGraph(drivers))) == expected


def test_an_error_that_another_one_hid_is_found_too() -> None:
    graph = DependencyGraph(
        [driver("a", requires("b")), driver("b", requires("a"), requires("mars")), driver("c", requires("venus"))]
    )
    assert blocked(partial_plan(graph)) == {"a": "TD101", "b": "TD101", "c": "TD103"}


def test_what_the_rules_say_goes_first_and_warnings_block_nobody() -> None:
    graph = DependencyGraph([driver("a", requires("mars")), driver("b"), driver("c", wants("a"))])
    findings = [
        Finding("TD103", "missing", Severity.ERROR, "at length", ("a",)),
        Finding("LV106", "unreadable", Severity.ERROR, "no XML", ("b", "c"), blocks=("b",)),
        Finding("LV201", "odd", Severity.WARNING, "odd", ("c",)),
    ]
    plan = partial_plan(graph, findings)
    assert {one.name: one.blocked for one in plan if one.blocked} == {"a": "TD103: at length", "b": "LV106: no XML"}
    assert plan.problems == ()


def test_errors_that_concern_no_driver_are_problems_of_the_plan() -> None:
    findings = [Finding("LV106", "unreadable", Severity.ERROR, "odd.xml cannot be read", ("gone",))]
    plan = partial_plan(DependencyGraph([driver("a")]), findings)
    assert plan.problems == ("LV106: odd.xml cannot be read",)
    assert blocked(plan) == {}


def test_tiers_without_an_order_leave_nothing_that_can_start() -> None:
    tiers = [Tier("one", after=("two",)), Tier("two", after=("one",))]
    with pytest.raises(GraphError, match="in a cycle"):
        partial_plan(DependencyGraph([driver("a", tier="one")], tiers))


def test_bulk_graphs_can_be_started_in_part_too() -> None:
    graph = DependencyGraph.from_names({"a": ["mars"], "b": ["a"], "x": ["y"], "y": ["x"], "c": []})
    with pytest.raises(CycleError):
        graph.collapse()
    assert blocked(partial_plan(graph)) == {"a": "TD103", "x": "TD101", "y": "TD101"}

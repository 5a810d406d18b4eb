"""Declarations become a graph: its edges, what cannot be resolved, what is omitted."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, Tier, after, before, conflicts, pulls, requires, wants
from tierdeps.compact import MAX_PLAIN_NODES, is_compact
from tierdeps.graph.additions import add_dependencies
from tierdeps.graph.resolve import Problem
from tierdeps.model import Addition, Declarations, Origin, Step


def edges(graph: DependencyGraph) -> list[tuple[str, str]]:
    """Return each edge as (dependent, needed)."""
    return [(edge.dependent.driver, edge.needed.driver) for edge in graph.edges]


def test_every_verb_orders_drivers_but_conflicts_and_pulls() -> None:
    graph = DependencyGraph(
        (
            Driver("a", dependencies=(requires("t"),)),
            Driver("b", dependencies=(wants("t"),)),
            Driver("c", dependencies=(after("t"),)),
            Driver("d", dependencies=(before("t"),)),
            Driver("e", dependencies=(conflicts("t"),)),
            Driver("f", dependencies=(pulls("t"),)),
            Driver("t"),
        )
    )
    assert edges(graph) == [("a", "t"), ("b", "t"), ("c", "t"), ("t", "d")]
    assert [(edge.dependent.driver, edge.needed.driver) for edge in graph.conflicts] == [("e", "t")]


def test_a_conflict_with_a_capability_is_with_all_other_providers() -> None:
    graph = DependencyGraph(
        (
            Driver("a", provides=("door",), dependencies=(conflicts("door"),)),
            Driver("b", provides=("door",)),
            Driver("c", provides=("door",)),
        )
    )
    assert [edge.needed.driver for edge in graph.conflicts] == ["b", "c"]


@pytest.mark.parametrize("disabled", ["a", "b"])
def test_a_disabled_driver_conflicts_with_nothing(disabled: str) -> None:
    drivers = (Driver("a", dependencies=(conflicts("b"),)), Driver("b"))
    assert DependencyGraph(drivers, disabled=[disabled]).conflicts == ()


def test_order_passes_through_a_disabled_driver() -> None:
    drivers = (Driver("a", dependencies=(requires("off"),)), Driver("b"), Driver("off", dependencies=(requires("b"),)))
    plan = DependencyGraph(drivers, disabled=["off"]).collapse()
    assert plan.tiers[0].stages == (("b",), ("off",), ("a",))
    assert [driver.name for driver in plan if driver.disabled] == ["off"]


def test_no_order_passes_through_an_absent_driver() -> None:
    drivers = (Driver("a", dependencies=(wants("off"), after("off"), before("off"))), Driver("b"))
    graph = DependencyGraph(drivers)
    assert (graph.edges, graph.unresolved) == ((), ())
    assert graph.collapse().tiers[0].stages == (("a", "b"),)


def test_a_conditional_dependency_is_in_the_graph_only_where_its_fact_is_true() -> None:
    drivers = (Driver("a", dependencies=(requires("b", when="hot"),)), Driver("b"))
    assert edges(DependencyGraph(drivers)) == []
    assert edges(DependencyGraph(drivers, facts={"hot": False})) == []
    assert edges(DependencyGraph(drivers, facts={"hot": True})) == [("a", "b")]


def test_nothing_is_missing_under_a_fact_that_is_false() -> None:
    drivers = (Driver("a", dependencies=(requires("nowhere", when="hot"),)),)
    assert DependencyGraph(drivers).unresolved == ()
    assert [item.problem for item in DependencyGraph(drivers).with_all_facts().unresolved] == [Problem.MISSING]


def test_with_all_facts_every_fact_is_true_that_is_not_assumed_otherwise() -> None:
    drivers = (Driver("a", dependencies=(after("b", when="hot"), after("b", when="wet"))), Driver("b"))
    graph = DependencyGraph(drivers, facts={"hot": False})
    assert graph.facts == {"hot": False, "wet": False}
    assert graph.with_all_facts().facts == {"hot": True, "wet": True}
    assert graph.with_all_facts({"wet": False}).facts == {"hot": True, "wet": False}


@pytest.mark.parametrize("assumed", [None, {}, {"wet": False}, {"wet": True, "hot": False}])
def test_a_graph_of_names_has_all_facts_whatever_is_assumed(assumed: dict[str, bool] | None) -> None:
    graph = DependencyGraph.from_names({"a": ["b"], "b": []})
    found = graph.with_all_facts(assumed=assumed)
    assert found.facts == {}
    assert edges(found) == [("a", "b")]


@pytest.mark.parametrize(
    ("assumed", "expected"), [(None, {"hot": True}), ({"hot": False}, {"hot": False}), ({"wet": False}, {"hot": True})]
)
def test_a_graph_of_names_with_an_added_condition_has_its_fact(
    assumed: dict[str, bool] | None, expected: dict[str, bool]
) -> None:
    names = DependencyGraph.from_names({"a": [], "b": []}).declarations
    added = add_dependencies(names, [Addition("a", requires("b", when="hot"))])
    found = DependencyGraph.of(added).with_all_facts(assumed=assumed)
    assert found.facts == expected
    assert edges(found) == ([("a", "b")] if expected["hot"] else [])


def test_facts_that_no_dependency_is_conditional_on_are_not_in_the_graph() -> None:
    assert DependencyGraph((Driver("a"),), facts={"hot": True}).facts == {}


def test_of_drivers_with_one_name_the_first_is_in_the_graph() -> None:
    one = Driver("a", description="one", origin=Origin(distribution="acme"))
    other = Driver("a", description="other", origin=Origin(distribution="other"))
    graph = DependencyGraph((other, one))
    assert graph.duplicates == {"a": (one, other)}
    assert graph.drivers["a"].description == "one"


def test_a_dependency_on_a_later_tier_is_an_inversion() -> None:
    tiers = (Tier("core"), Tier("app", after=("core",)))
    down = Driver("a", "app", dependencies=(requires("b"),)), Driver("b", "core")
    up = Driver("a", "core", dependencies=(requires("b"),)), Driver("b", "app")
    assert DependencyGraph(down, tiers).inversions == ()
    assert [edge.needed.driver for edge in DependencyGraph(up, tiers).inversions] == ["b"]


def test_coming_before_a_driver_of_an_earlier_tier_is_an_inversion_too() -> None:
    tiers = (Tier("core"), Tier("app", after=("core",)))
    graph = DependencyGraph((Driver("a", "app", dependencies=(before("b"),)), Driver("b", "core")), tiers)
    assert [(edge.dependent.driver, edge.needed.driver) for edge in graph.inversions] == [("b", "a")]


def test_a_drivers_own_phases_follow_each_other() -> None:
    graph = DependencyGraph((Driver("a", phases=("one", "two", "three")),))
    assert list(graph.steps.edges) == [
        (Step("a", "one"), Step("a", "two")),
        (Step("a", "two"), Step("a", "three")),
    ]


def test_drivers_can_need_each_other_in_different_phases() -> None:
    graph = DependencyGraph(
        (
            Driver("qemu", phases=("initialize", "autostart"), dependencies=(requires("storage", phase="autostart"),)),
            Driver(
                "storage",
                phases=("initialize", "autostart"),
                dependencies=(requires("qemu:initialize", phase="autostart"),),
            ),
        )
    )
    assert graph.cycles() == ()
    assert graph.collapse().tiers[0].stages == (("qemu", "storage"),)


def test_edges_and_problems_are_sorted_however_they_are_declared() -> None:
    needs = (requires("z"), after("b", reason="one"), after("b"), requires("y"), wants("b", when="hot"))
    one = DependencyGraph((Driver("b"), Driver("a", dependencies=needs)), facts={"hot": True})
    other = DependencyGraph((Driver("a", dependencies=tuple(reversed(needs))), Driver("b")), facts={"hot": True})
    assert one.edges == other.edges
    assert one.unresolved == other.unresolved
    assert [item.subject for item in one.unresolved] == ["y", "z"]


def test_changed_declarations_make_a_new_graph() -> None:
    found = Declarations((Driver("a"),), (Tier("core"),), {"hot": True}, {"door": "a"}, frozenset({"a"}))
    assert DependencyGraph.of(found).declarations == found


def test_no_drivers_are_a_graph_too() -> None:
    graph = DependencyGraph(())
    assert graph.cycles() == ()
    assert graph.collapse().tiers == ()


def test_a_dependency_that_is_declared_twice_is_one_edge_and_is_counted_once() -> None:
    again = Driver(
        "a", dependencies=(requires("b"), requires("b"), wants("x"), wants("x"), conflicts("b"), conflicts("b"))
    )
    graph = DependencyGraph([again, Driver("b")])
    assert len(graph.edges) == 1
    assert len(graph.conflicts) == 1
    assert graph.dependency_count == 3


def test_the_origin_of_a_dependency_that_is_declared_twice_is_the_first() -> None:
    first, second = requires("b"), requires("b")
    for order in ((first, second), (second, first)):
        (edge,) = DependencyGraph([Driver("a", dependencies=order), Driver("b")]).edges
        assert edge.origin == min((first.origin, second.origin), key=lambda origin: origin.sort_key)


def test_a_problem_of_a_dependency_that_is_declared_twice_is_one() -> None:
    assert len(DependencyGraph([Driver("a", dependencies=(requires("x"), requires("x")))]).unresolved) == 1
    assert len(DependencyGraph.from_names({"a": ["x", "x"]}).unresolved) == 1


def test_a_requirement_by_name_that_is_declared_twice_is_one_edge() -> None:
    graph = DependencyGraph.from_names({"a": ["b", "c", "b"], "b": [], "c": ["b"]})
    assert [(edge.dependent.driver, edge.needed.driver) for edge in graph.edges] == [("a", "b"), ("a", "c"), ("c", "b")]
    assert graph.dependency_count == 3
    assert [len(driver.waits[0]) for driver in graph.collapse()] == [0, 1, 2]


def test_steps_of_many_drivers_with_one_phase_each_have_the_edges_of_all_kinds() -> None:
    count = MAX_PLAIN_NODES + 1
    kinds = (requires, before, after, wants)
    drivers = [Driver(f"d{n}", dependencies=(kinds[n % 4](f"d{n * 7 % count}"),)) for n in range(1, count)]
    graph = DependencyGraph([Driver("d0"), *drivers])
    assert is_compact(graph.steps)
    assert set(graph.steps.edges) == {(edge.needed, edge.dependent) for edge in graph.edges}
    assert list(graph.steps) == [Step(name, "start") for name in graph.drivers]


def test_coupled_edges_are_those_of_steps_that_say_what_a_loss_or_restart_does() -> None:
    graph = DependencyGraph(
        (
            Driver("a", None, ("one", "two"), (requires("c", phase="two", on_loss="keep"), requires("b"))),
            Driver("b", dependencies=(wants("c"), before("d"))),
            Driver("c"),
            Driver("d", dependencies=(wants("c", on_restart="restart"), requires("b", when="f", on_loss="keep"))),
        )
    )
    coupled = [(edge.dependent, edge.needed) for edge in graph.coupled_edges]
    assert coupled == [(Step("a", "two"), Step("c", "start")), (Step("d", "start"), Step("c", "start"))]

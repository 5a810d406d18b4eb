"""A part of a graph to draw: around a driver, of some tiers, with tiers as one node each."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, Tier, conflicts, requires, wants
from tierdeps.errors import UnknownNameError
from tierdeps.graph.part import around, collapsed, of_tiers
from tierdeps.graph.view import GraphView, build_view

CHAIN = ("disk", "pool", "volume", "guest")


def chain() -> GraphView:
    """Return four drivers in two tiers, each of which needs the one before it, and one beside them."""
    drivers = [
        Driver(name, tier="low" if at < 2 else "high", dependencies=(requires(CHAIN[at - 1]),) if at else ())
        for at, name in enumerate(CHAIN)
    ]
    clock = Driver("clock", tier="low", dependencies=(conflicts("nothing"),))
    return build_view(DependencyGraph((*drivers, clock), (Tier("low"), Tier("high", after=("low",)))))


def names(view: GraphView) -> set[str]:
    return {node.name for node in view.nodes}


def edges(view: GraphView) -> set[tuple[str, str]]:
    return {(edge.dependent, edge.needed) for edge in view.edges}


@pytest.mark.parametrize(
    ("depth", "expected"), [(0, {"pool"}), (1, {"disk", "pool", "volume"}), (2, set(CHAIN)), (None, set(CHAIN))]
)
def test_around_a_driver_is_what_it_needs_and_what_depends_on_it(depth: int | None, expected: set[str]) -> None:
    view = around(chain(), "pool", depth)
    assert names(view) == expected
    assert edges(view) == {(one, other) for one, other in edges(chain()) if {one, other} <= expected}
    assert {name for tier in view.tiers for name in tier.drivers} == expected
    assert {name for tier in view.tiers for stage in tier.stages for name in stage} == expected


def test_other_needs_of_a_dependent_are_not_around_a_driver() -> None:
    drivers = (Driver("a"), Driver("b"), Driver("c", dependencies=(requires("a"), requires("b"))))
    assert names(around(build_view(DependencyGraph(drivers)), "a")) == {"a", "c"}


def test_of_a_tier_are_its_drivers_and_the_edges_between_them() -> None:
    view = of_tiers(chain(), ["high"])
    assert names(view) == {"volume", "guest"}
    assert edges(view) == {("guest", "volume")}


def test_a_collapsed_tier_is_one_node_with_the_edges_of_its_drivers() -> None:
    view = collapsed(chain(), ["low"])
    assert names(view) == {"low (3 drivers)", "volume", "guest"}
    assert edges(view) == {("volume", "low (3 drivers)"), ("guest", "volume")}
    assert view.ordered


def test_edges_of_several_drivers_are_one_unless_they_differ_in_kind_or_condition() -> None:
    tiers = (Tier("low"), Tier("high", after=("low",)))
    low = [Driver(f"low{at}", tier="low") for at in range(3)]
    needs = (requires("low0"), requires("low1"), wants("low2"), requires("low2", when="fact"))
    high = [Driver(f"high{at}", tier="high", dependencies=needs) for at in range(2)]
    view = collapsed(build_view(DependencyGraph((*low, *high), tiers).with_all_facts()), ["low", "high"])
    found = sorted((str(edge.edge.kind), edge.edge.when or "") for edge in view.edges)
    assert found == [("requires", ""), ("requires", "fact"), ("wants", "")]


def test_a_node_has_no_name_of_a_driver() -> None:
    drivers = (Driver("a", tier="low"), Driver("low (1 drivers)", tier="high"))
    view = collapsed(build_view(DependencyGraph(drivers, (Tier("low"), Tier("high")))), ["low"])
    assert names(view) == {"low (1 drivers)", "low (1 drivers)'"}


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no driver is named 'nope'"):
        around(chain(), "nope")
    for part in (of_tiers, collapsed):
        with pytest.raises(UnknownNameError, match="no tier is named 'nope'"):
            part(chain(), ["nope"])

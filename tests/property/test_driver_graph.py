"""Dependencies that are kept as numbers say the same as the edges of each, resolved one by one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.strategies import cyclic, declarations, inverted, orderly
from tierdeps import Driver, after, requires
from tierdeps._util.frozen import replace
from tierdeps.formats import View, order
from tierdeps.graph import DependencyGraph
from tierdeps.graph.errors import GraphError
from tierdeps.graph.targets import ResolvedTargets
from tierdeps.graph.tiers import Membership
from tierdeps.model import Declarations, Edge, Kind, Tier

if TYPE_CHECKING:
    from tierdeps.graph.resolve import Unresolved

anything = st.one_of(declarations(), cyclic(), inverted(), orderly())

#: Each graph is resolved several times.
fewer = settings(max_examples=settings().max_examples // 4)


class ManyDrivers(DependencyGraph):
    """A graph that keeps its drivers as if they were many."""

    @cached_property
    def membership(self) -> Membership:
        """The tier of each driver, over a compact graph."""
        targets = ResolvedTargets(self.drivers, self.resolver, self.facts)
        return Membership(self.drivers, lambda: targets.driver_graph(0), self.tier_order)


def as_many(found: Declarations) -> ManyDrivers:
    return ManyDrivers(found.drivers, found.tiers, facts=found.facts, choices=found.choices, disabled=found.disabled)


def one_by_one(graph: DependencyGraph) -> tuple[list[Edge], list[Unresolved]]:
    """Return the sorted edges and the problems of all dependencies whose fact is true."""
    edges: list[Edge] = []
    problems: list[Unresolved] = []
    for driver in graph.drivers.values():
        for item in dict.fromkeys(sorted(driver.dependencies, key=lambda item: item.sort_key)):
            if item.when is None or graph.facts[item.when]:
                found = graph.resolver.resolve(driver, item)
                edges.extend(found.edges)
                problems.extend(found.problems)
    return sorted(edges, key=lambda edge: edge.sort_key), problems


@fewer
@given(anything)
def test_edges_and_problems_are_those_of_each_dependency(found: Declarations) -> None:
    graph = DependencyGraph.of(found)
    edges, problems = one_by_one(graph)
    assert list(graph.edges) == [edge for edge in edges if edge.kind.orders]
    assert list(graph.unresolved) == problems
    assert list(graph.pulls) == [edge for edge in edges if edge.kind is Kind.PULLS]
    disabled = graph.declarations.disabled
    conflicts = [edge for edge in edges if edge.kind is Kind.CONFLICTS]
    assert list(graph.declared_conflicts) == [
        edge for edge in conflicts if not disabled & {edge.dependent.driver, edge.needed.driver}
    ]


@fewer
@given(anything)
def test_the_driver_graph_has_the_drivers_of_all_edges(found: Declarations) -> None:
    graph = DependencyGraph.of(found)
    expected = {(edge.needed.driver, edge.dependent.driver) for edge in graph.edges}
    assert set(graph.membership.graph.edges) == expected
    assert set(as_many(found).membership.graph.edges) == expected
    assert set(graph.membership.graph) == set(graph.drivers)


@fewer
@given(anything)
def test_a_driver_graph_without_a_cycle_has_steps_without_one(found: Declarations) -> None:
    graph = DependencyGraph.of(found)
    assert (graph.cycles() == ()) == nx.is_directed_acyclic_graph(graph.steps)


def said(graph: DependencyGraph) -> str:
    """Return the order of a graph, or why it has none."""
    try:
        plan = graph.collapse()
    except GraphError as error:
        return str(error)
    return "\n".join((*order.render_json(plan, View()), *order.render_text(plan, View())))


@fewer
@given(anything)
def test_many_drivers_are_ordered_like_few(found: Declarations) -> None:
    few, many = DependencyGraph.of(found), as_many(found)
    assert said(many) == said(few)
    assert many.membership.rank == few.membership.rank
    assert many.inversions == few.inversions


def test_a_driver_that_comes_after_a_tier_of_its_own_needs_is_one_stage_later() -> None:
    """Stages count inside a tier: what is needed of an earlier tier makes none."""
    drivers = (
        Driver("a", tier="early"),
        Driver("b", tier="early", dependencies=(requires("a"),)),
        Driver("c", tier="late", dependencies=(after("b"),)),
        Driver("d", tier="late", dependencies=(requires("c"), requires("a"))),
        Driver("e", dependencies=(requires("d"),)),
    )
    found = Declarations(drivers, (Tier("early"), Tier("late", after=("early",))))
    tiers = as_many(found).collapse().tiers
    assert [(tier.name, tier.stages) for tier in tiers] == [
        ("early", (("a",), ("b",))),
        ("late", (("c",), ("d",), ("e",))),
    ]
    assert as_many(replace(found, disabled=frozenset({"e"}))).collapse().drivers["e"].disabled

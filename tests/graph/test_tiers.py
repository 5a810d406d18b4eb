"""Tiers of all declarers collapse into one total order."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.graph.tiers import DEFAULT_TIER, TierOrder
from tierdeps.model import Origin, Tier


def order(*tiers: Tier) -> TierOrder:
    return TierOrder(tiers)


def by(name: str) -> Origin:
    return Origin(distribution=name)


def test_without_tiers_there_is_one() -> None:
    assert order().names == (DEFAULT_TIER,)


def test_after_and_before_order_tiers() -> None:
    assert order(Tier("z"), Tier("y", after=("z",)), Tier("x", after=("y",))).names == ("z", "y", "x")
    assert order(Tier("z", before=("y",)), Tier("y", before=("x",)), Tier("x")).names == ("z", "y", "x")


def test_ties_go_by_name() -> None:
    assert order(Tier("c"), Tier("a"), Tier("b")).names == ("a", "b", "c")
    assert order(Tier("c"), Tier("a", after=("c",)), Tier("b")).names == ("b", "c", "a")


def test_tiers_of_one_name_are_merged() -> None:
    found = order(
        Tier("core", origin=by("acme")),
        Tier("core", after=("boot",), origin=by("other")),
        Tier("boot", before=("core",), origin=by("acme")),
        Tier("core", before=("app",), origin=by("third")),
        Tier("app"),
    )
    assert found.names == ("boot", "core", "app")
    assert found.relations[1:] == (("boot", "core", by("other")), ("core", "app", by("third")))
    assert found.relations[0] == ("boot", "core", by("acme"))
    assert [tier.origin.distribution for tier in found.declared["core"]] == ["acme", "other", "third"]


def test_a_cycle_of_tiers_is_a_closed_path_each_followed_by_one_that_it_comes_after() -> None:
    found = order(Tier("a", after=("b",)), Tier("b", after=("c",)), Tier("c", after=("a",)), Tier("d", after=("a",)))
    assert found.cycles == (("a", "b", "c", "a"),)


def test_the_cycle_shown_is_a_shortest_one() -> None:
    ring = [Tier(name, after=(other,)) for name, other in zip("abcd", "bcda", strict=True)]
    assert order(*ring, Tier("c", after=("b",))).cycles == (("b", "c", "b"),)


def test_each_component_of_tiers_has_its_cycle() -> None:
    found = order(
        Tier("a", after=("b",)), Tier("b", after=("a",)), Tier("c", after=("d", "a")), Tier("d", after=("c",))
    )
    assert found.cycles == (("a", "b", "a"), ("c", "d", "c"))


def test_a_tier_can_come_after_itself_by_mistake() -> None:
    assert order(Tier("a", after=("a",))).cycles == (("a", "a"),)


def test_there_is_an_order_even_around_a_cycle() -> None:
    found = order(Tier("z", before=("a",)), Tier("b", after=("a",)), Tier("a", after=("b",)), Tier("x", after=("b",)))
    assert found.names == ("z", "a", "b", "x")


def test_without_a_cycle_there_is_none() -> None:
    assert order(Tier("a"), Tier("b", after=("a",)), Tier("c", after=("a", "b"))).cycles == ()


def test_relations_with_undeclared_tiers_are_unknown_and_order_nothing() -> None:
    found = order(Tier("a", after=("ghost",), origin=by("acme")), Tier("b", before=("a",)))
    assert found.unknown == (("ghost", "a", by("acme")),)
    assert found.names == ("b", "a")


def test_neighbours_ordered_only_by_their_names_are_unordered() -> None:
    assert order(Tier("a"), Tier("b"), Tier("c", after=("b",))).unordered == (("a", "b"),)
    assert order(Tier("a"), Tier("b", after=("a",)), Tier("c", after=("b",))).unordered == ()
    assert order().unordered == ()


def test_tiers_of_a_cycle_are_not_unordered() -> None:
    assert order(Tier("a", after=("b",)), Tier("b", after=("a",))).unordered == ()


def test_neighbours_have_a_declared_order_only_by_an_edge_or_a_cycle() -> None:
    found = order(Tier("a"), Tier("b", after=("a",)), Tier("c"), Tier("d", after=("b",)), Tier("e", after=("d",)))
    assert found.names == ("a", "b", "c", "d", "e")
    assert found.unordered == (("b", "c"), ("c", "d"))
    assert order(Tier("a", after=("b",)), Tier("b", after=("a",)), Tier("c")).unordered == (("b", "c"),)


def test_a_tier_after_itself_is_the_shortest_cycle() -> None:
    found = order(
        Tier("a", after=("b",)), Tier("b", after=("a",)), Tier("c", after=("c", "b")), Tier("b", after=("c",))
    )
    assert found.cycles == (("c", "c"),)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef"), max_size=3), min_size=1))
def test_cycles_are_the_shortest_of_their_components(after: dict[str, set[str]]) -> None:
    found = order(*(Tier(name, after=tuple(after.get(name, ()))) for name in "abcdef"))
    graph = nx.DiGraph([(name, other) for name, others in after.items() for other in others])
    components = map(graph.subgraph, nx.strongly_connected_components(graph))
    shortest = [min(map(len, nx.simple_cycles(one))) for one in components if not nx.is_directed_acyclic_graph(one)]
    assert sorted(len(path) - 1 for path in found.cycles) == sorted(shortest)
    assert all(graph.has_edge(*edge) for path in found.cycles for edge in pairwise(path))

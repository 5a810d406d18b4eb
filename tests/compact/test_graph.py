"""The compact graph as networkx's functions and our own read it."""

from __future__ import annotations

import pytest

from tierdeps.compact import WORTH_IT, CompactGraph, directed_graph


@pytest.fixture
def graph() -> CompactGraph[str]:
    return CompactGraph.of("cab", [("a", "b"), ("c", "a"), ("a", "b")])


def test_keeps_the_order_of_its_nodes(graph: CompactGraph[str]) -> None:
    assert list(graph) == ["c", "a", "b"]
    assert len(graph) == 3


def test_knows_who_is_next_to_whom(graph: CompactGraph[str]) -> None:
    assert dict(graph.succ) == {"c": ("a",), "a": ("b",), "b": ()}
    assert dict(graph.pred) == {"c": (), "a": ("c",), "b": ("a",)}
    assert graph["c"] == ("a",)
    assert len(graph.succ) == 3


def test_counts_two_arrows_between_the_same_nodes_as_one(graph: CompactGraph[str]) -> None:
    assert list(graph.edges) == [("c", "a"), ("a", "b")]


def test_tells_what_is_in_it(graph: CompactGraph[str]) -> None:
    assert "a" in graph
    assert "x" not in graph


def test_part_of_it_keeps_the_arrows_inside(graph: CompactGraph[str]) -> None:
    part = graph.subgraph(["b", "a", "x"])
    assert list(part) == ["a", "b"]
    assert list(part.edges) == [("a", "b")]


def test_by_other_names_it_is_the_same_graph(graph: CompactGraph[str]) -> None:
    assert list(graph.renamed([3, 1, 2], {3: 0, 1: 1, 2: 2}).edges) == [(3, 1), (1, 2)]


@pytest.mark.parametrize(("count", "kind"), [(WORTH_IT, "DiGraph"), (WORTH_IT + 1, "CompactGraph")])
def test_many_nodes_make_a_graph_compact(count: int, kind: str) -> None:
    assert type(directed_graph(range(count), [(0, 1)])).__name__ == kind

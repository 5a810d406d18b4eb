"""The compact graph has the interface of a networkx graph."""

from __future__ import annotations

import pytest

from tierdeps.compact import MAX_PLAIN_NODES, CompactGraph, directed_graph


@pytest.fixture
def graph() -> CompactGraph[str]:
    return CompactGraph.of("cab", [("a", "b"), ("c", "a"), ("a", "b")])


def test_keeps_the_order_of_its_nodes(graph: CompactGraph[str]) -> None:
    assert list(graph) == ["c", "a", "b"]
    assert len(graph) == 3


def test_returns_the_neighbours_of_each_node(graph: CompactGraph[str]) -> None:
    assert dict(graph.succ) == {"c": ("a",), "a": ("b",), "b": ()}
    assert dict(graph.pred) == {"c": (), "a": ("c",), "b": ("a",)}
    assert graph["c"] == ("a",)
    assert len(graph.succ) == 3


def test_counts_parallel_edges_as_one(graph: CompactGraph[str]) -> None:
    assert list(graph.edges) == [("c", "a"), ("a", "b")]


def test_contains_its_nodes_only(graph: CompactGraph[str]) -> None:
    assert "a" in graph
    assert "x" not in graph


def test_a_subgraph_keeps_the_edges_between_its_nodes(graph: CompactGraph[str]) -> None:
    part = graph.subgraph(["b", "a", "x"])
    assert list(part) == ["a", "b"]
    assert list(part.edges) == [("a", "b")]


def test_a_relabeled_graph_has_the_same_edges(graph: CompactGraph[str]) -> None:
    assert list(graph.relabeled([3, 1, 2], {3: 0, 1: 1, 2: 2}).edges) == [(3, 1), (1, 2)]


@pytest.mark.parametrize(("count", "kind"), [(MAX_PLAIN_NODES, "DiGraph"), (MAX_PLAIN_NODES + 1, "CompactGraph")])
def test_a_graph_of_many_nodes_is_compact(count: int, kind: str) -> None:
    assert type(directed_graph(range(count), [(0, 1)])).__name__ == kind

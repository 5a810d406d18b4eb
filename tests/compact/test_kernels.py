"""The kernels: plain Python and numpy give the same arrays, and both agree with networkx."""

from __future__ import annotations

import sys
from array import array
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.compact import kernels, kernels_numpy, select
from tierdeps.compact.adjacency import Adjacency, from_edges, offsets_of

ROW = kernels_numpy.MAX_BATCHED_DEGREE
Edges = list[tuple[int, int]]

GRAPHS = st.integers(1, 30).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=80),
    )
)


def adjacency_of(nodes: int, edges: Edges) -> Adjacency:
    return from_edges(nodes, sorted(set(edges)))


@given(GRAPHS)
def test_an_adjacency_has_the_edges_that_were_given(graph: tuple[int, Edges]) -> None:
    nodes, edges = graph
    adjacency = from_edges(nodes, edges)
    found = [(node, target) for node in range(nodes) for target in adjacency.neighbours(node)]
    assert found == sorted(edges, key=lambda edge: edge[0])


@given(GRAPHS)
def test_transposing_twice_returns_the_same_edges_sorted(graph: tuple[int, Edges]) -> None:
    adjacency = adjacency_of(*graph)
    assert kernels.transpose(kernels.transpose(adjacency)) == adjacency


@given(GRAPHS)
def test_numpy_gives_the_same_arrays(graph: tuple[int, Edges]) -> None:
    incoming = adjacency_of(*graph)
    outgoing = kernels.transpose(incoming)
    assert kernels_numpy.transpose(incoming) == outgoing
    assert kernels_numpy.generations(incoming) == kernels.generations(incoming)


@given(GRAPHS)
def test_numpy_gives_the_same_generations_where_nodes_have_one_predecessor_or_none(graph: tuple[int, Edges]) -> None:
    nodes, edges = graph
    incoming = from_edges(nodes, dict(edges).items())
    assert kernels_numpy.generations(incoming) == kernels.generations(incoming)


@given(
    st.dictionaries(
        st.text("ab\0ß€😀", max_size=20) | st.text(max_size=3),
        st.lists(st.text("ab", max_size=2), max_size=3),
        max_size=20,
    )
)
def test_numpy_sorts_and_numbers_names_as_plain_python_does(table: dict[str, list[str]]) -> None:
    known = {name: [other for other in listed if other in table] for name, listed in table.items()}
    for requirements in (table, known):
        assert kernels_numpy.sorted_adjacency(requirements) == kernels.sorted_adjacency(requirements)
    assert kernels.sorted_adjacency(table)[0] == sorted(table)


@given(GRAPHS)
def test_nodes_with_parallel_edges_are_found(graph: tuple[int, Edges]) -> None:
    nodes, edges = graph
    adjacency = from_edges(nodes, edges)
    expected = [node for node in range(nodes) if len(set(adjacency.neighbours(node))) < len(adjacency.neighbours(node))]
    assert kernels.nodes_with_parallel_edges(adjacency) == expected
    assert kernels_numpy.nodes_with_parallel_edges(adjacency) == expected


@pytest.mark.parametrize(
    "count",
    [
        1,
        kernels_numpy.MAX_BATCHED_DEGREE - 1,
        kernels_numpy.MAX_BATCHED_DEGREE,
        kernels_numpy.MAX_BATCHED_DEGREE + 1,
        3 * kernels_numpy.MAX_BATCHED_DEGREE,
    ],
)
def test_parallel_edges_are_found_in_short_and_long_rows(count: int) -> None:
    different = [(1, end) for end in range(count)]
    for edges, expected in ((different, []), ([*different, (1, 0)], [1]), ([(0, count), *different, (2, 0)], [])):
        adjacency = from_edges(count + 2, edges)
        assert (
            kernels.nodes_with_parallel_edges(adjacency)
            == kernels_numpy.nodes_with_parallel_edges(adjacency)
            == expected
        )


def test_numpy_gives_the_same_arrays_for_large_generations() -> None:
    edges = [(node, node % 500 + 500 * (node // 500 - 1)) for node in range(500, 5_000)]
    edges += [(node, 0) for node in range(500, 5_000)]
    incoming = adjacency_of(5_000, edges)
    assert len(kernels.generations(incoming).bounds) == 11
    assert kernels_numpy.generations(incoming) == kernels.generations(incoming)


@given(GRAPHS, st.randoms(use_true_random=False))
def test_numpy_permutes_as_plain_python_does(graph: tuple[int, Edges], chance: object) -> None:
    adjacency = adjacency_of(*graph)
    order = array("i", reversed(range(adjacency.node_count)))
    new_index = array("i", (adjacency.node_count - 1 - node for node in range(adjacency.node_count)))
    there = kernels.permuted(adjacency, order, new_index)
    assert kernels_numpy.permuted(adjacency, order, new_index) == there
    assert kernels.permuted(there, order, new_index) == adjacency


@given(GRAPHS)
def test_components_agree_with_networkx(graph: tuple[int, Edges]) -> None:
    nodes, edges = graph
    whole: nx.DiGraph[int] = nx.DiGraph()
    whole.add_nodes_from(range(nodes))
    whole.add_edges_from(edges)
    found = [sorted(part) for part in kernels.components(adjacency_of(nodes, edges))]
    parts = nx.strongly_connected_components(whole)
    assert sorted(found) == sorted(map(sorted, parts))


@given(GRAPHS)
def test_reachable_nodes_agree_with_networkx(graph: tuple[int, Edges]) -> None:
    nodes, edges = graph
    whole: nx.DiGraph[int] = nx.DiGraph()
    whole.add_nodes_from(range(nodes))
    whole.add_edges_from(edges)
    assert set(kernels.reachable(adjacency_of(nodes, edges), 0)) == nx.descendants(whole, 0)


@given(GRAPHS)
def test_a_generation_needs_only_earlier_ones(graph: tuple[int, Edges]) -> None:
    incoming = adjacency_of(*graph)
    order, bounds = kernels.generations(incoming)
    level = {node: number for number, (start, end) in enumerate(pairwise(bounds)) for node in order[start:end]}
    for node, number in level.items():
        assert number == max((level[needed] + 1 for needed in incoming.neighbours(node)), default=0)
    assert all(
        set(incoming.neighbours(node)) - level.keys() for node in range(incoming.node_count) if node not in level
    )


@pytest.mark.parametrize(("missing", "module"), [(1, kernels), (0, kernels_numpy)])
def test_numpy_is_selected_for_many_edges(missing: int, module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert select.select_kernels(select.MIN_EDGES_IF_IMPORTED - missing) is module
    monkeypatch.delitem(sys.modules, "numpy")
    assert select.select_kernels(select.MIN_NUMPY_EDGES - missing) is module


def test_offsets_start_at_zero() -> None:
    assert list(offsets_of([2, 0, 1])) == [0, 2, 2, 3]

"""The walks over arrows: plain Python and numpy give the same arrays, and both what networkx gives."""

from __future__ import annotations

from array import array
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.compact import kernels, plain, wide
from tierdeps.compact.arrows import Arrows, grouped, offsets

Pairs = list[tuple[int, int]]

GRAPHS = st.integers(1, 30).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=80),
    )
)


def arrows_of(nodes: int, pairs: Pairs) -> Arrows:
    return grouped(nodes, sorted(set(pairs)))


@given(GRAPHS)
def test_arrows_keep_what_was_given(graph: tuple[int, Pairs]) -> None:
    nodes, pairs = graph
    arrows = grouped(nodes, pairs)
    assert [(node, end) for node in range(nodes) for end in arrows.of(node)] == sorted(pairs, key=lambda pair: pair[0])


@given(GRAPHS)
def test_turned_round_twice_they_are_sorted_and_the_same(graph: tuple[int, Pairs]) -> None:
    arrows = arrows_of(*graph)
    assert plain.transpose(plain.transpose(arrows)) == arrows


@given(GRAPHS)
def test_numpy_gives_the_same_arrays(graph: tuple[int, Pairs]) -> None:
    into = arrows_of(*graph)
    out = plain.transpose(into)
    assert wide.transpose(into) == out
    assert wide.levels(into) == plain.levels(into)


@given(GRAPHS)
def test_nodes_with_two_arrows_to_one_end_are_found(graph: tuple[int, Pairs]) -> None:
    nodes, pairs = graph
    arrows = grouped(nodes, pairs)
    expected = [node for node in range(nodes) if len(set(arrows.of(node))) < len(arrows.of(node))]
    assert plain.repeating(arrows) == expected
    assert wide.repeating(arrows) == expected


@pytest.mark.parametrize("count", [1, wide.FEW - 1, wide.FEW, wide.FEW + 1, 3 * wide.FEW])
def test_a_repetition_is_found_among_few_and_many_arrows(count: int) -> None:
    different = [(1, end) for end in range(count)]
    for pairs, expected in ((different, []), ([*different, (1, 0)], [1]), ([(0, count), *different, (2, 0)], [])):
        arrows = grouped(count + 2, pairs)
        assert plain.repeating(arrows) == wide.repeating(arrows) == expected


def test_numpy_gives_the_same_arrays_where_generations_are_wide() -> None:
    pairs = [(node, node % 500 + 500 * (node // 500 - 1)) for node in range(500, 5_000)]
    pairs += [(node, 0) for node in range(500, 5_000)]
    into = arrows_of(5_000, pairs)
    assert len(plain.levels(into).bounds) == 11
    assert wide.levels(into) == plain.levels(into)


@given(GRAPHS, st.randoms(use_true_random=False))
def test_numpy_reorders_as_plain_python_does(graph: tuple[int, Pairs], chance: object) -> None:
    arrows = arrows_of(*graph)
    order = array("i", reversed(range(arrows.nodes)))
    rank = array("i", (arrows.nodes - 1 - node for node in range(arrows.nodes)))
    there = plain.reordered(arrows, order, rank)
    assert wide.reordered(arrows, order, rank) == there
    assert plain.reordered(there, order, rank) == arrows


@given(GRAPHS)
def test_components_are_networkx_own(graph: tuple[int, Pairs]) -> None:
    nodes, pairs = graph
    whole: nx.DiGraph[int] = nx.DiGraph()
    whole.add_nodes_from(range(nodes))
    whole.add_edges_from(pairs)
    found = [sorted(part) for part in plain.components(arrows_of(nodes, pairs))]
    parts = nx.strongly_connected_components(whole)
    assert sorted(found) == sorted(map(sorted, parts))


@given(GRAPHS)
def test_what_is_reached_is_networkx_own(graph: tuple[int, Pairs]) -> None:
    nodes, pairs = graph
    whole: nx.DiGraph[int] = nx.DiGraph()
    whole.add_nodes_from(range(nodes))
    whole.add_edges_from(pairs)
    assert set(plain.reached(arrows_of(nodes, pairs), 0)) == nx.descendants(whole, 0)


@given(GRAPHS)
def test_a_generation_needs_only_earlier_ones(graph: tuple[int, Pairs]) -> None:
    into = arrows_of(*graph)
    order, bounds = plain.levels(into)
    level = {node: number for number, (start, end) in enumerate(pairwise(bounds)) for node in order[start:end]}
    for node, number in level.items():
        assert number == max((level[needed] + 1 for needed in into.of(node)), default=0)
    assert all(set(into.of(node)) - level.keys() for node in range(into.nodes) if node not in level)


@pytest.mark.parametrize(("arrows", "module"), [(kernels.WORTH_NUMPY - 1, plain), (kernels.WORTH_NUMPY, wide)])
def test_numpy_is_for_many_arrows(arrows: int, module: object) -> None:
    assert kernels.kernels(arrows) is module


def test_offsets_begin_at_nothing() -> None:
    assert list(offsets([2, 0, 1])) == [0, 2, 2, 3]

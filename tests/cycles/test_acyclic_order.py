"""An acyclic graph to which edges are added: each that closes no cycle, and none that does."""

from __future__ import annotations

from math import inf, nextafter

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.cycles.minimalize import AcyclicOrder

SIZE = 7
STEP = st.integers(0, SIZE - 1)
#: Equal ones, neighbouring floats, and ordinary ones.
POSITION = st.sampled_from([0.0, 1.0, nextafter(1.0, inf), nextafter(1.0, -inf), 2.0, -3.5, 1e12])


def test_steps_at_one_position_close_no_cycle() -> None:
    order = AcyclicOrder([[], []], [1.0, 1.0])
    assert order.add(0, 1)
    assert not order.add(1, 0)


@given(st.lists(POSITION, min_size=SIZE, max_size=SIZE), st.lists(st.tuples(STEP, STEP), max_size=30))
def test_an_edge_is_added_unless_it_closes_a_cycle(positions: list[float], pairs: list[tuple[int, int]]) -> None:
    order = AcyclicOrder([[] for _ in range(SIZE)], positions)
    order.visits_left = inf
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(SIZE))
    for tail, head in pairs:
        if tail == head:
            continue
        assert order.add(tail, head) == (not nx.has_path(graph, head, tail))
        if not nx.has_path(graph, head, tail):
            graph.add_edge(tail, head)
        assert all(order.positions[one] < order.positions[other] for one, other in graph.edges)

"""The edges that follow from others, compared with networkx's transitive reduction."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.analysis.transitive_reduction import redundant_edges

Needs = list[list[int]]


@st.composite
def acyclic(draw: st.DrawFn) -> Needs:
    count = draw(st.integers(0, 90))
    return [
        sorted(draw(st.sets(st.integers(0, node - 1), max_size=5)), reverse=True) if node else []
        for node in range(count)
    ]


@given(acyclic(), st.sampled_from([1 << 31, 6400, 64]))
def test_finds_the_edges_that_a_transitive_reduction_omits(needs: Needs, kept_bits: int) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(needs)))
    graph.add_edges_from((node, need) for node, some in enumerate(needs) for need in some)
    found = {edge for part in redundant_edges(needs, kept_bits) for edge in part.edges}
    assert found == set(graph.edges) - set(nx.transitive_reduction(graph).edges)


@given(acyclic(), st.sampled_from([1 << 31, 64]))
def test_knows_which_node_leads_to_which(needs: Needs, kept_bits: int) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph([(node, need) for node, some in enumerate(needs) for need in some])
    graph.add_nodes_from(range(len(needs)))
    for part in redundant_edges(needs, kept_bits):
        for target in filter(part.covers, range(len(needs))):
            leading = {node for node in range(len(needs)) if part.reaches(node, target)}
            assert leading == nx.ancestors(graph, target) | {target}

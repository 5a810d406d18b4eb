"""The compact graph: nodes are numbered once and arrows lie in flat arrays; networkx runs on it as on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tierdeps.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import networkx as nx

    from tierdeps.compact.graph import CompactGraph, Node

__all__ = ["WORTH_IT", "CompactGraph", "directed_graph"]

#: A graph of more nodes is worth being compact.
WORTH_IT = 10_000


def directed_graph(nodes: Collection[Node], edges: Iterable[tuple[Node, Node]]) -> nx.DiGraph[Node]:
    """Return a graph for networkx's functions: networkx's own, or a compact one where there are many nodes."""
    if len(nodes) > WORTH_IT:
        from tierdeps.compact.graph import CompactGraph

        return cast("nx.DiGraph[Node]", CompactGraph.of(nodes, edges))
    import networkx as nx

    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


__getattr__, __dir__ = lazily(__name__, {"graph": ("CompactGraph",)})

"""The compact graph: nodes numbered once, edges in flat arrays; networkx's functions run on it as on their own.

networkx keeps a dictionary for each node and each edge, which for a million drivers takes gigabytes. Here a node is an
index and an edge is four bytes. ``adjacency`` holds the arrays, ``kernels`` and ``kernels_numpy`` are the algorithms
over them, ``select`` chooses between these two, ``graph`` gives the arrays the interface of a networkx graph, and
``backend`` registers the algorithms with networkx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard, cast

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import networkx as nx

    from tierdeps.compact.graph import CompactGraph, Node

__all__ = ["MAX_PLAIN_NODES", "CompactGraph", "directed_graph", "is_compact"]

#: A graph of more nodes is made compact; for fewer, what networkx's own costs is not noticed.
MAX_PLAIN_NODES = 10_000


def directed_graph(nodes: Collection[Node], edges: Iterable[tuple[Node, Node]]) -> nx.DiGraph[Node]:
    """Return a graph for networkx's functions: networkx's own, or a compact one where there are many nodes."""
    if len(nodes) > MAX_PLAIN_NODES:
        from tierdeps.compact.graph import CompactGraph

        return cast("nx.DiGraph[Node]", CompactGraph.of(nodes, edges))
    import networkx as nx

    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


def is_compact(graph: nx.DiGraph[Node] | CompactGraph[Node]) -> TypeGuard[CompactGraph[Node]]:
    """Return whether a graph is a compact one; this does not import what compact graphs need."""
    return graph.__networkx_backend__ == "tierdeps"


if not TYPE_CHECKING:
    _, __getattr__, __dir__ = lazily(__name__, {"graph": ("CompactGraph",)})

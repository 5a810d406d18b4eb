"""The networkx backend ``tierdeps``: its own algorithms run on compact graphs, all others on a converted copy.

networkx imports this module by the entry point ``networkx.backends`` and looks the functions up here by their names;
see "Backends" in networkx's documentation for ``convert_from_nx``, ``convert_to_nx`` and ``can_run``.
"""

from __future__ import annotations

from functools import wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx
from networkx.utils.backends import _registered_algorithms  # type: ignore[attr-defined]  # missing in the stubs

from tierdeps.compact import kernels
from tierdeps.compact.graph import CompactGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

Node = TypeVar("Node", bound="Hashable")

_COPIED = "tierdeps: copied"
_OWN_ALGORITHMS = frozenset(
    {
        "ancestors",
        "descendants",
        "is_directed_acyclic_graph",
        "strongly_connected_components",
        "topological_generations",
    }
)


class ChangedError(RuntimeError, nx.NetworkXUnfeasible):
    """The graph was changed during the iteration over its generations; networkx raises one or the other type."""


def topological_generations(G: CompactGraph[Node]) -> Iterator[list[Node]]:  # noqa: N803  networkx's name
    """Yield the generations; raises NetworkXUnfeasible after the last one where there is a cycle."""
    order, bounds = G.generations
    nodes, is_current = list(G.nodes_at(order)), G.is_current
    for start, end in pairwise(bounds):
        yield nodes[start:end]
        if not is_current():
            raise ChangedError("Graph changed during iteration")
    if not G.acyclic:
        raise nx.NetworkXUnfeasible("Graph contains a cycle")


def is_directed_acyclic_graph(G: CompactGraph[Node]) -> bool:  # noqa: N803
    """Return whether there is no cycle."""
    return G.acyclic


def strongly_connected_components(G: CompactGraph[Node]) -> Iterator[set[Node]]:  # noqa: N803
    """Yield the components, each before those that lead to it.

    A node that is in a generation is a component by itself, so Tarjan's algorithm has to look only at the others.
    """
    if not G.acyclic:
        found = list(kernels.components(G.incoming, G.generations.order))
        yield from (set(G.nodes_at(component)) for component in reversed(found))
    yield from ({node} for node in G.nodes_at(reversed(G.generations.order)))


def ancestors(G: CompactGraph[Node], source: Node) -> set[Node]:  # noqa: N803
    """Return all nodes from which ``source`` can be reached."""
    return set(G.nodes_at(kernels.reachable(G.incoming, _index(G, source))))


def descendants(G: CompactGraph[Node], source: Node) -> set[Node]:  # noqa: N803
    """Return all nodes that can be reached from ``source``."""
    return set(G.nodes_at(kernels.reachable(G.outgoing, _index(G, source))))


def _index(graph: CompactGraph[Node], node: Node) -> int:
    if node not in graph:
        raise nx.NetworkXError(f"The node {node} is not in the digraph.")
    return graph.index[node]


def convert_from_nx(graph: nx.DiGraph[Node], **_: object) -> CompactGraph[Node]:
    """Return a compact copy. Attributes are not copied, since no algorithm here reads any."""
    compact = CompactGraph.of(graph, graph.edges())
    cache = getattr(graph, "__networkx_cache__", None)
    if cache is not None:
        cache[_COPIED] = True  # networkx empties this cache whenever the graph is changed
        compact.is_current = lambda: _COPIED in cache
    return compact


def convert_to_nx(result: Any, **_: object) -> Any:
    """Return a compact graph as a frozen networkx graph; anything else as it is."""
    if not isinstance(result, CompactGraph):
        return result
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(result.nodes)
    graph.add_edges_from(result.edges)
    return nx.freeze(graph)


def can_run(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether this backend runs a function: always on compact graphs, else where the algorithm is its own."""
    graph = args[0] if args else kwargs.get("G")
    if isinstance(graph, CompactGraph):
        return True
    return name in _OWN_ALGORITHMS and isinstance(graph, nx.DiGraph) and not graph.is_multigraph()


def __getattr__(name: str) -> Callable[..., Any]:
    """Return any other function of networkx, wrapped so that it accepts compact graphs."""
    if name not in _registered_algorithms:
        raise AttributeError(name)
    function = _registered_algorithms[name]

    @wraps(function.orig_func)
    def converting(*args: Any, **kwargs: Any) -> Any:
        converted = {key: convert_to_nx(value) for key, value in kwargs.items()}
        return function(*map(convert_to_nx, args), **converted)

    return converting

"""The backend ``tierdeps`` of networkx: what it runs on a compact graph itself; all else gets a copy it knows."""

from __future__ import annotations

from functools import wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx
from networkx.utils.backends import _registered_algorithms  # type: ignore[attr-defined]  # the stubs leave it out

from tierdeps.compact import plain
from tierdeps.compact.graph import CompactGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

Node = TypeVar("Node", bound="Hashable")

_COPIED = "tierdeps: copied"
_OWN = frozenset(
    {
        "ancestors",
        "descendants",
        "is_directed_acyclic_graph",
        "strongly_connected_components",
        "topological_generations",
    }
)


class ChangedError(RuntimeError, nx.NetworkXUnfeasible):
    """The graph was changed while its generations were walked; networkx raises either, as it happens to notice."""


def topological_generations(G: CompactGraph[Node]) -> Iterator[list[Node]]:  # noqa: N803  networkx's name
    """Yield the generations; raises NetworkXUnfeasible after the last one where a cycle leaves nodes over."""
    order, bounds = G.levels
    nodes, is_current = list(G.named(order)), G.is_current
    for start, end in pairwise(bounds):
        yield nodes[start:end]
        if not is_current():
            raise ChangedError("Graph changed during iteration")
    if not G.acyclic:
        raise nx.NetworkXUnfeasible("Graph contains a cycle")


def is_directed_acyclic_graph(G: CompactGraph[Node]) -> bool:  # noqa: N803
    """Tell whether there is no cycle."""
    return G.acyclic


def strongly_connected_components(G: CompactGraph[Node]) -> Iterator[set[Node]]:  # noqa: N803
    """Yield the components, each before those with arrows to it; what is in a generation is one by itself."""
    if not G.acyclic:
        found = list(plain.components(G.into, G.levels.order))
        yield from (set(G.named(component)) for component in reversed(found))
    yield from ({node} for node in G.named(reversed(G.levels.order)))


def ancestors(G: CompactGraph[Node], source: Node) -> set[Node]:  # noqa: N803
    """Return all from which arrows lead to ``source``, however far."""
    return set(G.named(plain.reached(G.into, _number(G, source))))


def descendants(G: CompactGraph[Node], source: Node) -> set[Node]:  # noqa: N803
    """Return all to which arrows lead from ``source``, however far."""
    return set(G.named(plain.reached(G.out, _number(G, source))))


def _number(graph: CompactGraph[Node], node: Node) -> int:
    if node not in graph:
        raise nx.NetworkXError(f"The node {node} is not in the digraph.")
    return graph.number[node]


def convert_from_nx(graph: nx.DiGraph[Node], **_: object) -> CompactGraph[Node]:
    """Make a compact graph; attributes are left behind, since what runs here looks at none."""
    compact = CompactGraph.of(graph, graph.edges())
    cache = getattr(graph, "__networkx_cache__", None)
    if cache is not None:
        cache[_COPIED] = True  # networkx empties this table when the graph is changed
        compact.is_current = lambda: _COPIED in cache
    return compact


def convert_to_nx(result: Any, **_: object) -> Any:
    """Make networkx's own graph of a compact one, frozen as it is; what is none stays what it is."""
    if not isinstance(result, CompactGraph):
        return result
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(result.nodes)
    graph.add_edges_from(result.edges)
    return nx.freeze(graph)


def can_run(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether this backend is the one: for compact graphs always, and for others where it has code of its own."""
    graph = args[0] if args else kwargs.get("G")
    if isinstance(graph, CompactGraph):
        return True
    return name in _OWN and isinstance(graph, nx.DiGraph) and not graph.is_multigraph()


def __getattr__(name: str) -> Callable[..., Any]:
    """Return any other of networkx's functions, made to take compact graphs."""
    if name not in _registered_algorithms:
        raise AttributeError(name)
    function = _registered_algorithms[name]

    @wraps(function.orig_func)
    def converting(*args: Any, **kwargs: Any) -> Any:
        named = {key: convert_to_nx(value) for key, value in kwargs.items()}
        return function(*map(convert_to_nx, args), **named)

    return converting

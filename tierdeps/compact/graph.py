"""A directed graph that never changes, with the interface of a networkx graph."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from tierdeps.compact.adjacency import Adjacency, from_edges
from tierdeps.compact.select import select_kernels

if TYPE_CHECKING:
    from tierdeps.compact.kernels import Generations

Node = TypeVar("Node", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


class CompactGraph(Generic[Node]):
    """Nodes with an index each, and the indices of their predecessors in flat arrays.

    networkx's functions accept it: those in ``tierdeps.compact.backend`` run on the arrays, all others on a copy of
    networkx's own type. Parallel edges count as one. Everything but ``nodes`` and ``incoming`` is computed on first use
    and kept in ``vars``: the graph must never change.
    """

    #: networkx dispatches a call to the backend of this name (setup.cfg, entry point ``networkx.backends``).
    __networkx_backend__ = "tierdeps"

    def __init__(self, nodes: Sequence[Node], incoming: Adjacency) -> None:
        self.nodes = nodes
        self.incoming = incoming
        #: The attributes of the whole graph, which networkx reads: there are none.
        self.graph: dict[str, object] = {}
        #: Whether the networkx graph that this is a copy of is unchanged (``backend.convert_from_nx``).
        self.is_current: Callable[[], bool] = lambda: True

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]) -> CompactGraph[Node]:
        """Build it from nodes and from edges between them, each as (tail, head)."""
        known = list(dict.fromkeys(nodes))
        index = {node: place for place, node in enumerate(known)}
        incoming = ((index[head], index[tail]) for tail, head in dict.fromkeys(edges))
        graph = cls(known, from_edges(len(known), incoming))
        vars(graph)["index"] = index
        return graph

    @cached_property
    def index(self) -> Mapping[Node, int]:
        """The index of each node."""
        return {node: place for place, node in enumerate(self.nodes)}

    @cached_property
    def outgoing(self) -> Adjacency:
        """The successors of each node."""
        return select_kernels(len(self.incoming.targets)).transpose(self.incoming)

    @cached_property
    def generations(self) -> Generations:
        """The topological generations; nodes on cycles and behind them are in none."""
        return select_kernels(len(self.incoming.targets)).generations(self.incoming)

    @property
    def acyclic(self) -> bool:
        """Whether there is no cycle: then every node is in a generation."""
        return len(self.generations.order) == len(self.nodes)

    @property
    def pred(self) -> AdjacencyView[Node]:
        """The predecessors of each node, as networkx has them."""
        return AdjacencyView(self, self.incoming)

    @property
    def succ(self) -> AdjacencyView[Node]:
        """The successors of each node, as networkx has them."""
        return AdjacencyView(self, self.outgoing)

    @property
    def edges(self) -> Iterator[tuple[Node, Node]]:
        """All edges as (tail, head), by their heads."""
        return ((tail, head) for head in self.nodes for tail in self.pred[head])

    def nodes_at(self, indices: Iterable[int]) -> Iterator[Node]:
        """Return the nodes with these indices."""
        return map(self.nodes.__getitem__, indices)

    def relabeled(self, nodes: Sequence[Other], index: Mapping[Other, int]) -> CompactGraph[Other]:
        """Return the same graph with other nodes in the places of these; all that is computed already is shared."""
        twin = CompactGraph(nodes, self.incoming)
        # The cached properties are in ``vars``: the twin takes over those that are computed already, on indices.
        vars(twin).update(vars(self), nodes=nodes, index=index)
        return twin

    def maxima(self, values: Sequence[int]) -> list[int]:
        """Return for each node the greatest of the predecessors' values, which are given by index; -1 without any."""
        offsets, targets = self.incoming
        value_of = values.__getitem__
        return [max(map(value_of, targets[start:end]), default=-1) for start, end in pairwise(offsets)]

    def subgraph(self, nodes: Iterable[Node]) -> CompactGraph[Node]:
        """Return the graph of some of the nodes, with all edges between them; the nodes keep their order."""
        inside = set(nodes)
        kept = [node for node in self.nodes if node in inside]
        return CompactGraph.of(kept, ((tail, head) for head in kept for tail in self.pred[head] if tail in inside))

    def is_directed(self) -> bool:
        """Return True: networkx asks."""
        return True

    def is_multigraph(self) -> bool:
        """Return False: parallel edges count as one. networkx asks."""
        return False

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, node: object) -> bool:
        return node in self.index

    def __getitem__(self, node: Node) -> tuple[Node, ...]:
        return self.succ[node]


class AdjacencyView(Mapping[Node, tuple[Node, ...]]):
    """The neighbours of each node in one direction, each neighbour once."""

    def __init__(self, graph: CompactGraph[Node], adjacency: Adjacency) -> None:
        self._graph = graph
        self._adjacency = adjacency

    def __getitem__(self, node: Node) -> tuple[Node, ...]:
        neighbours = self._adjacency.neighbours(self._graph.index[node])
        return tuple(dict.fromkeys(self._graph.nodes_at(neighbours)))

    def __iter__(self) -> Iterator[Node]:
        return iter(self._graph.nodes)

    def __len__(self) -> int:
        return len(self._graph.nodes)

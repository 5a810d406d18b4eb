"""A directed graph that is never changed, read as networkx's are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from tierdeps.compact.arrows import Arrows, grouped
from tierdeps.compact.kernels import kernels

if TYPE_CHECKING:
    from array import array

    from tierdeps.compact.plain import Levels

Node = TypeVar("Node", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


class CompactGraph(Generic[Node]):
    """Numbered nodes, and arrows between them in flat arrays: ``into`` leads from each node to where arrows come from.

    networkx's functions take it: the ones of ``tierdeps.compact.backend`` run on it, all others on a copy that networkx
    knows. Two arrows between the same nodes count as one.
    """

    __networkx_backend__ = "tierdeps"

    def __init__(self, nodes: Sequence[Node], into: Arrows) -> None:
        self.nodes = nodes
        self.into = into
        #: Attributes of the whole graph, which networkx looks for: there are none.
        self.graph: dict[str, object] = {}
        #: Whether the graph that this one is a copy of is still the same.
        self.is_current: Callable[[], bool] = lambda: True

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]) -> CompactGraph[Node]:
        """Build it from nodes, and from arrows between them."""
        known = list(dict.fromkeys(nodes))
        number = {node: index for index, node in enumerate(known)}
        pairs = ((number[head], number[tail]) for tail, head in dict.fromkeys(edges))
        graph = cls(known, grouped(len(known), pairs))
        graph.__dict__["number"] = number
        return graph

    @cached_property
    def number(self) -> Mapping[Node, int]:
        """The number of each node."""
        return {node: index for index, node in enumerate(self.nodes)}

    @cached_property
    def out(self) -> Arrows:
        """The arrows the other way: from each node to where they lead."""
        turned: Arrows = kernels(len(self.into.ends)).transpose(self.into)
        return turned

    @cached_property
    def levels(self) -> Levels:
        """The generations, as far as there are any."""
        found: Levels = kernels(len(self.into.ends)).levels(self.into)
        return found

    @property
    def acyclic(self) -> bool:
        """Whether the generations use up every node."""
        return len(self.levels.order) == len(self.nodes)

    @property
    def pred(self) -> Neighbours[Node]:
        """The nodes with an arrow to each node."""
        return Neighbours(self, self.into)

    @property
    def succ(self) -> Neighbours[Node]:
        """The nodes to which each node has an arrow."""
        return Neighbours(self, self.out)

    @property
    def edges(self) -> Iterator[tuple[Node, Node]]:
        """All arrows, by the node that they lead to."""
        return ((tail, head) for head in self.nodes for tail in self.pred[head])

    def named(self, numbers: Iterable[int]) -> Iterator[Node]:
        """Return the nodes with these numbers."""
        return map(self.nodes.__getitem__, numbers)

    def renamed(self, nodes: Sequence[Other], number: Mapping[Other, int]) -> CompactGraph[Other]:
        """Return the same graph of other nodes, which stand in the places of these."""
        twin = CompactGraph(nodes, self.into)
        twin.__dict__.update(self.__dict__, nodes=nodes, number=number)
        return twin

    def subgraph(self, nodes: Iterable[Node]) -> CompactGraph[Node]:
        """Return the graph of some of the nodes, with all arrows between them; their order stays."""
        inside = set(nodes)
        kept = [node for node in self.nodes if node in inside]
        return CompactGraph.of(kept, ((tail, head) for head in kept for tail in self.pred[head] if tail in inside))

    def is_directed(self) -> bool:
        """Tell networkx that arrows have a direction."""
        return True

    def is_multigraph(self) -> bool:
        """Tell networkx that there is one arrow at most from one node to another."""
        return False

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, node: object) -> bool:
        return node in self.number

    def __getitem__(self, node: Node) -> tuple[Node, ...]:
        return self.succ[node]


class Neighbours(Mapping[Node, tuple[Node, ...]]):
    """The nodes at the other ends of each node's arrows."""

    def __init__(self, graph: CompactGraph[Node], arrows: Arrows) -> None:
        self._graph = graph
        self._arrows = arrows

    def __getitem__(self, node: Node) -> tuple[Node, ...]:
        numbers: array[int] = self._arrows.of(self._graph.number[node])
        return tuple(dict.fromkeys(self._graph.named(numbers)))

    def __iter__(self) -> Iterator[Node]:
        return iter(self._graph.nodes)

    def __len__(self) -> int:
        return len(self._graph.nodes)

"""The dependencies that make the edges of a component, numbered."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from tierdeps.cycles.component import Component, ComponentEdge, declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.cycles.component import Declared, StepEdges
    from tierdeps.model import Edge


class Dependencies:
    """The dependencies of a component: ``first`` has the first edge of each, in the order of their indices.

    They are sorted by their first edges, until ``sort`` puts others first.
    """

    def __init__(self, step_edges: StepEdges) -> None:
        pairs = sorted(step_edges)
        steps = sorted({*map(itemgetter(0), pairs), *map(itemgetter(1), pairs)})
        index = {step: place for place, step in enumerate(steps)}
        self._size = len(index)
        self._fixed: list[tuple[int, int]] = []
        #: The indices of the two steps of each edge.
        self._ends: list[tuple[int, int]] = []
        edges: list[Edge] = []
        for pair in pairs:
            group, ends = step_edges[pair], (index[pair[0]], index[pair[1]])
            if not group:
                self._fixed.append(ends)
            elif len(group) > 1:
                group = tuple(dict.fromkeys(sorted(group, key=lambda edge: edge.sort_key)))
            edges += group
            self._ends += [ends] * len(group)
        self.first: list[Edge]
        self._numbers, self.first = _numbered(edges)
        #: The places of the dependencies of ``first`` among all as they were at first.
        self._places: list[int] = list(range(len(self.first)))

    def sort(self, key: Callable[[Edge], tuple[bool, bool, int]]) -> None:
        """Sort by a key; those with equal keys stay in the order that they are in."""
        keys = list(map(key, self.first))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        rank = {number: rank for rank, number in enumerate(order)}
        self._numbers = [rank[number] for number in self._numbers]
        self._places = [self._places[number] for number in order]
        self.first = [self.first[number] for number in order]

    def component(self, weights: Sequence[int]) -> Component:
        """Return the component as integers, with a weight for each dependency."""
        edges = [ComponentEdge(*ends, number) for ends, number in zip(self._ends, self._numbers, strict=True)]
        return Component(self._size, tuple(self._fixed), tuple(sorted(edges)), tuple(weights))

    def edges(self, chosen: Iterable[int]) -> tuple[Edge, ...]:
        """Return the first edge of some dependencies, sorted."""
        return tuple(self.first[index] for index in sorted(chosen, key=self._places.__getitem__))


def _numbered(edges: list[Edge]) -> tuple[list[int], list[Edge]]:
    """Return the number of the dependency that makes each edge, and the first edge of each dependency."""
    targets = zip(map(attrgetter("declarer"), edges), map(attrgetter("dependency.target"), edges), strict=True)
    if len(set(targets)) == len(edges):  # no dependency makes two
        return list(range(len(edges))), edges
    known: dict[Declared, int] = {}
    numbers = [known.setdefault(declared(edge), len(known)) for edge in edges]
    first: dict[int, Edge] = {}
    for number, edge in zip(numbers, edges, strict=True):
        first.setdefault(number, edge)
    return numbers, list(first.values())

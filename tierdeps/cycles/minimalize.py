"""A feedback arc set is made minimal: dependencies that close no cycle are put back, one after another.

Whether an edge closes a cycle is decided with a topological order that is maintained while edges are added (incremental
cycle detection). An edge that agrees with the order closes none. Otherwise only the steps between its two ends have to
be searched, and the order is repaired by moving the fewer of them.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from tierdeps.cycles.component import edges_by_dependency, successors, topological_positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tierdeps.cycles.component import Component


#: The maximal number of visited edges for each edge of a component. What was not tried by then stays removed: the set
#: is still a feedback arc set, but may not be minimal.
MAX_VISITS_PER_EDGE = 64


def minimalize(component: Component, chosen: Iterable[int], positions: Sequence[float]) -> set[int]:
    """Return the dependencies of a feedback arc set that cannot be put back, trying the heaviest first.

    ``positions`` is an order in which no edge leads backwards once the whole set is removed.
    """
    removed = set(chosen)
    order = _AcyclicOrder(successors(component, removed), positions)
    edges_of = edges_by_dependency(component)
    for dependency in sorted(removed, key=lambda dependency: (-component.weights[dependency], -dependency)):
        edges = [(edge.tail, edge.head) for edge in edges_of[dependency]]
        added = 0
        while added < len(edges) and order.add(*edges[added]):
            added += 1
        if added == len(edges):
            removed.remove(dependency)
        else:
            for edge in edges[:added]:
                order.remove(*edge)
    return removed


class _AcyclicOrder:
    """An acyclic graph, and positions of its steps with which every edge leads to a greater one."""

    def __init__(self, after: list[list[int]], positions: Sequence[float]) -> None:
        #: How many edges there are to each other step: two dependencies may make the same one.
        self.after: list[Counter[int]] = list(map(Counter, after))
        self.before: list[Counter[int]] = [Counter() for _ in after]
        for tail, heads in enumerate(after):
            for head in heads:
                self.before[head][tail] += 1
        self.positions = list(positions)
        self.visits_left = MAX_VISITS_PER_EDGE * (1 + sum(map(len, after)))

    def add(self, tail: int, head: int) -> bool:
        """Add an edge unless it closes a cycle, and return whether it was added."""
        agrees = self.positions[tail] <= self.positions[head]
        if not agrees and (self._is_obviously_closed(tail, head) or not self._reorder(tail, head)):
            return False
        self.after[tail][head] += 1
        self.before[head][tail] += 1
        return True

    def remove(self, tail: int, head: int) -> None:
        """Remove an edge; the order stays valid."""
        for counts, other in ((self.after[tail], head), (self.before[head], tail)):
            counts[other] -= 1
            if not counts[other]:
                del counts[other]

    def _is_obviously_closed(self, tail: int, head: int) -> bool:
        """Return whether a path of one or two edges leads back, as is common, or no visits are left to find out."""
        after, before = self.after[head], self.before[tail]
        return tail in after or not after.keys().isdisjoint(before.keys()) or self.visits_left < 0

    def _reorder(self, tail: int, head: int) -> bool:
        """Move ``head`` behind ``tail``, with all between them that has to move as well; False if there is a path back.

        Searches forwards from ``head`` and backwards from ``tail`` in turns, within the positions between them. The
        search that ends first has met fewer steps, and these are moved beyond the other end of the edge.
        """
        low, high = self.positions[head], self.positions[tail]
        forward, backward = {head}, {tail}
        forward_front, backward_front = [head], [tail]
        while True:
            forward_front = self._advance(forward_front, self.after, forward, low, high)
            if not backward.isdisjoint(forward_front):
                return False
            if not forward_front:
                self._move_right(forward, tail)
                return True
            backward_front = self._advance(backward_front, self.before, backward, low, high)
            if not forward.isdisjoint(backward_front):
                return False
            if not backward_front:
                self._move_left(backward, head)
                return True

    def _advance(
        self, front: Iterable[int], neighbours: list[Counter[int]], met: set[int], low: float, high: float
    ) -> list[int]:
        """Return the steps one edge further from the front that are new, and at positions from ``low`` to ``high``."""
        positions = self.positions
        new = {other for step in front for other in neighbours[step] if low <= positions[other] <= high} - met
        met |= new
        self.visits_left -= sum(len(neighbours[step]) for step in front)
        return sorted(new)

    def _move_right(self, steps: set[int], tail: int) -> None:
        beyond = [self.positions[other] for step in steps for other in self.after[step] if other not in steps]
        self._place_between(steps, self.positions[tail], min(beyond, default=inf))

    def _move_left(self, steps: set[int], head: int) -> None:
        beyond = [self.positions[other] for step in steps for other in self.before[step] if other not in steps]
        self._place_between(steps, max(beyond, default=-inf), self.positions[head])

    def _place_between(self, steps: set[int], low: float, high: float) -> None:
        """Give steps new positions between two others, in the order that they have among themselves."""
        ordered = sorted(steps, key=self.positions.__getitem__)
        low = high - len(ordered) - 1 if low == -inf else low
        high = low + len(ordered) + 1 if high == inf else high
        gap = (high - low) / (len(ordered) + 1)
        for number, step in enumerate(ordered, 1):
            self.positions[step] = low + number * gap
        if gap <= abs(high) * 1e-12:  # near the precision of a float: spread all positions out
            self.positions = topological_positions(self.after)

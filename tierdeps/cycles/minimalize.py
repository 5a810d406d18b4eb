"""A feedback arc set is made minimal: dependencies that close no cycle are put back, one after another.

Whether an edge closes a cycle is decided with a topological order that is maintained while edges are added (incremental
cycle detection). An edge that agrees with the order closes none. Otherwise only the steps between its two ends have to
be searched, and the order is repaired by moving the fewer of them.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from tierdeps.cycles.component import edges_by_dependency, successors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.cycles.component import Component


#: The maximal number of visited edges for each edge of a component, and together. What was not tried by then stays
#: removed: the set is still a feedback arc set, but may not be minimal.
MAX_VISITS_PER_EDGE, MAX_VISITS = 32, 200_000
#: Steps are placed no closer together, relative to their positions: near the precision of a float all are spread out.
MIN_RELATIVE_GAP = 1e-12


def minimalize(component: Component, chosen: Iterable[int], positions: Sequence[float]) -> set[int]:
    """Return the dependencies of a feedback arc set that cannot be put back.

    ``positions`` is an order in which no edge leads backwards once the whole set is removed. The heaviest are tried
    first, and of these the ones with the shortest way back in the order: few steps lie between their ends, so a path is
    found soon, and is rarely there.
    """
    removed = set(chosen)
    order = AcyclicOrder(successors(component, removed), positions)
    edges_of = edges_by_dependency(component)

    def rank(dependency: int) -> tuple[int, float, int]:
        spans = (positions[edge.tail] - positions[edge.head] for edge in edges_of[dependency])
        return -component.weights[dependency], max(spans), -dependency

    for dependency in sorted(removed, key=rank):
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


class AcyclicOrder:
    """An acyclic graph, and positions of its steps with which every edge leads to a greater one."""

    def __init__(self, after: list[list[int]], positions: Sequence[float]) -> None:
        #: How many edges there are to each other step: two dependencies may make the same one.
        self.after: list[Counter[int]] = list(map(Counter, after))
        self.before: list[Counter[int]] = [Counter() for _ in after]
        for tail, heads in enumerate(after):
            for head in heads:
                self.before[head][tail] += 1
        self.positions: list[float] = list(positions)
        self.visits_left: float = min(MAX_VISITS, MAX_VISITS_PER_EDGE * (1 + sum(map(len, after))))

    def add(self, tail: int, head: int) -> bool:
        """Add an edge unless it closes a cycle, and return whether it was added."""
        # at equal positions there is no path between the two, and each edge must lead to a greater position
        agrees = self.positions[tail] < self.positions[head]
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
        self, front: Sequence[int], neighbours: list[Counter[int]], met: set[int], low: float, high: float
    ) -> list[int]:
        """Return the steps one edge further from the front that are new, and at positions from ``low`` to ``high``."""
        positions = self.positions
        reached = set[int]().union(*map(neighbours.__getitem__, front))
        self.visits_left -= len(reached)
        new = [other for other in reached - met if low <= positions[other] <= high]
        met.update(new)
        return new

    def _move_right(self, steps: set[int], tail: int) -> None:
        """Place steps behind ``tail``, before what they have edges to."""

        def bounds() -> tuple[float, float]:
            beyond = [self.positions[other] for step in steps for other in self.after[step] if other not in steps]
            return self.positions[tail], min(beyond, default=inf)

        self._place_between(steps, bounds)

    def _move_left(self, steps: set[int], head: int) -> None:
        """Place steps before ``head``, behind what has edges to them."""

        def bounds() -> tuple[float, float]:
            beyond = [self.positions[other] for step in steps for other in self.before[step] if other not in steps]
            return max(beyond, default=-inf), self.positions[head]

        self._place_between(steps, bounds)

    def _place_between(self, steps: set[int], bounds: Callable[[], tuple[float, float]]) -> None:
        """Give steps new positions between two others, in the order that they have among themselves."""
        low, high = bounds()
        if high - low <= MIN_RELATIVE_GAP * (len(steps) + 1) * max(abs(low), abs(high), 1.0):
            self._renumber()
            low, high = bounds()
        ordered = sorted(steps, key=self.positions.__getitem__)
        low = high - len(ordered) - 1 if low == -inf else low
        high = low + len(ordered) + 1 if high == inf else high
        gap = (high - low) / (len(ordered) + 1)
        for number, step in enumerate(ordered, 1):
            self.positions[step] = low + number * gap

    def _renumber(self) -> None:
        """Spread all positions out; their order stays as it is, and what has an edge has two different ones."""
        order = sorted(range(len(self.positions)), key=lambda step: (self.positions[step], step))
        for position, step in enumerate(order):
            self.positions[step] = float(position)

"""The lightest feedback arc set of a small component, exactly; and all sets of the same size.

A feedback arc set is a hitting set of all cycles. There can be exponentially many cycles, so they are generated as
needed: hit the known ones, look for cycles that are left, and repeat. Sets of dependencies are integers, a bit for
each.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.cycles.hitting_set import bits, minimum_hitting_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.cycles.component import Component
    from tierdeps.cycles.hitting_set import Mask

#: The count of sets ends here: for the reader a larger number makes no difference.
MAX_SETS_COUNTED = 100
#: The maximal number of partial sets that are examined; if that is not enough, the count is not complete.
MAX_PARTIAL_SETS = 4_000


class EqualFeedbackArcs(Value):
    """Feedback arc sets of one size, the lightest first, as indices; ``complete`` where there are no others."""

    sets: tuple[tuple[int, ...], ...]
    complete: bool


def lightest_feedback_arcs(component: Component) -> list[int]:
    """Return the dependencies of the lightest feedback arc set.

    The lightest set that hits some of the cycles is never heavier than one that hits all of them. So once it leaves no
    cycle, it is the answer.
    """
    cycles: set[Mask] = set()
    chosen: Mask = 0
    while found := cycles_left(component, chosen):
        cycles |= found
        chosen = minimum_hitting_set(sorted(cycles), component.weights)
    return list(_indices(chosen))


def cycles_left(component: Component, removed: Mask) -> set[Mask]:
    """Return a shortest cycle through each edge that is still on one, as the dependencies that make it."""
    after: list[list[tuple[int, Mask]]] = [[] for _ in range(component.size)]
    for tail, head in component.fixed:
        after[tail].append((head, 0))
    left = [edge for edge in component.edges if not removed >> edge.dependency & 1]
    for edge in left:
        after[edge.tail].append((edge.head, 1 << edge.dependency))
    found = (_shortest_path(after, edge.head, edge.tail, 1 << edge.dependency) for edge in left)
    return {cycle for cycle in found if cycle}


def _shortest_path(after: list[list[tuple[int, Mask]]], start: int, goal: int, used: Mask) -> Mask:
    """Return the dependencies of a shortest path, added to those used before it; 0 where there is no path."""
    reached = {start: used}
    queue = deque([start])
    while queue and goal not in reached:
        step = queue.popleft()
        for following, dependency in after[step]:
            if following not in reached:
                reached[following] = reached[step] | dependency
                queue.append(following)
    return reached.get(goal, 0)


def equal_feedback_arcs(component: Component, size: int) -> EqualFeedbackArcs:
    """Return the feedback arc sets of ``size`` dependencies, which must be the smallest size there is."""
    search = _EqualSets(component)
    search.descend(0, 0, size)
    found = sorted(search.found, key=lambda chosen: sum(component.weights[index] for index in _indices(chosen)))
    return EqualFeedbackArcs(tuple(map(_indices, found[:MAX_SETS_COUNTED])), search.budget >= 0)


def _indices(chosen: Mask) -> tuple[int, ...]:
    return tuple(dependency.bit_length() - 1 for dependency in bits(chosen))


class _EqualSets:
    """Enumerates sets of one size: of each cycle that is left one dependency is removed, each in turn.

    A dependency that was tried is kept from then on, so that each set is found once. The recursion is as deep as a set
    is large.
    """

    def __init__(self, component: Component) -> None:
        self.component = component
        self.cycles = sorted(cycles_left(component, 0))
        self.found: list[Mask] = []
        self.budget = MAX_PARTIAL_SETS

    def descend(self, chosen: Mask, kept: Mask, size_left: int) -> None:
        """Find the sets that have all of ``chosen``, none of ``kept``, and ``size_left`` other dependencies."""
        self.budget -= 1
        if self.budget < 0 or len(self.found) > MAX_SETS_COUNTED:
            self.budget = -1
            return
        cycles = self._unbroken(chosen, kept)
        if not cycles:
            self.found.append(chosen)
            return
        if 0 in cycles or _disjoint_count(cycles) > size_left:
            return
        shortest = min(cycles, key=lambda cycle: (cycle.bit_count(), cycle))
        for dependency in sorted(bits(shortest), key=self._weight):
            self.descend(chosen | dependency, kept, size_left - 1)
            kept |= dependency

    def _unbroken(self, chosen: Mask, kept: Mask) -> list[Mask]:
        """Return cycles that nothing chosen breaks, each as the dependencies of it that may still be chosen."""
        cycles = [cycle & ~kept for cycle in self.cycles if not cycle & chosen]
        if cycles:
            return cycles
        found = sorted(cycles_left(self.component, chosen))
        self.cycles += found
        return [cycle & ~kept for cycle in found]

    def _weight(self, dependency: Mask) -> int:
        return self.component.weights[dependency.bit_length() - 1]


def _disjoint_count(cycles: Iterable[Mask]) -> int:
    """Return how many cycles share no dependency, counted greedily: each of them takes one more removal."""
    met = count = 0
    for cycle in sorted(cycles, key=lambda cycle: (cycle.bit_count(), cycle)):
        if not cycle & met:
            met |= cycle
            count += 1
    return count

"""A feedback arc set is made lighter: a dependency is replaced by a lighter one that breaks the same cycles."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tierdeps.cycles.component import edges_by_dependency, successors, topological_positions
from tierdeps.cycles.minimalize import AcyclicOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.cycles.component import Component, ComponentEdge

#: So many edges may be visited for each edge of a component, and together. What has not been looked at by then stays in
#: the set. Counts, not seconds: the answer is the same on every machine.
MAX_VISITS_PER_EDGE, MAX_VISITS = 32, 200_000


def substitute(component: Component, chosen: Iterable[int], *, only_heavier: bool = False) -> set[int]:
    """Return a feedback arc set of the same size in which no single dependency has a lighter substitute.

    The substitutes may break more cycles than what they replace, and so make other dependencies of the set unnecessary.
    ``only_heavier`` skips dependencies that are as light as any.
    """
    kept = set(chosen)
    lightest = min(component.weights) if only_heavier else -1
    candidates = [dependency for dependency in kept if component.weights[dependency] > lightest]
    if not candidates:
        return kept
    edges_of = edges_by_dependency(component)
    graph = _AcyclicGraph(component, kept)
    for dependency in sorted(candidates, key=lambda dependency: (-component.weights[dependency], dependency)):
        if graph.visits_left < 0:
            break
        if len(edges_of[dependency]) == 1:
            better = graph.lightest_substitute(edges_of[dependency][0])
            if better != dependency:
                kept.remove(dependency)
                kept.add(better)
                graph.swap(edges_of[dependency], edges_of[better])
    return kept


class _AcyclicGraph:
    """What is left of a component without a feedback arc set: its edges by their ends, in a topological order."""

    def __init__(self, component: Component, removed: set[int]) -> None:
        self._weights = component.weights
        #: For each step the others that it has an edge to, and those that have an edge to it, each with the dependency
        #: that makes the edge; below zero for a fixed one.
        self._after: list[list[tuple[int, int]]] = [[] for _ in range(component.size)]
        self._before: list[list[tuple[int, int]]] = [[] for _ in range(component.size)]
        for tail, head in component.fixed:
            self._add(tail, head, -1)
        for edge in component.edges:
            if edge.dependency not in removed:
                self._add(*edge)
        after = successors(component, removed)
        self._order = AcyclicOrder(after, topological_positions(after))
        self._order.visits_left = inf  # the edges of a swap close no cycle, and each has to be added
        self.visits_left = min(MAX_VISITS, MAX_VISITS_PER_EDGE * (len(component.edges) + len(component.fixed)))

    def swap(self, added: Iterable[ComponentEdge], removed: Iterable[ComponentEdge]) -> None:
        """Add the edges of one dependency and remove those of another one, which leaves no cycle."""
        for tail, head, dependency in removed:
            self._after[tail].remove((head, dependency))
            self._before[head].remove((tail, dependency))
            self._order.remove(tail, head)
        for edge in added:
            self._add(*edge)
            self._order.add(edge.tail, edge.head)

    def _add(self, tail: int, head: int, dependency: int) -> None:
        self._after[tail].append((head, dependency))
        self._before[head].append((tail, dependency))

    def lightest_substitute(self, closing: ComponentEdge) -> int:
        """Return the lightest dependency that is on every cycle which one removed edge would close.

        These cycles are the paths from the head of the edge back to its tail. What all of them share is a bridge of the
        acyclic graph that these paths make.
        """
        position = self._order.positions
        low, high = position[closing.head], position[closing.tail]
        candidates = {closing.dependency}
        between = self._reachable(closing.head, self._after, low, high)
        if closing.tail in between:
            between &= self._reachable(closing.tail, self._before, low, high)
            ordered = sorted(between, key=position.__getitem__)
            place = {step: number for number, step in enumerate(ordered)}
            edges = [
                (place[step], place[head], dependency)
                for step in ordered
                for head, dependency in self._after[step]
                if head in between
            ]
            candidates.update(dependency for dependency in _bridges(edges, len(ordered)) if dependency >= 0)
        return min(candidates, key=lambda dependency: (self._weights[dependency], dependency))

    def _reachable(self, start: int, neighbours: list[list[tuple[int, int]]], low: float, high: float) -> set[int]:
        """Return the steps that can be reached at positions from ``low`` to ``high``."""
        position = self._order.positions
        met, stack = {start}, [start]
        while stack:
            others = neighbours[stack.pop()]
            self.visits_left -= len(others)
            for other, _ in others:
                if other not in met and low <= position[other] <= high:
                    met.add(other)
                    stack.append(other)
        return met


def _bridges(edges: Iterable[tuple[int, int, int]], size: int) -> Iterable[int]:
    """Yield the dependencies that every path takes: those of edges that alone span some point of the order.

    At each point, the number of edges that span it and the sum of their dependencies are kept. Where the number is one,
    the sum is that edge's dependency.
    """
    count_change, sum_change = [0] * size, [0] * size
    for start, end, dependency in edges:
        count_change[start] += 1
        count_change[end] -= 1
        sum_change[start] += dependency
        sum_change[end] -= dependency
    spanning_count = spanning_sum = 0
    for point in range(size - 1):
        spanning_count += count_change[point]
        spanning_sum += sum_change[point]
        if spanning_count == 1:
            yield spanning_sum

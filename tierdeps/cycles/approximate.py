"""A light feedback arc set of a large component: the edges that lead backwards in a good order of the steps.

Finding the lightest one is NP-hard. Given any order of the steps, removing the edges that lead backwards leaves no
cycle; so a good order is built greedily, improved step by step, and the set that follows is made minimal.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from tierdeps.cycles.component import successors, topological_positions, total_weight
from tierdeps.cycles.local_search import local_search
from tierdeps.cycles.minimalize import minimalize
from tierdeps.cycles.substitute import substitute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cycles.component import Component

#: The local search visits so many edges, or each edge so many times: hundreds of passes over a small component, and few
#: over a large one, of which the later passes gain next to nothing.
MAX_EDGE_VISITS, MIN_PASSES, MAX_PASSES = 64_000, 8, 200
#: So many times all dependencies of a set are replaced by lighter ones.
MAX_SUBSTITUTIONS = 8
#: For components of more edges only one of two orders is built, and only dependencies that are heavier than others are
#: replaced, once. The rest of the work grows in proportion to the edges.
MAX_EDGES_FOR_ALL = 4_000


def light_feedback_arcs(component: Component) -> list[int]:
    """Return dependencies whose removal leaves no cycle, and none of which can be kept.

    Large components take linear time.
    """
    found = _from_order(component, reverse=False)
    if len(found) == 1 or len(component.edges) > MAX_EDGES_FOR_ALL:
        return found
    other = _from_order(component, reverse=True)
    return min(found, other, key=lambda dependencies: (total_weight(component, dependencies), dependencies))


def _from_order(component: Component, *, reverse: bool) -> list[int]:
    positions = greedy_order(component, reverse=reverse)
    if len(_backward_dependencies(component, positions)) > 1:
        passes = MAX_EDGE_VISITS // len(component.edges)
        local_search(component, positions, max(MIN_PASSES, min(MAX_PASSES, passes)))
    chosen = minimalize(component, _backward_dependencies(component, positions), positions)
    is_large = len(component.edges) > MAX_EDGES_FOR_ALL
    for _ in range(1 if is_large else MAX_SUBSTITUTIONS):
        lighter = substitute(component, chosen, only_heavier=is_large)
        if lighter == chosen:
            break
        chosen = minimalize(component, lighter, topological_positions(successors(component, lighter)))
    return sorted(chosen)


def _backward_dependencies(component: Component, positions: Sequence[float]) -> set[int]:
    return {edge.dependency for edge in component.edges if positions[edge.tail] > positions[edge.head]}


def greedy_order(component: Component, *, reverse: bool = False) -> list[float]:
    """Return a position for each step, so that few edges lead backwards, and no fixed one does.

    The heuristic of Eades, Lin and Smyth (1993). ``reverse`` builds the order of the reversed graph and turns it round,
    which is another order, and sometimes the better one.
    """
    positions = _GreedyOrder(component, reverse=reverse).build()
    return [-position for position in positions] if reverse else positions


class _GreedyOrder:
    """Removes steps one by one and places each at the left end or at the right end of the order.

    A step that a fixed edge leads to is ``held`` until the other end of that edge is placed to the left of it.
    """

    def __init__(self, component: Component, *, reverse: bool) -> None:
        self.after: list[list[int]] = [[] for _ in range(component.size)]
        self.before: list[list[int]] = [[] for _ in range(component.size)]
        self.held = [0] * component.size
        self.holds: list[list[int]] = [[] for _ in range(component.size)]
        for one, other in (*component.fixed, *((edge.tail, edge.head) for edge in component.edges)):
            tail, head = (other, one) if reverse else (one, other)
            self.after[tail].append(head)
            self.before[head].append(tail)
        for one, other in component.fixed:
            tail, head = (other, one) if reverse else (one, other)
            self.holds[tail].append(head)
            self.held[head] += 1
        self.out_degree = [len(others) for others in self.after]
        self.in_degree = [len(others) for others in self.before]
        self.positions: list[float | None] = [None] * component.size
        self.sources_and_sinks: list[int] = []
        #: Entries whose balance is no longer that of the step are outdated and skipped.
        self.heap = [
            (self.in_degree[step] - self.out_degree[step], step)
            for step in range(component.size)
            if not self.held[step]
        ]
        heapify(self.heap)

    def build(self) -> list[float]:
        """Place sinks to the right and sources to the left, else the step with most out-edges over in-edges left."""
        left, right = 0, len(self.positions)
        for _ in range(len(self.positions)):
            step = self._source_or_sink()
            if step is not None and not self.out_degree[step]:
                right -= 1
                self.positions[step] = right
            else:
                step = self._greediest() if step is None else step
                self.positions[step] = left
                left += 1
            self._remove(step)
        return [float(position) for position in self.positions if position is not None]

    def _source_or_sink(self) -> int | None:
        while self.sources_and_sinks:
            step = self.sources_and_sinks.pop()
            if self.positions[step] is None:
                return step
        return None

    def _greediest(self) -> int:
        while True:
            balance, step = heappop(self.heap)
            if self.positions[step] is None and balance == self.in_degree[step] - self.out_degree[step]:
                return step

    def _remove(self, step: int) -> None:
        for held in self.holds[step]:
            self.held[held] -= 1
        for others, degree in ((self.after[step], self.in_degree), (self.before[step], self.out_degree)):
            for other in others:
                degree[other] -= 1
                if self.positions[other] is not None:
                    continue
                if not degree[other]:
                    self.sources_and_sinks.append(other)
                if not self.held[other]:
                    heappush(self.heap, (self.in_degree[other] - self.out_degree[other], other))

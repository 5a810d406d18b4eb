"""Orders of the steps of a component to start from: no fixed edge leads backwards, and not too many others do."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.cycles.component import Component


def degree_order(component: Component) -> list[float]:
    """Return a position for each step: what has many more out-edges than in-edges is on the left.

    A step that fixed edges lead to comes after the steps that these lead from.
    """
    balance, held = [0] * component.size, [0] * component.size
    for edge in component.edges:
        balance[edge.tail] -= 1
        balance[edge.head] += 1
    holds: dict[int, list[int]] = {}
    for tail, head in component.fixed:
        held[head] += 1
        holds.setdefault(tail, []).append(head)
    heap = [(balance[step], step) for step in range(component.size) if not held[step]]
    heapify(heap)
    positions = [0.0] * component.size
    for position in range(component.size):
        _, step = heappop(heap)
        positions[step] = float(position)
        for head in holds.get(step, ()):
            held[head] -= 1
            if not held[head]:
                heappush(heap, (balance[head], head))
    return positions


def greedy_order(component: Component) -> list[float]:
    """Return a position for each step, so that few edges lead backwards.

    The heuristic of Eades, Lin and Smyth (1993).
    """
    return _GreedyOrder(component).build()


class _GreedyOrder:
    """Removes steps one by one and places each at the left end or at the right end of the order.

    A step that a fixed edge leads to is ``held`` until the other end of that edge is placed to the left of it.
    """

    def __init__(self, component: Component) -> None:
        self.after: list[list[int]] = [[] for _ in range(component.size)]
        self.before: list[list[int]] = [[] for _ in range(component.size)]
        self.held = [0] * component.size
        self.holds: list[list[int]] = [[] for _ in range(component.size)]
        for tail, head in (*component.fixed, *((edge.tail, edge.head) for edge in component.edges)):
            self.after[tail].append(head)
            self.before[head].append(tail)
        for tail, head in component.fixed:
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

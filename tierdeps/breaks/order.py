"""An order of a component's steps in which few arcs point backwards: Eades, Lin and Smyth's greedy one."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.breaks.tangle import Tangle


def greedy_order(tangle: Tangle, *, reverse: bool = False) -> list[float]:
    """Return a place for each step; fixed arrows point forwards. ``reverse`` builds it from the other end."""
    places = _Greedy(tangle, reverse=reverse).run()
    return [-place for place in places] if reverse else places


class _Greedy:
    """Steps are taken away one by one, and placed from the left or from the right."""

    def __init__(self, tangle: Tangle, *, reverse: bool) -> None:
        self.after: list[list[int]] = [[] for _ in range(tangle.size)]
        self.before: list[list[int]] = [[] for _ in range(tangle.size)]
        self.held = [0] * tangle.size
        self.holds: list[list[int]] = [[] for _ in range(tangle.size)]
        for one, other in (*tangle.fixed, *((arc.tail, arc.head) for arc in tangle.arcs)):
            tail, head = (other, one) if reverse else (one, other)
            self.after[tail].append(head)
            self.before[head].append(tail)
        for one, other in tangle.fixed:
            tail, head = (other, one) if reverse else (one, other)
            self.holds[tail].append(head)
            self.held[head] += 1
        self.out = [len(others) for others in self.after]
        self.into = [len(others) for others in self.before]
        self.places: list[float | None] = [None] * tangle.size
        self.ends: list[int] = []
        self.queue = [(self.into[step] - self.out[step], step) for step in range(tangle.size) if not self.held[step]]
        heapify(self.queue)

    def run(self) -> list[float]:
        """Take a step that nothing leads to or from; else the one with the most ways out over ways in."""
        left, right = 0, len(self.places)
        for _ in range(len(self.places)):
            step = self._end()
            if step is not None and not self.out[step]:
                right -= 1
                self.places[step] = right
            else:
                step = self._greediest() if step is None else step
                self.places[step] = left
                left += 1
            self._take(step)
        return [float(place) for place in self.places if place is not None]

    def _end(self) -> int | None:
        while self.ends:
            step = self.ends.pop()
            if self.places[step] is None:
                return step
        return None

    def _greediest(self) -> int:
        while True:
            balance, step = heappop(self.queue)
            if self.places[step] is None and balance == self.into[step] - self.out[step]:
                return step

    def _take(self, step: int) -> None:
        for held in self.holds[step]:
            self.held[held] -= 1
        for others, count in ((self.after[step], self.into), (self.before[step], self.out)):
            for other in others:
                count[other] -= 1
                if self.places[other] is not None:
                    continue
                if not count[other]:
                    self.ends.append(other)
                if not self.held[other]:
                    heappush(self.queue, (self.into[other] - self.out[other], other))

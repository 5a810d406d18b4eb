"""A break made as small as it goes: what closes no cycle is put back, one dependency after another."""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from tierdeps.breaks.tangle import arcs_of, forwards, successors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tierdeps.breaks.tangle import Tangle


#: So many arcs may be looked at for each arc of a component; what is not tried by then stays in the break.
PATIENCE = 64


def thin(tangle: Tangle, chosen: Iterable[int], places: Sequence[float]) -> set[int]:
    """Return what of a break cannot be left out, the heaviest put back first; without all of it the places hold.

    In a very large component something may remain that could be.
    """
    removed = set(chosen)
    order = _Order(successors(tangle, removed), places)
    made = arcs_of(tangle)
    for item in sorted(removed, key=lambda item: (-tangle.weights[item], -item)):
        arcs = [(arc.tail, arc.head) for arc in made[item]]
        added = 0
        while added < len(arcs) and order.add(*arcs[added]):
            added += 1
        if added == len(arcs):
            removed.remove(item)
        else:
            for arc in arcs[:added]:
                order.remove(*arc)
    return removed


class _Order:
    """Arcs that leave no cycle, and places for their steps in which all of them point forwards."""

    def __init__(self, after: list[list[int]], places: Sequence[float]) -> None:
        self.after: list[Counter[int]] = list(map(Counter, after))
        self.before: list[Counter[int]] = [Counter() for _ in after]
        for tail, heads in enumerate(after):
            for head in heads:
                self.before[head][tail] += 1
        self.places = list(places)
        self.left = PATIENCE * (1 + sum(map(len, after)))

    def add(self, tail: int, head: int) -> bool:
        """Add an arc unless it closes a cycle, and tell whether it was added."""
        if self.places[tail] > self.places[head] and (self._is_closed(tail, head) or not self._make_room(tail, head)):
            return False
        self.after[tail][head] += 1
        self.before[head][tail] += 1
        return True

    def remove(self, tail: int, head: int) -> None:
        """Take an arc away again."""
        for arcs, other in ((self.after[tail], head), (self.before[head], tail)):
            arcs[other] -= 1
            if not arcs[other]:
                del arcs[other]

    def _is_closed(self, tail: int, head: int) -> bool:
        """Tell whether one or two arcs lead back: where there are many, some mostly do; or whether patience is over."""
        after, before = self.after[head], self.before[tail]
        return tail in after or not after.keys().isdisjoint(before.keys()) or self.left < 0

    def _make_room(self, tail: int, head: int) -> bool:
        """Search from both ends at once; the side that comes to its end first is moved to beyond the other."""
        low, high = self.places[head], self.places[tail]
        forward, backward = {head}, {tail}
        ahead, behind = [head], [tail]
        while True:
            ahead = self._widen(ahead, self.after, forward, low, high)
            if not backward.isdisjoint(ahead):
                return False
            if not ahead:
                self._move_right(forward, tail)
                return True
            behind = self._widen(behind, self.before, backward, low, high)
            if not forward.isdisjoint(behind):
                return False
            if not behind:
                self._move_left(backward, head)
                return True

    def _widen(
        self, edge: Iterable[int], arcs: list[Counter[int]], met: set[int], low: float, high: float
    ) -> list[int]:
        """Go one arc further from the steps met last, inside the part where a way could be."""
        places = self.places
        wider = {other for step in edge for other in arcs[step] if low <= places[other] <= high} - met
        met |= wider
        self.left -= sum(len(arcs[step]) for step in edge)
        return sorted(wider)

    def _move_right(self, steps: set[int], tail: int) -> None:
        beyond = [self.places[other] for step in steps for other in self.after[step] if other not in steps]
        self._spread(steps, self.places[tail], min(beyond, default=inf))

    def _move_left(self, steps: set[int], head: int) -> None:
        beyond = [self.places[other] for step in steps for other in self.before[step] if other not in steps]
        self._spread(steps, max(beyond, default=-inf), self.places[head])

    def _spread(self, steps: set[int], low: float, high: float) -> None:
        """Place steps between two places, in the order that they have."""
        ordered = sorted(steps, key=self.places.__getitem__)
        low = high - len(ordered) - 1 if low == -inf else low
        high = low + len(ordered) + 1 if high == inf else high
        gap = (high - low) / (len(ordered) + 1)
        for number, step in enumerate(ordered, 1):
            self.places[step] = low + number * gap
        if gap <= abs(high) * 1e-12:
            self.places = forwards(self.after)  # they came too near to each other

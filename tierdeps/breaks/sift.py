"""An order made better: each step is moved to the place where the least weight points backwards."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.breaks.tangle import Tangle

#: A neighbour of a step, and what it costs to have the step after it instead of before; endless for a fixed arrow.
Neighbour = tuple[int, float]
#: So many passes may make nothing better before the last: each walks on over the plateaus.
IDLE_PASSES = 4


class _Gap(NamedTuple):
    """A gap between neighbours, and what points backwards in it, more than in the first allowed one."""

    low: float
    high: float
    cost: float


def sift(tangle: Tangle, places: list[float], passes: int) -> None:
    """Change the places until no step has a better one, or no pass is left.

    Of equally good places one pass takes the leftmost and the next the rightmost, so that plateaus are walked over.
    """
    near: list[list[Neighbour]] = [[] for _ in places]
    for tail, head in tangle.fixed:
        near[tail].append((head, inf))
        near[head].append((tail, -inf))
    for arc in tangle.arcs:
        near[arc.tail].append((arc.head, tangle.weights[arc.item]))
        near[arc.head].append((arc.tail, -tangle.weights[arc.item]))
    passes_left_idle = IDLE_PASSES
    for number in range(passes):
        rightmost = number % 2 == 1
        better = False
        for step, others in enumerate(near):
            better |= _move(step, others, places, rightmost=rightmost)
        passes_left_idle = IDLE_PASSES if better else passes_left_idle - 1
        if not passes_left_idle:
            return


def _move(step: int, others: Sequence[Neighbour], places: list[float], *, rightmost: bool) -> bool:
    """Move one step to its best place, and tell whether that is better than where it was."""
    own = places[step]
    low, high, gain = _best_gap(sorted([(places[other], cost) for other, cost in others]), own, rightmost=rightmost)
    if low < own < high:
        return False
    places[step] = _between(low, high)
    if not low < places[step] < high:
        _renumber(places)
    return gain < 0


def _best_gap(passed: Sequence[tuple[float, float]], own: float, *, rightmost: bool) -> _Gap:
    """Return the gap where a step costs least, with its cost above that of where the step is."""
    low, cost, current = -inf, 0.0, 0.0
    best = _Gap(low, low, inf)
    for place, change in (*passed, (inf, inf)):
        if place > low:
            if cost < best.cost or (rightmost and cost == best.cost):
                best = _Gap(low, place, cost)
            if low < own < place:
                current = cost
            low = place
        if change == inf:
            break
        cost += change
        if change == -inf:
            best, cost = _Gap(low, low, inf), 0.0
    return best._replace(cost=best.cost - current)


def _between(low: float, high: float) -> float:
    if low == -inf:
        return high - 1
    return low + 1 if high == inf else (low + high) / 2


def _renumber(places: list[float]) -> None:
    """Spread the places out again, once two of them are too near for one between them."""
    for place, step in enumerate(sorted(range(len(places)), key=lambda step: (places[step], step))):
        places[step] = float(place)

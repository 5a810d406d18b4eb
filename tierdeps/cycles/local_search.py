"""An order of steps is improved: each step moves to the position where the least weight leads backwards (sifting)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cycles.component import Component

#: A neighbour of a step, and what it costs to place the step after it instead of before: infinite for a fixed edge.
Neighbour = tuple[int, float]
#: The search ends after so many passes without an improvement: each moves on over plateaus, and may find one later.
MAX_IDLE_PASSES = 4


class _Gap(NamedTuple):
    """A gap between two neighbours, and the weight that leads backwards there, compared with the first valid gap."""

    low: float
    high: float
    cost: float


def local_search(component: Component, positions: list[float], passes: int) -> None:
    """Change the positions until no step has a better one, or for so many passes.

    Of equally good positions, one pass takes the leftmost and the next the rightmost, so that plateaus are crossed.
    """
    neighbours: list[list[Neighbour]] = [[] for _ in positions]
    for tail, head in component.fixed:
        neighbours[tail].append((head, inf))
        neighbours[head].append((tail, -inf))
    for edge in component.edges:
        neighbours[edge.tail].append((edge.head, component.weights[edge.dependency]))
        neighbours[edge.head].append((edge.tail, -component.weights[edge.dependency]))
    idle_left = MAX_IDLE_PASSES
    for number in range(passes):
        rightmost = number % 2 == 1
        improved = False
        for step, others in enumerate(neighbours):
            improved |= _move(step, others, positions, rightmost=rightmost)
        idle_left = MAX_IDLE_PASSES if improved else idle_left - 1
        if not idle_left:
            return


def _move(step: int, others: Sequence[Neighbour], positions: list[float], *, rightmost: bool) -> bool:
    """Move a step to its best position, and return whether that is better than where it was."""
    own = positions[step]
    passed = sorted([(positions[other], cost) for other, cost in others])
    low, high, gain = _best_gap(passed, own, rightmost=rightmost)
    if low < own < high:
        return False
    positions[step] = _between(low, high)
    if not low < positions[step] < high:  # the two floats are adjacent
        _renumber(positions)
    return gain < 0


def _best_gap(passed: Sequence[tuple[float, float]], own: float, *, rightmost: bool) -> _Gap:
    """Return the gap where a step costs least, with its cost minus the cost of the gap where the step is now.

    ``passed`` are the neighbours from left to right, each with what passing it adds. Passing a fixed predecessor
    (minus infinity) makes all gaps before it invalid; at a fixed successor (plus infinity) the search ends.
    """
    low, cost, current = -inf, 0.0, 0.0
    best = _Gap(low, low, inf)
    for position, change in (*passed, (inf, inf)):
        if position > low:
            if cost < best.cost or (rightmost and cost == best.cost):
                best = _Gap(low, position, cost)
            if low < own < position:
                current = cost
            low = position
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


def _renumber(positions: list[float]) -> None:
    """Replace positions by 0, 1, 2 and so on, which makes room between any two of them."""
    order = sorted(range(len(positions)), key=lambda step: (positions[step], step))
    for position, step in enumerate(order):
        positions[step] = float(position)

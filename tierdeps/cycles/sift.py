"""An order of steps is improved: each step moves to the position where the least weight leads backwards (sifting)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cycles.neighbours import Neighbours


def sift(neighbours: Neighbours, costs: Sequence[Sequence[float]], positions: list[float]) -> None:
    """Move each step in turn to the leftmost of its best positions.

    ``costs`` are those of the neighbours. A move to a position that is as good as the one before improves nothing, but
    lets others move.
    """
    position_of = positions.__getitem__
    for step, (others, own_costs) in enumerate(zip(neighbours.both, costs, strict=True)):
        low, high = _best_gap(sorted(zip(map(position_of, others), own_costs, strict=True)))
        if not low < positions[step] < high:
            positions[step] = _between(low, high)
            if not low < positions[step] < high:  # the two floats are adjacent
                _renumber(positions)


def _best_gap(passed: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the leftmost gap between two neighbours where a step costs least.

    ``passed`` are the neighbours from left to right, each with what passing it adds. Passing a fixed predecessor
    (minus infinity) makes all gaps before it invalid; at a fixed successor (plus infinity) the search ends.
    """
    low = best_low = best_high = -inf
    cost, least = 0.0, inf
    for position, change in passed:
        if position > low:
            if cost < least:
                least, best_low, best_high = cost, low, position
            low = position
        if change == inf:
            return best_low, best_high
        cost += change
        if change == -inf:
            cost, least = 0.0, inf
    return (low, inf) if cost < least else (best_low, best_high)


def _between(low: float, high: float) -> float:
    if low == -inf:
        return high - 1
    return low + 1 if high == inf else (low + high) / 2


def _renumber(positions: list[float]) -> None:
    """Replace positions by 0, 1, 2 and so on, which makes room between any two of them."""
    order = sorted(range(len(positions)), key=lambda step: (positions[step], step))
    for position, step in enumerate(order):
        positions[step] = float(position)

"""A realizer: a small set of legal orders in which each pair of steps that nothing declared orders appears both ways.

How many are needed is the order dimension of what is declared, which is hard to compute; these are chosen greedily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.shake.poset import bits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from tierdeps.shake.poset import Poset
    from tierdeps.shake.steps import Steps


class Coverage(Value):
    """How many pairs of steps appeared both ways so far, and how many there are."""

    covered: int
    pairs: int


class Realizer:
    """Chooses one order after another, until each pair has been covered; it counts the pairs that are."""

    def __init__(self, steps: Steps, random: Random) -> None:
        self._order = steps.order
        self._left = steps.undecided()
        self._pairs = sum(row.bit_count() for row in self._left) // 2
        self._tie_breaks = [random.random() for _ in self._left]

    def orders(self) -> Iterator[tuple[int, ...]]:
        """Yield the orders, the plan's own first; each is to be counted by ``ran`` before the next one is chosen."""
        yield tuple(range(len(self._left)))
        while any(self._left):
            yield self._next()

    def ran(self, order: Sequence[int]) -> None:
        """Count the pairs that an order covers."""
        after = 0
        for step in reversed(order):
            self._left[step] &= ~after
            after |= 1 << step

    @property
    def coverage(self) -> Coverage:
        """How many pairs are covered both ways so far."""
        open_pairs = {
            (min(step, other), max(step, other)) for step, row in enumerate(self._left) for other in bits(row)
        }
        return Coverage(self._pairs - len(open_pairs), self._pairs)

    def _next(self) -> tuple[int, ...]:
        """Return the order that covers most of what is left, as far as a greedy choice finds it."""
        order = self._greedy(self._order)
        if self._gain(order):
            return order
        step = next(number for number, row in enumerate(self._left) if row)
        forced = self._order.copy()
        forced.add(step, next(bits(self._left[step])))
        return self._greedy(forced)

    def _greedy(self, order: Poset) -> tuple[int, ...]:
        """Put first what has most left to come before, and least to come after."""
        rows = self._left
        columns = [0] * len(rows)
        for step, row in enumerate(rows):
            for other in bits(row):
                columns[other] |= 1 << step

        def lost(step: int, left: int) -> float:
            return (columns[step] & left).bit_count() - (rows[step] & left).bit_count() + self._tie_breaks[step]

        return order.extension(lost)

    def _gain(self, order: Sequence[int]) -> int:
        after = gain = 0
        for step in reversed(order):
            gain += (self._left[step] & after).bit_count()
            after |= 1 << step
        return gain


def realizer(steps: Steps, random: Random) -> list[tuple[int, ...]]:
    """Return the orders, all at once."""
    chooser, found = Realizer(steps, random), []
    for order in chooser.orders():
        chooser.ran(order)
        found.append(order)
    return found

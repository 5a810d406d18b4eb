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
        self._random = random

    @property
    def first(self) -> tuple[int, ...]:
        """The plan's own order."""
        return tuple(range(len(self._left)))

    @property
    def is_covered(self) -> bool:
        """Whether each pair has appeared both ways."""
        return not any(self._left)

    @property
    def coverage(self) -> Coverage:
        """How many pairs are covered both ways so far."""
        open_pairs = {
            (min(step, other), max(step, other)) for step, row in enumerate(self._left) for other in bits(row)
        }
        return Coverage(self._pairs - len(open_pairs), self._pairs)

    def ran(self, order: Sequence[int]) -> bool:
        """Count the pairs that an order covers; return whether it covers any."""
        covers = self._covers(order)
        for step, after in _with_those_after(order):
            self._left[step] &= ~after
        return covers

    def next(self, preferred: Poset, urgent: Sequence[int] = ()) -> tuple[int, ...]:
        """Return an order that covers some of what is left, within the preferred partial order if one is found."""
        for partial in (preferred, self._order):
            order = self.extension(partial, urgent)
            if self._covers(order):
                return order
        step = next(number for number, row in enumerate(self._left) if row)
        forced = self._order.copy()
        forced.add(step, next(bits(self._left[step])))
        return self.extension(forced, urgent)

    def extension(self, partial: Poset, urgent: Sequence[int] = ()) -> tuple[int, ...]:
        """Put first what has most left to come before, and least to come after.

        Of those that are alike, the more ``urgent`` step comes first; further ties are broken at random.
        """
        rows, most = self._left, 1 + max(urgent, default=0)
        noise = [(self._random.random() + 8 * (1 - one / most)) / 9 for one in urgent or [0] * len(rows)]
        columns = [0] * len(rows)
        for step, row in enumerate(rows):
            for other in bits(row):
                columns[other] |= 1 << step

        def lost(step: int, left: int) -> float:
            return (columns[step] & left).bit_count() - (rows[step] & left).bit_count() + noise[step]

        return partial.extension(lost)

    def _covers(self, order: Sequence[int]) -> bool:
        return any(self._left[step] & after for step, after in _with_those_after(order))


def _with_those_after(order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each step with the set of those that come after it."""
    after = 0
    for step in reversed(order):
        yield step, after
        after |= 1 << step


def realizer(steps: Steps, random: Random) -> list[tuple[int, ...]]:
    """Return the orders, all at once: the plan's own first."""
    chooser = Realizer(steps, random)
    found = [chooser.first]
    chooser.ran(chooser.first)
    while not chooser.is_covered:
        found.append(chooser.next(steps.order))
        chooser.ran(found[-1])
    return found

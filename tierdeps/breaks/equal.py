"""All sets as small as a smallest break of a small component, or as many of them as effort allows.

Each set is found once: of a cycle that is left one dependency has to go, and those tried before it stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.breaks.exact import cycles_left
from tierdeps.breaks.hitting import bits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.breaks.hitting import Mask
    from tierdeps.breaks.tangle import Tangle

#: So many sets are counted: whether there are a hundred or a million makes no difference to the reader.
COUNTED_UP_TO = 100
#: So many partial sets are looked at; where that is not enough, the count is not complete.
EFFORT = 4_000


class EqualBreaks(Value):
    """Sets of one size, the lightest first, as indices of dependencies; ``complete`` where there are no others."""

    sets: tuple[tuple[int, ...], ...]
    complete: bool


def equal_breaks(tangle: Tangle, size: int) -> EqualBreaks:
    """Return the breaks of a component that have ``size`` dependencies, which no break undercuts."""
    search = _Search(tangle)
    search.descend(0, 0, size)
    found = sorted(search.found, key=lambda chosen: sum(tangle.weights[index] for index in _indices(chosen)))
    return EqualBreaks(tuple(map(_indices, found[:COUNTED_UP_TO])), search.effort >= 0)


def _indices(chosen: Mask) -> tuple[int, ...]:
    return tuple(item.bit_length() - 1 for item in bits(chosen))


class _Search:
    """The cycles known so far, and the breaks found; as deep at most as a break has dependencies."""

    def __init__(self, tangle: Tangle) -> None:
        self.tangle = tangle
        self.cycles = sorted(cycles_left(tangle, 0))
        self.found: list[Mask] = []
        self.effort = EFFORT

    def descend(self, chosen: Mask, kept: Mask, left: int) -> None:
        """Find the breaks that have all of ``chosen``, none of ``kept``, and ``left`` others."""
        self.effort -= 1
        if self.effort < 0 or len(self.found) > COUNTED_UP_TO:
            self.effort = -1
            return
        cycles = self._unbroken(chosen, kept)
        if not cycles:
            self.found.append(chosen)
            return
        if 0 in cycles or _disjoint(cycles) > left:
            return
        shortest = min(cycles, key=lambda cycle: (cycle.bit_count(), cycle))
        for item in sorted(bits(shortest), key=self._weight):
            self.descend(chosen | item, kept, left - 1)
            kept |= item

    def _unbroken(self, chosen: Mask, kept: Mask) -> list[Mask]:
        """Return cycles that nothing chosen breaks, each as what may still be chosen of it."""
        cycles = [cycle & ~kept for cycle in self.cycles if not cycle & chosen]
        if cycles:
            return cycles
        fresh = sorted(cycles_left(self.tangle, chosen))
        self.cycles += fresh
        return [cycle & ~kept for cycle in fresh]

    def _weight(self, item: Mask) -> int:
        return self.tangle.weights[item.bit_length() - 1]


def _disjoint(cycles: Iterable[Mask]) -> int:
    """Return how many cycles share no dependency, counted greedily: each of them takes one more."""
    met = count = 0
    for cycle in sorted(cycles, key=lambda cycle: (cycle.bit_count(), cycle)):
        if not cycle & met:
            met |= cycle
            count += 1
    return count

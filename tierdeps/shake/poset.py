"""A partial order of numbered steps, as sets of bits: what comes before each step, and what after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers in a set of bits, in ascending order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(numbers: Iterator[int] | list[int] | tuple[int, ...]) -> int:
    """Return numbers as a set of bits."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


class Poset:
    """A partial order, closed under transitivity at all times."""

    def __init__(self, count: int) -> None:
        self.count: int = count
        #: By number, the steps that come before it, and after it.
        self.before: list[int] = [0] * count
        self.after: list[int] = [0] * count

    def copy(self) -> Poset:
        """Return a copy, to which more can be added."""
        found = Poset(0)
        found.count, found.before, found.after = self.count, self.before.copy(), self.after.copy()
        return found

    def add(self, first: int, then: int) -> bool:
        """Let one step come before another one; return False, with nothing changed, where that contradicts the rest."""
        if first == then or self.before[first] >> then & 1:
            return False
        if not self.before[then] >> first & 1:
            above, below = self.before[first] | 1 << first, self.after[then] | 1 << then
            for number in bits(below):
                self.before[number] |= above
            for number in bits(above):
                self.after[number] |= below
        return True

    def extended(self, pairs: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> Poset | None:
        """Return the order with all pairs added, None where they contradict it."""
        found = self.copy()
        return found if all(found.add(first, then) for first, then in pairs) else None

    def extension(self, choose: Callable[[int, int], float]) -> tuple[int, ...]:
        """Return a linear extension: of the steps that may come next, the one with the smallest value.

        ``choose`` gets a step and the set of those that are left. Ties go to the smaller number.
        """
        left = (1 << self.count) - 1
        free = mask_of([number for number in range(self.count) if not self.before[number]])
        sequence = []
        while free:
            number = min(bits(free), key=lambda step: choose(step, left))
            sequence.append(number)
            left ^= 1 << number
            free ^= 1 << number
            free |= mask_of([step for step in bits(self.after[number] & left & ~free) if not self.before[step] & left])
        return tuple(sequence)

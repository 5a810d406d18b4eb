"""Arrows of an acyclic graph that follow from others: sets of nodes are the bits of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: So many bits are kept at a time: 256 MiB.
KEPT = 1 << 31


class Shadows(Value):
    """What follows among the arrows to the nodes from ``start`` to before ``end``, and what leads to these."""

    start: int
    end: int
    arrows: tuple[tuple[int, int], ...]
    rows: Sequence[int]

    def covers(self, target: int) -> bool:
        """Tell whether the arrows to a node are among those looked at."""
        return self.start <= target < self.end

    def lead(self, node: int, target: int) -> bool:
        """Tell whether a node is the target or needs it, by whatever way."""
        return bool(self.rows[node] >> (target - self.start) & 1)


def shadows(needs: Sequence[Sequence[int]], kept: int = KEPT) -> Iterator[Shadows]:
    """Yield the arrows that other arrows say too, for so many targets at a time as memory has room for.

    ``needs`` are what each node needs, in numbers smaller than its own, the greatest first: what a need leads to is
    then known to all that come after it.
    """
    count = len(needs)
    width = max(kept // max(count, 1), 64)
    for start in range(0, count, width):
        yield _block(needs, start, min(start + width, count))


def _block(needs: Sequence[Sequence[int]], start: int, end: int) -> Shadows:
    rows = [0] * len(needs)
    found: list[tuple[int, int]] = []
    for node in range(start, len(needs)):
        reached = 0
        for need in needs[node]:
            if need < start:
                break
            if need < end and reached >> (need - start) & 1:
                found.append((node, need))
            else:
                reached |= rows[need]
        rows[node] = reached | 1 << (node - start) if node < end else reached
    return Shadows(start, end, tuple(found), rows)

"""Arrows of an acyclic graph that follow from others: sets of nodes are the bits of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: So many bits are kept at a time: 256 MiB.
KEPT = 1 << 31


class Shadows(Value):
    """What follows among the arrows to the nodes from ``start`` to before ``end``, and what leads to these.

    ``rows`` has the nodes that are reached from each node, counted from ``start`` as the bits are too.
    """

    start: int
    end: int
    arrows: tuple[tuple[int, int], ...]
    rows: Sequence[int]

    def covers(self, target: int) -> bool:
        """Tell whether the arrows to a node are among those looked at."""
        return self.start <= target < self.end

    def lead(self, node: int, target: int) -> bool:
        """Tell whether a node is the target or needs it, by whatever way."""
        return node >= self.start and bool(self.rows[node - self.start] >> (target - self.start) & 1)


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
    """Look at the nodes from ``start``, counted from there; what is at ``end`` or after it has no bit of its own."""
    found: list[tuple[int, int]] = []
    rows: list[int] = []
    later = ([need - start for need in row if need >= start] for row in needs[start:])
    for node, row in enumerate(later if start else needs):
        reached = 0
        for need in row:
            if reached >> need & 1:
                found.append((node + start, need + start))
            else:
                reached |= rows[need]
        rows.append(reached | 1 << node if node < end - start else reached)
    return Shadows(start, end, tuple(found), rows)

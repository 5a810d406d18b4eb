"""The edges of an acyclic graph that a transitive reduction omits: a set of nodes is the bits of one integer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The maximal number of bits in memory at a time: 256 MiB.
MAX_KEPT_BITS = 1 << 31


class RedundantEdges(Value):
    """The redundant edges to the nodes from ``start`` to before ``end``, and which nodes lead to these.

    ``rows[n]`` has the nodes that can be reached from node ``start + n``, itself included; bit 0 is node ``start``.
    """

    start: int
    end: int
    edges: tuple[tuple[int, int], ...]
    rows: Sequence[int]

    def covers(self, target: int) -> bool:
        """Return whether the edges to a node are among those examined here."""
        return self.start <= target < self.end

    def reaches(self, node: int, target: int) -> bool:
        """Return whether a node is the target or leads to it over any path."""
        return node >= self.start and bool(self.rows[node - self.start] >> (target - self.start) & 1)


def redundant_edges(needs: Sequence[Sequence[int]], kept_bits: int = MAX_KEPT_BITS) -> Iterator[RedundantEdges]:
    """Yield the edges that follow from other edges, for as many targets at a time as memory has room for.

    ``needs[n]`` are the nodes that node ``n`` has an edge to: all less than ``n``, in descending order. So what a
    needed node leads to is known before it is asked for, and an edge is redundant if a greater neighbour leads there
    already.
    """
    count = len(needs)
    width = max(kept_bits // max(count, 1), 64)
    for start in range(0, count, width):
        yield _examine(needs, start, min(start + width, count))


def _examine(needs: Sequence[Sequence[int]], start: int, end: int) -> RedundantEdges:
    """Find the redundant edges to the nodes from ``start`` to before ``end``; only these nodes have a bit."""
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
    return RedundantEdges(start, end, tuple(found), rows)

"""Arrows between numbered nodes, in two flat arrays."""

from __future__ import annotations

from array import array
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Arrows(NamedTuple):
    """The arrows at node ``i`` lead to ``ends[starts[i] : starts[i + 1]]``."""

    starts: array[int]
    ends: array[int]

    def of(self, node: int) -> array[int]:
        """Return the nodes that one node's arrows lead to."""
        return self.ends[self.starts[node] : self.starts[node + 1]]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.starts) - 1

    @property
    def degrees(self) -> Iterator[int]:
        """How many arrows each node has."""
        return map(sub, self.starts[1:], self.starts)


def zeros(code: str, count: int) -> array[int]:
    """Return an array of zeros."""
    return array(code, [0]) * count


def offsets(degrees: Iterable[int]) -> array[int]:
    """Return where each node's arrows start, and at last where they end."""
    return array("q", accumulate(degrees, initial=0))


def grouped(nodes: int, pairs: Iterable[tuple[int, int]]) -> Arrows:
    """Gather arrows given one by one, each as its node and its end; a node's arrows keep their order."""
    heads, ends = array("i"), array("i")
    for head, end in pairs:
        heads.append(head)
        ends.append(end)
    count = zeros("i", nodes)
    for head in heads:
        count[head] += 1
    starts = offsets(count)
    place = starts[:]
    found = zeros("i", len(ends))
    for head, end in zip(heads, ends, strict=True):
        found[place[head]] = end
        place[head] += 1
    return Arrows(starts, found)

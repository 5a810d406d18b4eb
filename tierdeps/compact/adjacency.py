"""Edges between numbered nodes in two flat arrays: compressed sparse rows."""

from __future__ import annotations

from array import array
from itertools import accumulate
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


class Adjacency(NamedTuple):
    """The neighbours of each node: those of node ``i`` are ``targets[offsets[i] : offsets[i + 1]]``.

    Which way the edges run is the owner's choice: a graph has one adjacency to predecessors and one to successors.
    A neighbour may stand twice in a row (parallel edges). The arrays are shared between graphs; nobody changes them.
    """

    offsets: array[int]
    targets: array[int]

    def neighbours(self, node: int) -> array[int]:
        """Return the neighbours of one node."""
        return self.targets[self.offsets[node] : self.offsets[node + 1]]

    @property
    def node_count(self) -> int:
        """How many nodes there are."""
        return len(self.offsets) - 1

    @property
    def degrees(self) -> Iterator[int]:
        """How many neighbours each node has."""
        return map(sub, self.offsets[1:], self.offsets)


def zeros(typecode: str, count: int) -> array[int]:
    """Return an array of zeros."""
    return array(typecode, [0]) * count


def offsets_of(degrees: Iterable[int]) -> array[int]:
    """Return where the row of each node starts in ``targets``, and at the end where the last one stops."""
    return array("q", accumulate(degrees, initial=0))


def from_edges(node_count: int, edges: Iterable[tuple[int, int]]) -> Adjacency:
    """Build an adjacency from edges, each as (node, neighbour); the neighbours of a node keep their order."""
    nodes, neighbours = array("i"), array("i")
    for node, neighbour in edges:
        nodes.append(node)
        neighbours.append(neighbour)
    degrees = zeros("i", node_count)
    for node in nodes:
        degrees[node] += 1
    offsets = offsets_of(degrees)
    next_free = offsets[:]
    targets = zeros("i", len(neighbours))
    for node, neighbour in zip(nodes, neighbours, strict=True):
        targets[next_free[node]] = neighbour
        next_free[node] += 1
    return Adjacency(offsets, targets)


def with_edges(needs: Adjacency, added: Collection[tuple[int, int]]) -> Adjacency:
    """Return an adjacency with some more edges; the rows without any are copied in slices."""
    if not added:
        return needs
    degrees = array("q", needs.degrees)
    targets = array("i")
    copied = 0
    for node, target in sorted(added):
        degrees[node] += 1
        targets.extend(needs.targets[copied : needs.offsets[node + 1]])
        targets.append(target)
        copied = needs.offsets[node + 1]
    targets.extend(needs.targets[copied:])
    return Adjacency(offsets_of(degrees), targets)

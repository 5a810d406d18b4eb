"""Walks over arrows in plain Python: no recursion, and time in proportion to the arrows."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.compact.arrows import Arrows, offsets, zeros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    #: Takes a generation, the arrows to what waits for it and how many each node still waits for; returns the next one.
    Release = Callable[[Sequence[int], Arrows, array[int]], Sequence[int]]


class Levels(NamedTuple):
    """Generation ``k`` is ``order[bounds[k] : bounds[k + 1]]``, sorted; nodes on cycles and behind them are in none."""

    order: array[int]
    bounds: array[int]


def transpose(arrows: Arrows) -> Arrows:
    """Turn all arrows round; the new ends of each node are sorted."""
    count = zeros("i", arrows.nodes)
    for end in arrows.ends:
        count[end] += 1
    starts = offsets(count)
    place = starts[:]
    ends = zeros("i", len(arrows.ends))
    for node in range(arrows.nodes):
        for end in arrows.of(node):
            here = place[end]
            ends[here] = node
            place[end] = here + 1
    return Arrows(starts, ends)


def reordered(arrows: Arrows, order: array[int], rank: array[int]) -> Arrows:
    """Put the nodes into another order, and give their ends the numbers that ``rank`` has for them."""
    starts, ends = arrows
    counts = (starts[node + 1] - starts[node] for node in order)
    rows = (ends[starts[node] : starts[node + 1]] for node in order)
    return Arrows(offsets(counts), array("i", map(rank.__getitem__, chain.from_iterable(rows))))


def release(generation: Sequence[int], out: Arrows, waiting: array[int]) -> Sequence[int]:
    """Take a generation away and return, sorted, the nodes that wait for nothing any more."""
    starts, ends = out
    freed: list[int] = []
    for node in generation:
        for other in ends[starts[node] : starts[node + 1]]:
            left = waiting[other] - 1
            waiting[other] = left
            if not left:
                freed.append(other)
    freed.sort()
    return freed


def levels(into: Arrows, out: Arrows, release: Release = release) -> Levels:
    """Put each node into the first generation in which all that have arrows into it are over."""
    waiting = array("i", into.degrees)
    order, bounds = array("i"), array("q", [0])
    generation: Sequence[int] = [node for node, left in enumerate(waiting) if not left]
    while generation:
        order.extend(generation)
        bounds.append(len(order))
        generation = release(generation, out, waiting)
    return Levels(order, bounds)


def reached(arrows: Arrows, source: int) -> Iterator[int]:
    """Walk to all nodes that the arrows lead to from one, which is not among them."""
    seen = bytearray(arrows.nodes)
    seen[source] = 1
    doubtful = [source]
    while doubtful:
        for other in arrows.of(doubtful.pop()):
            if not seen[other]:
                seen[other] = 1
                doubtful.append(other)
                yield other


def components(arrows: Arrows, closed: Iterable[int] = ()) -> Iterator[list[int]]:
    """Yield the strongly connected components of all nodes that are not ``closed``, as Tarjan finds them."""
    starts, ends = arrows
    over = arrows.nodes + 1
    met = zeros("i", arrows.nodes)
    for node in closed:
        met[node] = over
    lowest, following = met[:], starts[:]
    clock = 0
    open_nodes: list[int] = []
    for root in range(arrows.nodes):
        path = [] if met[root] else [root]
        while path:
            node = path[-1]
            if not met[node]:
                clock += 1
                met[node] = lowest[node] = clock
                open_nodes.append(node)
            here = following[node]
            if here < starts[node + 1]:
                following[node] = here + 1
                other = ends[here]
                if not met[other]:
                    path.append(other)
                elif met[other] < lowest[node]:
                    lowest[node] = met[other]
                continue
            path.pop()
            if path and lowest[node] < lowest[path[-1]]:
                lowest[path[-1]] = lowest[node]
            if lowest[node] == met[node]:
                yield _close(node, open_nodes, met, over)


def _close(root: int, open_nodes: list[int], met: array[int], over: int) -> list[int]:
    """Take the component whose first node is ``root`` off the open nodes."""
    component = []
    while True:
        node = open_nodes.pop()
        met[node] = over
        component.append(node)
        if node == root:
            return component

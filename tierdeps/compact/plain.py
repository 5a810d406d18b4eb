"""Numbers and walks in plain Python: no recursion, and time in proportion to the arrows."""

from __future__ import annotations

from array import array
from itertools import chain, compress, islice, pairwise
from operator import lt
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.compact.arrows import Arrows, offsets, zeros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

#: In place of the depth of a node on a cycle or behind one, of one not looked at, and of one whose depth is looked for.
NEVER, UNKNOWN, OPEN = 0x7FFFFFFD, 0x7FFFFFFE, 0x7FFFFFFF


class Levels(NamedTuple):
    """Generation ``k`` is ``order[bounds[k] : bounds[k + 1]]``, sorted; nodes on cycles and behind them are in none."""

    order: array[int]
    bounds: array[int]


class _Numbers(dict[str, int]):
    """The number of each name; one that is looked up for the first time gets the next."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


def numbered(names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
    """Return the numbers of what is listed: of names, and then of what is none of them, which is returned as well."""
    number = _Numbers(zip(names, range(len(names)), strict=True))
    ends = array("i", map(number.__getitem__, chain.from_iterable(lists)))
    return ends, list(islice(number, len(names), None))


def repeating(arrows: Arrows) -> list[int]:
    """Return the nodes with two arrows that lead to one end, sorted."""
    starts, ends = arrows
    rows = map(ends.__getitem__, map(slice, starts, starts[1:]))
    return list(compress(range(arrows.nodes), map(lt, map(len, map(set, rows)), arrows.degrees)))


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


def levels(into: Arrows) -> Levels:
    """Put each node into the first generation in which all that have arrows into it are over."""
    depths = fathom(into, [UNKNOWN] * into.nodes)
    count = zeros("q", 1 + max((depth for depth in depths if depth < NEVER), default=-1))
    for depth in depths:
        if depth < NEVER:
            count[depth] += 1
    bounds = offsets(count)
    place, order = list(bounds), zeros("i", bounds[-1])
    for node, depth in enumerate(depths):
        if depth < NEVER:
            here = place[depth]
            order[here] = node
            place[depth] = here + 1
    return Levels(order, bounds)


def fathom(into: Arrows, depths: list[int]) -> list[int]:
    """Find the depths that are ``UNKNOWN``: one more than the deepest that has an arrow to the node.

    Nodes on cycles and behind them get ``NEVER``. Mostly the depths that one hangs on are found by then, and nothing
    has to be turned round or counted down.
    """
    of, ends = depths.__getitem__, into.ends
    for node, (start, end) in enumerate(pairwise(into.starts)):
        if depths[node] == UNKNOWN:
            if end - start > 1:
                deepest = max(map(of, ends[start:end]))
            elif end > start:  # as in a chain or a star: so it takes a fifth of that
                deepest = depths[ends[start]]
            else:
                deepest = -1
            if deepest == UNKNOWN:
                _descend(node, into, depths)
            else:
                depths[node] = deepest + 1 if deepest < NEVER else NEVER
    return depths


def _descend(root: int, into: Arrows, depths: list[int]) -> None:
    """Find the depth of a node, and first of those that it hangs on; on an ``OPEN`` one only a cycle does."""
    of, (starts, ends) = depths.__getitem__, into
    path = [root]
    while path:
        node = path[-1]
        if depths[node] < UNKNOWN:
            path.pop()
            continue
        depths[node] = OPEN
        others = ends[starts[node] : starts[node + 1]]
        deepest = max(map(of, others)) if others else -1
        if deepest == UNKNOWN:
            path += [other for other in others if depths[other] == UNKNOWN]
        else:
            depths[node] = deepest + 1 if deepest < NEVER else NEVER
            path.pop()


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
    """Yield the strongly connected components of all nodes that are not ``closed``, each after those it leads to.

    Tarjan's algorithm as David Pearce has it (2016): what is in a component has no way back that counts.
    """
    over = arrows.nodes + 1
    met, lowest = [0] * arrows.nodes, [0] * arrows.nodes
    for node in closed:
        lowest[node] = over
    of, (starts, ends) = lowest.__getitem__, arrows
    clock, open_nodes, left = 0, list[int](), bytearray(arrows.nodes)
    for root in range(arrows.nodes):
        path = [] if lowest[root] else [root]
        while path:
            node = path[-1]
            if left[node]:  # it was met on another way
                path.pop()
                continue
            others = ends[starts[node] : starts[node + 1]]
            first = not lowest[node]
            if first:
                clock += 1
                met[node] = lowest[node] = clock
                open_nodes.append(node)
            reachable = min(map(of, others)) if others else over
            if first and not reachable:
                path += [other for other in others if not lowest[other]]
                continue
            path.pop()
            left[node] = True
            lowest[node] = min(lowest[node], reachable)
            if lowest[node] == met[node]:
                yield _close(node, open_nodes, lowest, over)


def _close(root: int, open_nodes: list[int], lowest: list[int], over: int) -> list[int]:
    """Take the component whose first node is ``root`` off the open nodes."""
    component = []
    while True:
        node = open_nodes.pop()
        lowest[node] = over
        component.append(node)
        if node == root:
            return component

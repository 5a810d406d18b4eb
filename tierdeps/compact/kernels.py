"""The algorithms over an adjacency in plain Python: no recursion, and time in proportion to nodes and edges.

The inner loops are ``map`` over bound methods and slices, which looks unusual: there may be millions of edges, and what
runs once an edge has to run in C.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import chain, compress, islice, pairwise
from operator import lt
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.compact.adjacency import Adjacency, offsets_of, zeros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

#: Depths that are no depth. ``CYCLIC``: on a cycle, or reachable only through one; ``UNKNOWN``: not computed yet;
#: ``OPEN``: being computed. All depths are below them, and ``max`` over neighbours relies on their order: an open one
#: among the predecessors outweighs an unknown one, because it means a cycle.
CYCLIC, UNKNOWN, OPEN = 0x7FFFFFFD, 0x7FFFFFFE, 0x7FFFFFFF


class Generations(NamedTuple):
    """Topological generations: number ``k`` is ``order[bounds[k] : bounds[k + 1]]``, sorted by index.

    Nodes on cycles, and those with such a node before them, are in none.
    """

    order: array[int]
    bounds: array[int]


class _Indices(dict[str, int]):
    """The index of each name; a name that is looked up for the first time gets the next one."""

    def __missing__(self, name: str) -> int:
        index = self[name] = len(self)
        return index


def intern_names(names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
    """Return the index of each listed name, and the listed names that are not among ``names``.

    The indices of the latter continue those of ``names``, in the order in which they first occur.
    """
    index = _Indices(zip(names, range(len(names)), strict=True))
    listed = array("i", map(index.__getitem__, chain.from_iterable(lists)))
    return listed, list(islice(index, len(names), None))


def sorted_adjacency(requirements: Mapping[str, Collection[str]]) -> tuple[list[str], Adjacency, list[str]]:
    """Return names sorted, what each of them requires, and the required names that are not among them.

    The indices of the latter continue those of the sorted names, in the order in which they first occur.
    """
    names = sorted(requirements)
    lists = list(map(requirements.__getitem__, names))
    targets, absent = intern_names(names, lists)
    return names, Adjacency(offsets_of(map(len, lists)), targets), absent


def nodes_with_parallel_edges(adjacency: Adjacency) -> list[int]:
    """Return the nodes that have a neighbour twice, sorted."""
    offsets, targets = adjacency
    rows = map(targets.__getitem__, map(slice, offsets, offsets[1:]))
    return list(compress(range(adjacency.node_count), map(lt, map(len, map(set, rows)), adjacency.degrees)))


def transpose(adjacency: Adjacency) -> Adjacency:
    """Return the same edges in the other direction; the neighbours of each node are sorted."""
    degrees = zeros("i", adjacency.node_count)
    for target in adjacency.targets:
        degrees[target] += 1
    offsets = offsets_of(degrees)
    next_free = offsets[:]
    targets = zeros("i", len(adjacency.targets))
    for node in range(adjacency.node_count):
        for target in adjacency.neighbours(node):
            place = next_free[target]
            targets[place] = node
            next_free[target] = place + 1
    return Adjacency(offsets, targets)


def permuted(adjacency: Adjacency, order: array[int], new_index: array[int]) -> Adjacency:
    """Return the rows in another order: row ``k`` is that of ``order[k]``, with its targets mapped by ``new_index``."""
    offsets, targets = adjacency
    degrees = (offsets[node + 1] - offsets[node] for node in order)
    rows = (targets[offsets[node] : offsets[node + 1]] for node in order)
    return Adjacency(offsets_of(degrees), array("i", map(new_index.__getitem__, chain.from_iterable(rows))))


def generations(predecessors: Adjacency) -> Generations:
    """Return the topological generations: each node is in the first one after all of its predecessors'."""
    depths = compute_depths(predecessors, [UNKNOWN] * predecessors.node_count)
    sizes = Counter(depths)
    sizes.pop(CYCLIC, None)
    bounds = offsets_of(map(sizes.__getitem__, range(len(sizes))))
    # sorted is stable, so nodes of equal depth stay sorted by index; those that are ``CYCLIC`` come last
    order = array("i", sorted(range(len(depths)), key=depths.__getitem__))
    return Generations(order[: bounds[-1]], bounds)


def compute_depths(predecessors: Adjacency, depths: list[int]) -> list[int]:
    """Fill in the depths that are ``UNKNOWN``: one more than the deepest predecessor; ``CYCLIC`` where there is none.

    Nodes are visited in the order of their indices. Most often their predecessors have been visited by then (names that
    are sorted, files that are written in order), so that one pass does without a transposed graph or counters.
    """
    depth_of, targets = depths.__getitem__, predecessors.targets
    for node, (start, end) in enumerate(pairwise(predecessors.offsets)):
        if depths[node] == UNKNOWN:
            if end - start > 1:
                deepest = max(map(depth_of, targets[start:end]))
            elif end > start:  # one predecessor, as in a chain or a star: five times as fast as slice, map and max
                deepest = depths[targets[start]]
            else:
                deepest = -1
            if deepest == UNKNOWN:
                _descend(node, predecessors, depths)
            else:
                depths[node] = deepest + 1 if deepest < CYCLIC else CYCLIC
    return depths


def _descend(root: int, predecessors: Adjacency, depths: list[int]) -> None:
    """Compute the depth of a node after those of its unknown predecessors: depth first, with a stack of its own.

    A predecessor that is ``OPEN`` is further down on the stack, so there is a cycle: ``max`` returns ``OPEN`` and the
    node becomes ``CYCLIC``, which then spreads to all that depend on it.
    """
    depth_of, (offsets, targets) = depths.__getitem__, predecessors
    stack = [root]
    while stack:
        node = stack[-1]
        if depths[node] < UNKNOWN:  # was on the stack twice, and is done
            stack.pop()
            continue
        depths[node] = OPEN
        neighbours = targets[offsets[node] : offsets[node + 1]]
        if len(neighbours) > 1:
            deepest = max(map(depth_of, neighbours))
        elif neighbours:  # one, see ``compute_depths``
            deepest = depths[neighbours[0]]
        else:
            deepest = -1
        if deepest == UNKNOWN:
            stack += [other for other in neighbours if depths[other] == UNKNOWN]
        else:
            depths[node] = deepest + 1 if deepest < CYCLIC else CYCLIC
            stack.pop()


def reachable(adjacency: Adjacency, source: int) -> Iterator[int]:
    """Yield all nodes that can be reached from one, which is not among them."""
    seen = bytearray(adjacency.node_count)
    seen[source] = 1
    stack = [source]
    while stack:
        for other in adjacency.neighbours(stack.pop()):
            if not seen[other]:
                seen[other] = 1
                stack.append(other)
                yield other


def components(adjacency: Adjacency, excluded: Iterable[int] = ()) -> Iterator[list[int]]:
    """Yield the strongly connected components of the nodes that are not ``excluded``, each after those it leads to.

    Tarjan's algorithm in the form of Pearce (2016), without recursion. ``lowlink`` of a node whose component is
    complete is ``done``, greater than every number, so that ``min`` over neighbours ignores it without a test.
    """
    done = adjacency.node_count + 1
    number, lowlink = [0] * adjacency.node_count, [0] * adjacency.node_count
    for node in excluded:
        lowlink[node] = done
    lowlink_of, (offsets, targets) = lowlink.__getitem__, adjacency
    last_number, open_nodes, finished = 0, list[int](), bytearray(adjacency.node_count)
    for root in range(adjacency.node_count):
        stack = [] if lowlink[root] else [root]
        while stack:
            node = stack[-1]
            if finished[node]:  # was on the stack twice, and is done
                stack.pop()
                continue
            neighbours = targets[offsets[node] : offsets[node + 1]]
            is_first_visit = not lowlink[node]
            if is_first_visit:
                last_number += 1
                number[node] = lowlink[node] = last_number
                open_nodes.append(node)
            lowest = min(map(lowlink_of, neighbours)) if neighbours else done
            if is_first_visit and not lowest:
                stack += [other for other in neighbours if not lowlink[other]]
                continue
            stack.pop()
            finished[node] = True
            lowlink[node] = min(lowlink[node], lowest)
            if lowlink[node] == number[node]:
                yield _pop_component(node, open_nodes, lowlink, done)


def _pop_component(root: int, open_nodes: list[int], lowlink: list[int], done: int) -> list[int]:
    """Remove the component that was entered at ``root`` from the open nodes, and return it."""
    component = []
    while True:
        node = open_nodes.pop()
        lowlink[node] = done
        component.append(node)
        if node == root:
            return component

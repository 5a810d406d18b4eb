"""The same algorithms with numpy, for large graphs: thousands of names, and whole generations, in one call."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from tierdeps.compact import interning_numpy, kernels
from tierdeps.compact.adjacency import Adjacency, offsets_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

#: For a generation of fewer nodes, the calls into numpy cost more than they save.
MIN_GENERATION_NODES = 64
#: The number of such small generations (a long chain has nothing else) after which plain Python does the rest.
MAX_SMALL_GENERATIONS = 1000
#: Rows up to this length are searched for duplicates all at once; the few longer ones one by one.
MAX_BATCHED_DEGREE = 32


def _view(values: array[int]) -> NDArray[np.integer]:
    """Return an array as numpy's, without copying it."""
    return np.frombuffer(values, dtype=np.int32 if values.typecode == "i" else np.int64)


def _array(typecode: str, values: NDArray[np.integer]) -> array[int]:
    """Return numpy's array as Python's, which is what an adjacency has."""
    result = array(typecode)
    result.frombytes(values.astype(np.int32 if typecode == "i" else np.int64, copy=False).view(np.uint8).data)
    return result


def intern_names(names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
    """Return the index of each listed name, and the listed names that are not among ``names``."""
    try:
        return interning_numpy.intern_names(names, lists)
    except interning_numpy.UnfitError:
        return kernels.intern_names(names, lists)


def sorted_adjacency(requirements: Mapping[str, Collection[str]]) -> tuple[list[str], Adjacency, list[str]]:
    """Return names sorted, what each of them requires, and the required names that are not among them.

    The names are interned in the order in which they were declared, which most often is that in memory: to read
    strings in the order of their texts takes longer than to permute the indices afterwards.
    """
    names, lists = list(requirements), list(requirements.values())
    try:
        order = interning_numpy.order_of(names)
    except interning_numpy.UnfitError:
        return kernels.sorted_adjacency(requirements)
    targets, absent = intern_names(names, lists)
    if absent:  # they are numbered by the sorted names: plain Python does that
        return kernels.sorted_adjacency(requirements)
    new_index = np.empty(len(names), dtype=np.int32)
    new_index[order] = np.arange(len(names), dtype=np.int32)
    declared = Adjacency(offsets_of(map(len, lists)), targets)
    needs = permuted(declared, _array("i", order), _array("i", new_index))
    return list(map(names.__getitem__, order.tolist())), needs, []


def nodes_with_parallel_edges(adjacency: Adjacency) -> list[int]:
    """Return the nodes that have a neighbour twice, sorted.

    Each neighbour is compared with the one ``shift`` places later, for all rows in one operation.
    """
    offsets, targets = _view(adjacency.offsets), _view(adjacency.targets)
    degrees = np.diff(offsets)
    owners = np.repeat(np.arange(adjacency.node_count, dtype=np.int32), degrees)
    found = np.zeros(adjacency.node_count, dtype=bool)
    for shift in range(1, min(int(degrees.max(initial=0)), MAX_BATCHED_DEGREE)):
        equal = (owners[shift:] == owners[:-shift]) & (targets[shift:] == targets[:-shift])
        found[owners[shift:][equal]] = True
    for node in np.flatnonzero(degrees > MAX_BATCHED_DEGREE).tolist():
        found[node] = len(set(adjacency.neighbours(node))) < degrees[node]
    nodes: list[int] = np.flatnonzero(found).tolist()
    return nodes


def transpose(adjacency: Adjacency) -> Adjacency:
    """Return the same edges in the other direction; the neighbours of each node are sorted.

    Each edge becomes one number of 64 bits, its target above its source: sorting these sorts by both.
    """
    targets = _view(adjacency.targets)
    offsets = np.zeros(adjacency.node_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(targets, minlength=adjacency.node_count), out=offsets[1:])
    edges = targets.astype(np.int64)
    edges <<= 32
    edges |= np.repeat(np.arange(adjacency.node_count, dtype=np.int32), np.diff(_view(adjacency.offsets)))
    edges.sort()
    edges &= 0xFFFFFFFF
    return Adjacency(_array("q", offsets), _array("i", edges))


def permuted(adjacency: Adjacency, order: array[int], new_index: array[int]) -> Adjacency:
    """Return the rows in another order: row ``k`` is that of ``order[k]``, with its targets mapped by ``new_index``."""
    offsets, nodes = _view(adjacency.offsets), _view(order)
    degrees = offsets[nodes + 1] - offsets[nodes]
    new_offsets = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(degrees, out=new_offsets[1:])
    targets = _view(new_index)[_rows(offsets, _view(adjacency.targets), nodes)]
    return Adjacency(_array("q", new_offsets), _array("i", targets))


def _rows(
    offsets: NDArray[np.integer], targets: NDArray[np.integer], nodes: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Return the neighbours of some nodes, one row after the other."""
    starts = offsets[nodes]
    degrees = offsets[nodes + 1] - starts
    shifts = starts - (np.cumsum(degrees) - degrees)
    rows: NDArray[np.integer] = targets[np.repeat(shifts, degrees) + np.arange(degrees.sum())]
    return rows


def generations(predecessors: Adjacency) -> kernels.Generations:
    """Return the topological generations: each node is in the first one after all of its predecessors'."""
    is_forest = np.diff(_view(predecessors.offsets)).max(initial=0) <= 1
    depths = _depths_in_forest(predecessors) if is_forest else _depths_by_generation(predecessors)
    known = depths < kernels.CYCLIC
    order = np.argsort(depths, kind="stable")[: np.count_nonzero(known)]
    bounds = np.concatenate(([0], np.cumsum(np.bincount(depths[known]))))
    return kernels.Generations(_array("i", order), _array("q", bounds))


def _depths_in_forest(predecessors: Adjacency) -> NDArray[np.integer]:
    """Return the depths where each node has one predecessor or none, however long the paths are.

    Pointer doubling: ``depths`` is the distance from a node to ``ancestor``, which each round doubles, until that is a
    root, its own ancestor at the distance zero. From a cycle, and from what is behind one, no root is ever reached.
    """
    degrees = np.diff(_view(predecessors.offsets))
    ancestor = np.arange(predecessors.node_count)
    ancestor[degrees == 1] = _view(predecessors.targets)
    depths = degrees.astype(np.int32)
    for _ in range(predecessors.node_count.bit_length()):
        depths += depths[ancestor]
        ancestor = ancestor[ancestor]
    depths[degrees[ancestor] == 1] = kernels.CYCLIC
    return depths


def _depths_by_generation(predecessors: Adjacency) -> NDArray[np.integer]:
    """Return the depths by Kahn's algorithm, a whole generation at a time.

    Where generations stay small, plain Python does the rest.
    """
    successors, missing = transpose(predecessors), np.diff(_view(predecessors.offsets))
    offsets, targets = _view(successors.offsets), _view(successors.targets)
    depths: NDArray[np.integer] = np.full(predecessors.node_count, kernels.UNKNOWN, dtype=np.int32)
    generation, depth, small = np.flatnonzero(missing == 0), 0, 0
    while len(generation) and small < MAX_SMALL_GENERATIONS:
        depths[generation] = depth
        followers, edge_counts = np.unique(_rows(offsets, targets, generation), return_counts=True)
        missing[followers] -= edge_counts
        generation = followers[missing[followers] == 0]
        depth, small = depth + 1, small + (len(generation) < MIN_GENERATION_NODES)
    if len(generation):
        return np.asarray(kernels.compute_depths(predecessors, depths.tolist()), dtype=np.int32)
    return depths

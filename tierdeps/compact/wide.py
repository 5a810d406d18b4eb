"""The same with numpy, for many arrows: thousands of names, and whole generations, at once."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from tierdeps.compact import interned, plain
from tierdeps.compact.arrows import Arrows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

#: In a generation of fewer nodes a call into numpy costs more than it saves; so many of them are put up with.
WIDE, PATIENCE = 64, 1000
#: Nodes with more arrows are few, and compared one by one.
FEW = 32


def _view(values: array[int]) -> NDArray[np.integer]:
    """Look at an array without copying it."""
    return np.frombuffer(values, dtype=np.int32 if values.typecode == "i" else np.int64)


def _array(code: str, values: NDArray[np.integer]) -> array[int]:
    found = array(code)
    found.frombytes(values.astype(np.int32 if code == "i" else np.int64, copy=False).view(np.uint8).data)
    return found


def numbered(names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
    """Return the numbers of what is listed: of names, and then of what is none of them, which is returned as well."""
    try:
        return interned.numbered(names, lists)
    except interned.UnfitError:
        return plain.numbered(names, lists)


def repeating(arrows: Arrows) -> list[int]:
    """Return the nodes with two arrows that lead to one end, sorted."""
    starts, ends = _view(arrows.starts), _view(arrows.ends)
    counts = np.diff(starts)
    owners = np.repeat(np.arange(arrows.nodes, dtype=np.int32), counts)
    found = np.zeros(arrows.nodes, dtype=bool)
    for shift in range(1, min(int(counts.max(initial=0)), FEW)):
        twice = (owners[shift:] == owners[:-shift]) & (ends[shift:] == ends[:-shift])
        found[owners[shift:][twice]] = True
    for node in np.flatnonzero(counts > FEW).tolist():
        found[node] = len(set(arrows.of(node))) < counts[node]
    nodes: list[int] = np.flatnonzero(found).tolist()
    return nodes


def transpose(arrows: Arrows) -> Arrows:
    """Turn all arrows round; the new ends of each node are sorted."""
    ends = _view(arrows.ends)
    starts = np.zeros(arrows.nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=arrows.nodes), out=starts[1:])
    pairs = ends.astype(np.int64)
    pairs <<= 32
    pairs |= np.repeat(np.arange(arrows.nodes, dtype=np.int32), np.diff(_view(arrows.starts)))
    pairs.sort()
    pairs &= 0xFFFFFFFF
    return Arrows(_array("q", starts), _array("i", pairs))


def reordered(arrows: Arrows, order: array[int], rank: array[int]) -> Arrows:
    """Put the nodes into another order, and give their ends the numbers that ``rank`` has for them."""
    starts, nodes = _view(arrows.starts), _view(order)
    counts = starts[nodes + 1] - starts[nodes]
    found = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(counts, out=found[1:])
    return Arrows(_array("q", found), _array("i", _view(rank)[_ends(starts, _view(arrows.ends), nodes)]))


def _ends(starts: NDArray[np.integer], ends: NDArray[np.integer], nodes: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the ends of some nodes' arrows, one node after the other."""
    first = starts[nodes]
    counts = starts[nodes + 1] - first
    shifts = first - (np.cumsum(counts) - counts)
    found: NDArray[np.integer] = ends[np.repeat(shifts, counts) + np.arange(counts.sum())]
    return found


def levels(into: Arrows) -> plain.Levels:
    """Put each node into the first generation in which all that have arrows into it are over.

    Where generations stay narrow, the rest is walked one by one.
    """
    out, waiting = transpose(into), np.diff(_view(into.starts))
    starts, ends = _view(out.starts), _view(out.ends)
    depths: NDArray[np.integer] = np.full(into.nodes, plain.UNKNOWN, dtype=np.int32)
    generation, depth, narrow = np.flatnonzero(waiting == 0), 0, 0
    while len(generation) and narrow < PATIENCE:
        depths[generation] = depth
        freed, arrows = np.unique(_ends(starts, ends, generation), return_counts=True)
        waiting[freed] -= arrows
        generation = freed[waiting[freed] == 0]
        depth, narrow = depth + 1, narrow + (len(generation) < WIDE)
    if len(generation):
        depths = np.asarray(plain.fathom(into, depths.tolist()), dtype=np.int32)
    known = depths < plain.NEVER
    order = np.argsort(depths, kind="stable")[: np.count_nonzero(known)]
    bounds = np.concatenate(([0], np.cumsum(np.bincount(depths[known]))))
    return plain.Levels(_array("i", order), _array("q", bounds))

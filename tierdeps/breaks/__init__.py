"""The smallest set of dependencies whose removal leaves a component without a cycle."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.breaks.equal import equal_breaks
from tierdeps.breaks.exact import lightest_break
from tierdeps.breaks.heuristic import light_break
from tierdeps.breaks.preference import exact_weights, plain_weights, preference
from tierdeps.breaks.tangle import declared, tangle_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tierdeps.breaks.preference import Dependents
    from tierdeps.breaks.tangle import Arrows, Declared
    from tierdeps.model import Edge

__all__ = ["ALTERNATIVES", "EXACT_UP_TO", "Breaks", "declared", "smallest_break"]

#: Up to so many dependencies in a component the answer is exact.
EXACT_UP_TO = 40
#: So many sets that are equally small are named, the preferred one included.
ALTERNATIVES = 3


class Breaks(Value):
    """The preferred break, one edge for each dependency to remove, and the next few of those that are as small.

    ``exact`` is false where a smaller set may exist. ``as_small`` counts the sets of this size that were found,
    ``all_counted`` tells that these are all there are.
    """

    edges: tuple[Edge, ...]
    exact: bool
    others: tuple[tuple[Edge, ...], ...] = ()
    as_small: int = 1
    all_counted: bool = False


def smallest_break(arrows: Arrows, dependents: Dependents) -> Breaks:
    """Return what has to be removed of a component; ``dependents`` tells how many drivers need a driver.

    Among the smallest sets, one with more soft dependencies (not ``requires``) is preferred, then one with more
    conditional ones, then one of drivers that fewer others need, and only then one by name.
    """
    if (ring := _ring(arrows)) is not None:
        # each step is the dependent of one of them: no more of the name is needed to tell them apart
        best, *others = nsmallest(ALTERNATIVES, ring, key=lambda edge: (preference(edge, dependents), edge.dependent))
        return Breaks((best,), True, tuple((edge,) for edge in others), len(ring), True)
    items = _items(arrows)
    if len(items) <= EXACT_UP_TO:
        return _exact(arrows, items, dependents)
    items.sort(key=lambda edge: preference(edge, dependents))  # those equal so far stay in the order of their names
    chosen = light_break(tangle_of(arrows, items, plain_weights(items)))
    return Breaks(_edges(items, chosen), len(chosen) == 1)


def _exact(arrows: Arrows, items: Sequence[Edge], dependents: Dependents) -> Breaks:
    tangle = tangle_of(arrows, items, exact_weights(items, dependents))
    chosen = sorted(lightest_break(tangle))
    equal = equal_breaks(tangle, len(chosen))
    others = [found for found in equal.sets if list(found) != chosen]
    named = tuple(_edges(items, found) for found in others[: ALTERNATIVES - 1])
    return Breaks(_edges(items, chosen), True, named, len(others) + 1, equal.complete)


def _items(arrows: Arrows) -> list[Edge]:
    """Return one edge of each dependency in a component, its first one, sorted."""
    edges = sorted({edge for group in arrows.values() for edge in group}, key=lambda edge: edge.sort_key)
    shown: dict[Declared, Edge] = {}
    for edge in edges:
        shown.setdefault(declared(edge), edge)
    return list(shown.values())


def _edges(items: Sequence[Edge], chosen: Iterable[int]) -> tuple[Edge, ...]:
    return tuple(sorted((items[index] for index in chosen), key=lambda edge: edge.sort_key))


def _ring(arrows: Arrows) -> list[Edge] | None:
    """Return the dependencies of a component that is one cycle, as most are; None where it is more than that."""
    edges = [edge for group in arrows.values() for edge in group]
    if len({needed for _, needed in arrows}) < len(arrows) or len(set(map(declared, edges))) < len(edges):
        return None
    return edges if all(len(group) <= 1 for group in arrows.values()) else None

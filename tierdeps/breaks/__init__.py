"""The smallest set of dependencies whose removal leaves a component without a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.breaks.exact import lightest_break
from tierdeps.breaks.heuristic import light_break
from tierdeps.breaks.tangle import declared, tangle_of
from tierdeps.model import Kind

if TYPE_CHECKING:
    from tierdeps.breaks.tangle import Arrows, Declared
    from tierdeps.model import Edge

__all__ = ["EXACT_UP_TO", "declared", "smallest_break"]

#: Up to so many dependencies in a component the answer is exact.
EXACT_UP_TO = 40


def smallest_break(arrows: Arrows) -> tuple[tuple[Edge, ...], bool]:
    """Return one edge for each dependency to remove, and whether it is known that no smaller set exists.

    Among the smallest sets, one with more soft dependencies (not ``requires``) wins, then one with more conditional
    ones, then one by name.
    """
    if (ring := _ring(arrows)) is not None:
        return (min(ring, key=_lightness),), True
    edges = sorted({edge for group in arrows.values() for edge in group}, key=lambda edge: edge.sort_key)
    shown: dict[Declared, Edge] = {}
    for edge in edges:
        shown.setdefault(declared(edge), edge)
    items = list(shown.values())
    small = len(items) <= EXACT_UP_TO
    tangle = tangle_of(arrows, items, unique=small)
    chosen = lightest_break(tangle) if small else light_break(tangle)
    return tuple(items[index] for index in sorted(chosen)), small or len(chosen) == 1


def _ring(arrows: Arrows) -> list[Edge] | None:
    """Return the dependencies of a component that is one cycle, as most are; None where it is more than that."""
    edges = [edge for group in arrows.values() for edge in group]
    if len({needed for _, needed in arrows}) < len(arrows) or len(set(map(declared, edges))) < len(edges):
        return None
    return edges if all(len(group) <= 1 for group in arrows.values()) else None


def _lightness(edge: Edge) -> tuple[object, ...]:
    return (edge.kind is Kind.REQUIRES, edge.when is None, edge.sort_key)

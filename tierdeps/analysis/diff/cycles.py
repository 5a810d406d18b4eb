"""Cycles that are in one graph and not in another."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.why import walk
from tierdeps.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.analysis.diff.snapshot import Snapshot
    from tierdeps.model import Cycle, Edge

#: So many new dependencies of one tangle are tried for the shortest cycle through any of them.
TRIED = 50


def cycles_only_in(here: Snapshot, there: Snapshot) -> tuple[Cycle, ...]:
    """Return a cycle that the other graph does not have, for each tangle in which there is one.

    A cycle is known by its dependencies, not by its tangle: when another one becomes the shortest, none has gone.
    """
    found = []
    for cycle in here.cycles:
        edges = _newest(cycle, here, there) if _holds(cycle.edges, there) else cycle.edges
        if edges:
            found.append(replace(cycle, edges=edges))
    return tuple(found)


def _holds(edges: Sequence[Edge], there: Snapshot) -> bool:
    """Tell whether a closed path is one in another graph too: all its arrows are there, and its phases in order."""
    arrows = {(edge.dependent, edge.needed) for edge in there.edges}
    if not all((edge.dependent, edge.needed) in arrows for edge in edges):
        return False
    joints = zip(edges, (*edges[1:], edges[0]), strict=True)
    phases = {name: placed.phases for name, placed in there.drivers.items()}
    return all(
        phases[edge.needed.driver].index(edge.needed.phase) >= phases[edge.needed.driver].index(after.dependent.phase)
        for edge, after in joints
    )


def _newest(cycle: Cycle, here: Snapshot, there: Snapshot) -> tuple[Edge, ...]:
    """Return a shortest cycle of a tangle through a dependency that the other graph does not have."""
    members = set(cycle.members)
    inside = [
        edge
        for edge in here.edges
        if edge.kind is not Kind.CONFLICTS and {edge.dependent.driver, edge.needed.driver} <= members
    ]
    arrows = {(edge.dependent, edge.needed) for edge in there.edges}
    fresh = (edge for edge in inside if (edge.dependent, edge.needed) not in arrows)
    return min(_closed(inside, islice(fresh, TRIED), here), key=len, default=())


def _closed(inside: Sequence[Edge], fresh: Iterator[Edge], here: Snapshot) -> Iterator[tuple[Edge, ...]]:
    phases = {name: placed.phases for name, placed in here.drivers.items()}
    for edge in fresh:
        back = walk(inside, phases, edge.needed, edge.dependent.__eq__)
        if back:
            path = (edge, *back)
            first = min(range(len(path)), key=lambda index: path[index].dependent)
            yield path[first:] + path[:first]

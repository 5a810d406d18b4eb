"""Cycles that are in one graph and not in another."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.why import search_chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.analysis.diff.snapshot import Snapshot
    from tierdeps.model import Cycle, Edge

#: The maximal number of new edges of a component that are tried for the shortest cycle through any of them.
MAX_EDGES_TRIED = 50


def cycles_only_in(here: Snapshot, there: Snapshot) -> tuple[Cycle, ...]:
    """Return a cycle that the other graph does not have, for each component that has such a cycle.

    Cycles are compared by their edges: where merely another one becomes the shortest, no cycle is new or gone.
    """
    found = []
    for cycle in here.cycles:
        edges = _newest(cycle, here, there) if _holds(cycle.edges, there) else cycle.edges
        if edges:
            found.append(replace(cycle, edges=edges))
    return tuple(found)


def _holds(edges: Sequence[Edge], there: Snapshot) -> bool:
    """Return whether a cycle is also one in another graph: all its edges are there, and phases in the same order."""
    if not all(there.has_order(edge.dependent, edge.needed) for edge in edges):
        return False
    joints = zip(edges, (*edges[1:], edges[0]), strict=True)
    ways = ((there.phases_of(edge.needed.driver), edge.needed.phase, after.dependent.phase) for edge, after in joints)
    return all(phases.index(later) >= phases.index(earlier) for phases, later, earlier in ways)


def _newest(cycle: Cycle, here: Snapshot, there: Snapshot) -> tuple[Edge, ...]:
    """Return a shortest cycle of a component through an edge that the other graph does not have."""
    members = set(cycle.members)
    inside = [edge for edge in here.edges.among(members) if edge.kind.orders and edge.needed.driver in members]
    new = (edge for edge in inside if not there.has_order(edge.dependent, edge.needed))
    return min(_cycles_through(inside, islice(new, MAX_EDGES_TRIED), here), key=len, default=())


def _cycles_through(inside: Sequence[Edge], new: Iterator[Edge], here: Snapshot) -> Iterator[tuple[Edge, ...]]:
    for edge in new:
        back = search_chain(inside, here.phases_of, edge.needed, edge.dependent.__eq__)
        if back:
            path = (edge, *back)
            first = min(range(len(path)), key=lambda index: path[index].dependent)
            yield path[first:] + path[:first]

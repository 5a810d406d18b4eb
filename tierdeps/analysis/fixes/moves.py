"""What moving a driver to another tier does: it changes no dependency, so only tiers have to be looked at."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.fixes.faults import Faults

if TYPE_CHECKING:
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge


class Moves:
    """The moves of a graph's drivers, each tried where it makes a difference: at the drivers that move with it."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph

    def gone(self, driver: str, tier: str) -> set[Edge]:
        """Return the inversions that a move removes; none where it adds one."""
        old = self._graph.membership.rank
        moved = self._graph.membership.ranks_if_moved(driver, tier)
        gone: set[Edge] = set()
        for name in moved:
            for edge in self._edges.get(name, ()):
                dependent, needed = edge.dependent.driver, edge.needed.driver
                was = old[needed] > old[dependent]
                is_now = moved.get(needed, old[needed]) > moved.get(dependent, old[dependent])
                if is_now and not was:
                    return set()
                if was and not is_now:
                    gone.add(edge)
        return gone

    def is_wrong_besides(self, driver: str) -> bool:
        """Return whether anything is wrong but inversions, and the tier of a driver that is moved."""
        rest = replace(self._faults, inversions=frozenset(), misplaced=self._faults.misplaced - {driver})
        return bool(rest)

    @cached_property
    def _faults(self) -> Faults:
        return Faults.of(self._graph)

    @cached_property
    def _edges(self) -> dict[str, list[Edge]]:
        """The dependencies at each driver, from it and on it."""
        found: dict[str, list[Edge]] = {}
        for edge in self._graph.edges:
            for name in {edge.dependent.driver, edge.needed.driver}:
                found.setdefault(name, []).append(edge)
        return found

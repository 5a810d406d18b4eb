"""Fixes of inversions: another provider, another tier, or the removal of the dependency."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.fixes.cycle import fixes_by_assumption
from tierdeps.analysis.fixes.error_set import ErrorSet
from tierdeps.analysis.fixes.providers import other_providers
from tierdeps.analysis.fixes.trial import VERIFIED_ORDER, Trials
from tierdeps.model import Drop, Fix, Move
from tierdeps.words.sentences import counted, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge

#: How many drivers are moved together with others, for all inversions of a graph, before no more moves are tried.
MAX_MOVED = 100_000
VERIFIED_GONE = "verified: the inversion is gone"


class InversionFixes:
    """Computes the fixes of a graph's inversions, whatever other errors the graph has."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._trials = Trials(graph)
        self._moves = TierMoves(graph)

    def of(self, edge: Edge) -> tuple[Fix, ...]:
        """Return the fixes of one inversion."""
        drop = Drop(edge.declarer, edge.dependency)
        without = Fix(f"remove the dependency: {need_text(edge)} ({edge.origin})", drop, VERIFIED_GONE)
        return (*self._providers(edge), *self._other_tiers(edge), without, *fixes_by_assumption(edge.when))

    def _providers(self, edge: Edge) -> Iterator[Fix]:
        for change, summary in other_providers(self._graph, edge):
            trial = self._trials.of(change)
            if trial is not None and not trial.added and not _is_left(trial.after, edge):
                yield Fix(summary, change, VERIFIED_GONE)

    def _other_tiers(self, edge: Edge) -> list[Fix]:
        """Return the moves of either driver to the other's tier, the one that removes more inversions first."""
        tier = self._graph.membership
        dependent, needed = edge.dependent.driver, edge.needed.driver
        found: list[tuple[int, Fix]] = []
        for driver, target in ((dependent, tier[needed]), (needed, tier[dependent])):
            gone = self._moves.inversions_removed(driver, target)
            if edge in gone:
                summary = f"move {driver} from the tier {tier[driver]} to {target}"
                found.append((-len(gone), Fix(summary, Move(driver, target), self._scope(driver, len(gone)))))
        return [fix for _, fix in sorted(found, key=lambda item: item[0])]

    def _scope(self, driver: str, gone: int) -> str:
        if gone == len(self._graph.inversions) and not self._moves.has_other_errors(driver):
            return VERIFIED_ORDER
        others = f" and {counted(gone - 1, 'other')} with it" if gone > 1 else ""
        return f"{VERIFIED_GONE}{others}, and no error is added"


def _is_left(graph: DependencyGraph, edge: Edge) -> bool:
    return any((item.declarer, item.dependency) == (edge.declarer, edge.dependency) for item in graph.inversions)


class TierMoves:
    """What moving a driver to another tier does. It changes no dependency, so no new graph is built for it."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._left = MAX_MOVED
        self._done: dict[tuple[str, str], set[Edge]] = {}  # many inversions can be of one driver

    def inversions_removed(self, driver: str, tier: str) -> set[Edge]:
        """Return the inversions that a move removes; none where it adds one. Only drivers that move are examined.

        Where many others move with drivers, only the first moves are tried.
        """
        if (driver, tier) not in self._done:
            if self._left < 0:
                return set()
            self._done[driver, tier] = self._removed(driver, tier)
        return self._done[driver, tier]

    def _removed(self, driver: str, tier: str) -> set[Edge]:
        old = self._graph.membership.rank
        moved = self._graph.membership.ranks_if_moved(driver, tier)
        self._left -= len(moved) - 1
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

    def has_other_errors(self, driver: str) -> bool:
        """Return whether there are errors besides inversions and the tier of the driver that is moved."""
        misplaced = self._errors.misplaced
        return self._has_others or len(misplaced) > (driver in misplaced)

    @cached_property
    def _errors(self) -> ErrorSet:
        return ErrorSet.of(self._graph)

    @cached_property
    def _has_others(self) -> bool:
        return bool(replace(self._errors, inversions=frozenset(), misplaced=frozenset()))

    @cached_property
    def _edges(self) -> dict[str, list[Edge]]:
        """The edges from and to each driver."""
        found: dict[str, list[Edge]] = {}
        for edge in self._graph.edges:
            for name in {edge.dependent.driver, edge.needed.driver}:
                found.setdefault(name, []).append(edge)
        return found

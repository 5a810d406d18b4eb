"""Fixes of inversions: another provider, another tier, or no dependency at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.fixes.cycle import elsewhere_fine
from tierdeps.analysis.fixes.moves import Moves
from tierdeps.analysis.fixes.providers import other_providers
from tierdeps.analysis.fixes.trial import ORDERED, Trials
from tierdeps.model import Drop, Fix, Move
from tierdeps.words.sentences import counted, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge

GONE = "verified: the inversion is gone"


class InversionFixes:
    """The fixes of a graph's inversions: each is judged by what it changes, whatever else is wrong."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._trials = Trials(graph)
        self._moves = Moves(graph)

    def of(self, edge: Edge) -> tuple[Fix, ...]:
        """Return what puts a dependency on a later tier right."""
        drop = Drop(edge.declarer, edge.dependency)
        without = Fix(f"remove the dependency: {need_text(edge)} ({edge.origin})", drop, GONE)
        return (*self._providers(edge), *self._other_tiers(edge), without, *elsewhere_fine(edge.when))

    def _providers(self, edge: Edge) -> Iterator[Fix]:
        for change, summary in other_providers(self._graph, edge):
            trial = self._trials.of(change)
            if trial is not None and not trial.added and not _is_left(trial.after, edge):
                yield Fix(summary, change, GONE)

    def _other_tiers(self, edge: Edge) -> list[Fix]:
        """Return the moves of either driver to the other's tier, first the one that leaves fewer inversions."""
        tier = self._graph.membership
        dependent, needed = edge.dependent.driver, edge.needed.driver
        found: list[tuple[int, Fix]] = []
        for driver, target in ((dependent, tier[needed]), (needed, tier[dependent])):
            gone = self._moves.gone(driver, target)
            if edge in gone:
                summary = f"move {driver} from the tier {tier[driver]} to {target}"
                found.append((-len(gone), Fix(summary, Move(driver, target), self._scope(driver, len(gone)))))
        return [fix for _, fix in sorted(found, key=lambda item: item[0])]

    def _scope(self, driver: str, gone: int) -> str:
        if gone == len(self._graph.inversions) and not self._moves.is_wrong_besides(driver):
            return ORDERED
        others = f" and {counted(gone - 1, 'other')} with it" if gone > 1 else ""
        return f"{GONE}{others}, and no error is added"


def _is_left(graph: DependencyGraph, edge: Edge) -> bool:
    return any((item.declarer, item.dependency) == (edge.declarer, edge.dependency) for item in graph.inversions)

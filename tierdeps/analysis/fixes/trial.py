"""Changes are tried: applied to the declarations, and the graph that comes out is compared with the one before."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps.analysis.fixes.consequences import consequences
from tierdeps.analysis.fixes.faults import Faults
from tierdeps.graph import DependencyGraph
from tierdeps.model import Fix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Change

#: So many drivers and dependencies are looked at for the fixes of one rule: each trial resolves all of them.
EFFORT = 100_000
ORDERED = "verified: then the whole graph has an order"
UNTRIED = "not verified: the graph is too large to try every change"


class Trial:
    """One change, applied: the graph ``after`` it, and what is wrong there that was not wrong before."""

    def __init__(self, before: Faults, after: DependencyGraph) -> None:
        self.after = after
        self.left = Faults.of(after)
        self.added = self.left - before

    def verified(self, gone: str) -> str:
        """Return what was seen: that all is well, or in so many words that a finding is ``gone`` and none is new."""
        return f"verified: {gone}, and no error is added" if self.left else ORDERED


class Trials:
    """What changes do to a graph. Each change is tried once; where the graph is large, only some are tried at all."""

    def __init__(self, graph: DependencyGraph, effort: int = EFFORT) -> None:
        self.graph = graph
        self._done: dict[Change, Trial] = {}
        self._effort = effort

    @cached_property
    def before(self) -> Faults:
        """What is wrong as it is."""
        return Faults.of(self.graph)

    @cached_property
    def _cost(self) -> int:
        return 1 + len(self.graph.drivers) + self.graph.dependency_count

    def of(self, change: Change) -> Trial | None:
        """Return what a change does; None where trying it takes too much."""
        if change not in self._done:
            if self._effort < self._cost:
                return None
            self._effort -= self._cost
            after = DependencyGraph.of(change.apply(self.graph.declarations))
            self._done[change] = Trial(self.before, after)
        return self._done[change]

    def fix(self, change: Change, summary: str, gone: str) -> Fix:
        """Return a change as a fix: one to apply where nothing new goes wrong, else one that says what would."""
        trial = self.of(change)
        if trial is None:
            return Fix(summary, None, UNTRIED)
        if trial.added:
            return Fix(summary, None, f"tried, and not enough by itself: {consequences(trial.added, trial.after)}")
        return Fix(summary, change, trial.verified(gone))


def ranked(fixes: Iterable[Fix]) -> list[Fix]:
    """Return fixes with those first that can be applied as they stand."""
    return sorted(fixes, key=lambda fix: fix.change is None)

"""Changes are tried: applied to the declarations, and the errors of the new graph compared with those before."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps.analysis.fixes.consequences import consequences
from tierdeps.analysis.fixes.error_set import ErrorSet
from tierdeps.model import Fix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Change

#: The maximal number of drivers and dependencies that trials for one rule resolve: each trial resolves the whole graph.
MAX_RESOLVED = 100_000
VERIFIED_ORDER = "verified: the whole graph then has a start order"
NOT_VERIFIED = "not verified: the graph is too large to try each change"


class Trial:
    """One change, applied: the graph ``after`` it, the errors ``left`` in it, and which of them were ``added``."""

    def __init__(self, before: ErrorSet, after: DependencyGraph) -> None:
        self.after = after
        self.left: ErrorSet = ErrorSet.of(after)
        self.added: ErrorSet = self.left - before

    def verified(self, gone: str) -> str:
        """Return what was verified: the graph has an order now, or else a finding is ``gone`` and no error is added."""
        return f"verified: {gone}, and no error is added" if self.left else VERIFIED_ORDER


class Trials:
    """Tries changes to a graph, each once; where the graph is large, only some of them."""

    def __init__(self, graph: DependencyGraph, max_resolved: int = MAX_RESOLVED) -> None:
        self.graph = graph
        self._done: dict[Change, Trial] = {}
        self._resolvable_left = max_resolved

    @cached_property
    def before(self) -> ErrorSet:
        """The errors of the graph as it is."""
        return ErrorSet.of(self.graph)

    @cached_property
    def _cost(self) -> int:
        tiers = sum(1 + len(tier.after) + len(tier.before) for tier in self.graph.declarations.tiers)
        phases = sum(len(driver.phases) - 1 for driver in self.graph.drivers.values())
        return 1 + len(self.graph.drivers) + self.graph.dependency_count + tiers + phases

    def of(self, change: Change) -> Trial | None:
        """Return the trial of a change; None where the graph is too large to try another one."""
        if change not in self._done:
            if self._resolvable_left < self._cost:
                return None
            self._resolvable_left -= self._cost
            after = self.graph.rebuilt(change.apply(self.graph.declarations))
            self._done[change] = Trial(self.before, after)
        return self._done[change]

    def fix(self, change: Change, summary: str, gone: str) -> Fix:
        """Return a change as a fix, which can be applied where it adds no error, and else says what it would add."""
        trial = self.of(change)
        if trial is None:
            return Fix(summary, None, NOT_VERIFIED)
        if trial.added:
            return Fix(summary, None, f"tried, but not enough by itself: {consequences(trial.added, trial.after)}")
        return Fix(summary, change, trial.verified(gone))


def ranked(fixes: Iterable[Fix]) -> list[Fix]:
    """Return fixes, those that can be applied automatically first."""
    return sorted(fixes, key=lambda fix: fix.change is None)

"""How often a dependency that the search has found is tried before it is believed.

Each is seen in runs that were made for it, and in which the step could have passed as well as failed. Of a driver that
fails at random in half of its runs whatever the order, a run in 64 looks like this by chance, and of one that was seen
to be flaky a table is asked for that is rarer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.search import Narrowing

if TYPE_CHECKING:
    from tierdeps.shake.evidence import Evidence, Table, Target
    from tierdeps.shake.steps import Steps

#: How often a dependency has to be seen on each side in runs made for that; of drivers that are flaky more often.
FRESH, FRESH_FLAKY = 3, 6
#: How often it has to be seen on each side in all.
SEEN = 4
#: How rare a table has to be if the order had no influence; of drivers that are flaky rarer.
SIGNIFICANT, SIGNIFICANT_FLAKY = 0.05, 0.005


class Confirmation:
    """What is known for and against each clause that the search has found."""

    def __init__(self, evidence: Evidence, steps: Steps) -> None:
        self._evidence = evidence
        self._steps = steps
        #: By clause of a step, the number of the first run that was made to try it.
        self._since: dict[tuple[Target, int], int] = {}

    def found(self, target: Target, clause: int) -> None:
        """Count the runs from now on, unless the clause was found before."""
        self._since.setdefault((target, clause), len(self._evidence.trials))

    def wrong(self, target: Target) -> int:
        """Return how many clauses of a step turned out to be wrong."""
        return sum(1 for other, clause in self._since if other == target and self._is_rejected(target, clause, []))

    def table(self, target: Target, clause: int, found: list[int]) -> Table:
        """Return the results with and without what a clause names, where all others that were found are fulfilled."""
        return self._evidence.table(target, clause, [other for other in found if other != clause])

    def missing(self, target: Target, clause: int, found: list[int]) -> tuple[int, int]:
        """Return how many runs are missing in which a clause is fulfilled, and in which it is not."""
        if self._is_rejected(target, clause, found):
            return 0, 0
        others = [other for other in found if other != clause]
        fresh = self._evidence.table(target, clause, others, self._since[target, clause])
        table = self.table(target, clause, found)
        wanted = FRESH_FLAKY if self._is_flaky(target) else FRESH
        with_it, without = fresh.passed_with + fresh.failed_with, fresh.failed_without
        all_with, all_without = table.passed_with + table.failed_with, table.failed_without
        tried = len(self._evidence.trials) - self._since[target, clause]
        if tried > 4 * wanted:  # other failures are in the way
            return 0, 0
        return max(wanted - with_it, SEEN - all_with, 0), max(wanted - without, SEEN - all_without, 0)

    def _is_flaky(self, target: Target) -> bool:
        candidates = self._steps.candidates(target.step)
        return Narrowing(self._evidence, target, candidates, self._steps.order).flakes > 0

    def _is_rejected(self, target: Target, clause: int, found: list[int]) -> bool:
        table = self.table(target, clause, found)
        return table.passed_without > 0 or table.failed_with > table.passed_with

    def is_confirmed(self, target: Target, clause: int, found: list[int]) -> bool:
        """Return whether enough runs agree: it fails without, always, and passes with it."""
        if self._is_rejected(target, clause, found) or self.missing(target, clause, found) != (0, 0):
            return False
        table = self.table(target, clause, found)
        enough = table.failed_without >= SEEN and table.passed_with >= SEEN
        significant = SIGNIFICANT_FLAKY if self._is_flaky(target) or table.failed_with else SIGNIFICANT
        return enough and table.p_value <= significant

    def to_violate(self, target: Target, found: list[int]) -> int:
        """Return the clause of a step to violate next, the one that was violated least often; 0 for none."""
        missing = {clause: self.missing(target, clause, found)[1] for clause in found}
        most = max(missing, key=missing.__getitem__, default=0)
        return most if missing.get(most) else 0

    def is_open(self, target: Target, found: list[int]) -> bool:
        """Return whether more runs are needed to decide about one of them."""
        return any(self.missing(target, clause, found) != (0, 0) for clause in found)

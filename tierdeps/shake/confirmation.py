"""How often a dependency that the search has found is tried before it is believed.

A step that fails at random, whatever the order, may look as if it needed another one. So a dependency has to be seen on
both sides several times, and the results of all runs together have to be rare if they were random. Of a step that was
seen to be flaky, more is asked for: only runs of which it was known before how they come out count then.
"""

from __future__ import annotations

from collections import Counter
from math import comb, prod
from typing import TYPE_CHECKING

from tierdeps.shake.evidence import Table
from tierdeps.shake.search import Narrowing
from tierdeps.shake.significance import CHANCE, MAX_TRIES, SEEN, is_seen, is_significant, is_wrong

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tierdeps.shake.evidence import Evidence, Target
    from tierdeps.shake.steps import Steps

#: How often a dependency of a step that is flaky has to be seen on each side, in runs with a prediction.
PREDICTED_FLAKY = 6
#: After so many wrong explanations of its failures a step is flaky, and is not examined any more.
MAX_WRONG = 2


class Confirmation:
    """What is known for and against each clause that the search has found."""

    def __init__(self, evidence: Evidence, steps: Steps) -> None:
        self._evidence = evidence
        self._steps = steps
        #: By clause of a step, the number of the first run that was made to try it.
        self._since: dict[tuple[Target, int], int] = {}
        #: By clause of a step, how many runs were made to confirm it.
        self._tries: Counter[tuple[Target, int]] = Counter()

    def found(self, target: Target, clause: int) -> None:
        """Count the runs from now on, unless the clause was found before."""
        self._since.setdefault((target, clause), len(self._evidence.trials))

    def examine_by_phase(self, steps: Steps, targets: Collection[Target]) -> None:
        """Let some steps need phases of others, and forget which explanations of their failures were tried."""
        self._steps = steps
        self._since = {key: number for key, number in self._since.items() if key[0] not in targets}
        self._tries = Counter({key: number for key, number in self._tries.items() if key[0] not in targets})

    def tries(self, clauses: Mapping[Target, list[int]]) -> None:
        """Count a run that is made to confirm what is open."""
        for target, found in clauses.items():
            self._tries.update((target, clause) for clause in found if self.missing(target, clause, found) != (0, 0))

    def wrong(self, target: Target) -> int:
        """Return how many clauses of a step turned out to be wrong."""
        return sum(1 for other, clause in self._since if other == target and self._is_rejected(target, clause, []))

    def table(self, target: Target, clause: int, found: list[int]) -> Table:
        """Return the results with and without what a clause names, where all others that were found are fulfilled."""
        return self._evidence.table(target, clause, [other for other in found if other != clause])

    def missing(self, target: Target, clause: int, found: list[int]) -> tuple[int, int]:
        """Return how many runs are missing in which a clause is fulfilled, and in which it is not."""
        table = self.table(target, clause, found)
        if self._is_rejected(target, clause, found) or self._tries[target, clause] > MAX_TRIES:
            return 0, 0
        with_it, without = SEEN - table.passed_with - table.failed_with, SEEN - table.failed_without
        if self._is_flaky(target):
            predicted = self._predicted(target, clause, [other for other in found if other != clause])
            with_it = max(with_it, PREDICTED_FLAKY - predicted.passed_with - predicted.failed_with)
            without = max(without, PREDICTED_FLAKY - predicted.failed_without)
        if max(with_it, without) <= 0 and not self._is_significant(target, table, found):
            return (1, 0) if with_it >= without else (0, 1)
        return max(with_it, 0), max(without, 0)

    def _is_significant(self, target: Target, table: Table, found: list[int]) -> bool:
        if self._is_flaky(target) or table.failed_with:
            return is_significant(table, MAX_WRONG + 1)
        return self._chance(target, found) <= CHANCE

    def _chance(self, target: Target, found: list[int]) -> float:
        """Return how probable it is at most that some explanation like this fits a step that fails at random.

        Each explanation goes with one sequence of results of all runs. So this is the number of explanations times the
        probability of the sequence, at the rate of failures at which it is most probable.
        """
        failed, tried = self._evidence.counts(target)
        candidates = self._steps.candidates(target.step).bit_count()
        explanations = prod(comb(candidates, clause.bit_count()) for clause in found)
        rate = failed / tried
        return float(explanations * rate**failed * (1 - rate) ** (tried - failed))

    def _predicted(self, target: Target, clause: int, others: list[int]) -> Table:
        """Return the results of runs of which it was known before how they come out if such a clause is right.

        They are those in which all, or none, of the steps was absent that it could be at that time.
        """
        if clause.bit_count() > 1:
            return self._evidence.table(target, clause, others, self._since[target, clause])
        counts, suspects, has_failed = [0, 0, 0, 0], -1, False
        for item in self._evidence.of(target):
            if any(not other & ~item.absent for other in others):
                continue
            all_absent, none_absent = not suspects & ~item.absent, not suspects & item.absent
            if has_failed and (all_absent or none_absent):
                counts[2 * none_absent + (not item.failed)] += 1
            has_failed |= item.failed
            suspects &= item.absent if item.failed else ~item.absent
        return Table(*counts)

    def _is_flaky(self, target: Target) -> bool:
        candidates = self._steps.candidates(target.step)
        return Narrowing(self._evidence, target, candidates, self._steps.order).flakes > 0

    def _is_rejected(self, target: Target, clause: int, found: list[int]) -> bool:
        return is_wrong(self.table(target, clause, found))

    def is_confirmed(self, target: Target, clause: int, found: list[int]) -> bool:
        """Return whether enough runs agree: it fails without, always, and passes with it."""
        if self._is_rejected(target, clause, found) or self.missing(target, clause, found) != (0, 0):
            return False
        table = self.table(target, clause, found)
        return is_seen(table) and self._is_significant(target, table, found)

    def to_violate(self, target: Target, found: list[int]) -> int:
        """Return the clause of a step to violate next, the one that was violated least often; 0 for none."""
        missing = {clause: self.missing(target, clause, found)[1] for clause in found}
        most = max(missing, key=missing.__getitem__, default=0)
        return most if missing.get(most) else 0

    def missing_runs(self, target: Target, found: list[int]) -> int:
        """Return how many runs are missing for all clauses of a step, of which one run can violate one."""
        missing = [self.missing(target, clause, found) for clause in found]
        return max((with_it for with_it, _ in missing), default=0) + sum(without for _, without in missing)

    def is_open(self, target: Target, found: list[int]) -> bool:
        """Return whether more runs are needed to decide about one of them."""
        return self.missing_runs(target, found) > 0

"""Orders for choices: a step that needs one of two others is seen only where it comes before both.

Two orders that are the reverse of each other show each pair in both orders, and may never have a step before both of
two others. For n steps that nothing orders, few more orders are enough: their number grows as the logarithm of n at
most, since each next one puts first what is missing most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.evidence import Target
from tierdeps.shake.poset import bits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.shake.evidence import Evidence
    from tierdeps.shake.poset import Poset
    from tierdeps.shake.steps import Steps


class EarlyOrders:
    """Makes orders until each step was run without any two others that it may need one of, as far as that is legal."""

    def __init__(self, steps: Steps, evidence: Evidence) -> None:
        self._steps = steps
        self._evidence = evidence
        #: The steps that came as early as is legal already; where one did not run then, it does not run again.
        self._tried: set[int] = set()

    def next(self, clauses: Mapping[Target, list[int]], known: Poset) -> tuple[int, ...] | None:
        """Return the next order; ``known`` is the declared order with the clauses that were found. None for none."""
        missing = self.missing(clauses, known)
        first = max(range(known.count), key=missing.__getitem__, default=0)
        if not known.count or not missing[first]:
            return None
        self._tried.add(first)
        ahead = known.before[first] | 1 << first

        def late(step: int, _left: int) -> float:
            urgent = max((missing[other] for other in bits(known.after[step])), default=0)
            return float("-inf") if ahead >> step & 1 else -max(missing[step], urgent)

        return known.extension(late)

    def missing(self, clauses: Mapping[Target, list[int]], known: Poset) -> list[int]:
        """Return by step of how many pairs of others it is open whether it needs one of the two."""
        return [self._missing(step, clauses, known) for step in range(known.count)]

    def _missing(self, step: int, clauses: Mapping[Target, list[int]], known: Poset) -> int:
        if step in self._tried or not self._steps.dependents >> step & 1:
            return 0
        found = clauses.get(Target(step), [])
        open_ones = self._steps.candidates(step) & ~known.before[step] & ~known.after[step]
        for clause in found:
            open_ones &= ~clause
        seen = {
            item.absent & open_ones
            for item in self._evidence.of(Target(step))
            if all(clause & ~item.absent for clause in found)
        }
        count = 0
        for other in bits(open_ones):
            together = 1 << other
            for absent in seen:
                together |= absent if absent >> other & 1 else 0
            count += (open_ones & ~together).bit_count()
        return count

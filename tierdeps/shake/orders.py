"""The order of the next run: what is to be absent for a step comes after it, and all else before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.evidence import Target
from tierdeps.shake.poset import bits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from tierdeps.shake.evidence import Evidence
    from tierdeps.shake.poset import Poset
    from tierdeps.shake.steps import Steps

    #: By step, the clauses that were found: sets of steps of which it needs one each.
    Clauses = Mapping[Target, list[int]]


class OrderMaker:
    """Makes orders in which the clauses that were found are fulfilled, but for those that are to be tried."""

    def __init__(self, steps: Steps, evidence: Evidence, random: Random) -> None:
        self._steps = steps
        self._evidence = evidence
        self._random = random
        #: By step and what was to be absent, how often that was asked.
        self.asked: dict[Target, dict[int, int]] = {}

    def effective(self, clauses: Clauses) -> Poset:
        """Return the declared order with the dependencies that were found, as far as they fit together."""
        order = self._steps.order.copy()
        for target, found in clauses.items():
            for clause in found:
                if clause.bit_count() == 1:
                    order.add(clause.bit_length() - 1, target.step)
        return order

    def answering(self, clauses: Clauses, questions: Mapping[Target, int]) -> tuple[int, ...]:
        """Return an order that answers as many questions as possible, those first that were asked least often."""
        order = self._steps.order.copy()
        for target, absent in sorted(questions.items(), key=lambda item: self.times_asked(item[0])):
            candidates = self._steps.candidates(target.step)
            pairs = [(target.step, other) for other in bits(absent)]
            pairs += [(other, target.step) for other in bits(candidates & ~absent)]
            extended = order.extended(pairs)
            if extended is not None:
                order, asked = extended, self.asked.setdefault(target, {})
                asked[absent] = asked.get(absent, 0) + 1
        return self._fulfilling(order, clauses)

    def times_asked(self, target: Target) -> int:
        """Return how many questions on a step have been asked."""
        return sum(self.asked.get(target, {}).values())

    def violating(self, clauses: Clauses, violated: Mapping[Target, int]) -> tuple[int, ...]:
        """Return an order in which nothing but the violated clauses keeps steps from passing."""
        order = self._steps.order.copy()
        for target, clause in violated.items():
            order = order.extended([(target.step, other) for other in bits(clause)]) or order
        kept = {target: [item for item in found if violated.get(target) != item] for target, found in clauses.items()}
        self._fulfil(order, kept)
        for target in violated:
            for other in bits(self._steps.candidates(target.step)):
                order.add(other, target.step)
        return self._sequence(order)

    def fulfilling(self, clauses: Clauses) -> tuple[int, ...]:
        """Return an order in which all clauses are fulfilled, and much is absent that was never seen to be."""
        return self._fulfilling(self._steps.order.copy(), clauses)

    def _fulfilling(self, order: Poset, clauses: Clauses) -> tuple[int, ...]:
        self._fulfil(order, clauses)
        for step, untried in self.untried(clauses).items():
            for other in bits(untried):
                order.add(step, other)
        return self._sequence(order)

    @staticmethod
    def _fulfil(order: Poset, clauses: Clauses) -> None:
        for target, found in clauses.items():
            for clause in found:
                any(order.add(other, target.step) for other in bits(clause))

    def _sequence(self, order: Poset) -> tuple[int, ...]:
        noise = [self._random.random() for _ in self._steps.steps]
        return order.extension(lambda step, _left: noise[step])

    def untried(self, clauses: Clauses) -> dict[int, int]:
        """Return by step what it has never passed without, although nothing that was found explains that.

        A step that failed for another reason has shown nothing of these.
        """
        known = self.effective(clauses)
        found = {}
        for step in bits(self._steps.dependents):
            passed = 0
            for item in self._evidence.of(Target(step)):
                passed |= 0 if item.failed else item.absent
            explained = 0
            for clause in clauses.get(Target(step), ()):
                explained |= clause
            left = self._steps.candidates(step) & ~passed & ~explained & ~known.before[step] & ~known.after[step]
            if left:
                found[step] = left
        return found

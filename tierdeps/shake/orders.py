"""The order of the next run: what is to be absent for a step comes after it, and all else before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tierdeps.shake.early import EarlyOrders
from tierdeps.shake.evidence import Target
from tierdeps.shake.poset import bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.shake.evidence import Evidence
    from tierdeps.shake.poset import Poset
    from tierdeps.shake.realizer import Realizer
    from tierdeps.shake.search import Question
    from tierdeps.shake.steps import Steps

    #: By step, the clauses that were found: sets of steps of which it needs one each.
    Clauses = Mapping[Target, list[int]]


class OrderMaker:
    """Makes orders in which the clauses that were found are fulfilled, but for those that are to be tried."""

    def __init__(self, steps: Steps, evidence: Evidence, realizer: Realizer) -> None:
        self._steps = steps
        self._evidence = evidence
        self._realizer = realizer
        self._early = EarlyOrders(steps, evidence)
        #: By step and what was to be absent, how often that was asked since the last clause was found.
        self.asked: dict[Target, dict[int, int]] = {}
        self._times_asked: Counter[Target] = Counter()
        self._known: dict[Target, list[int]] = {}

    def effective(self, clauses: Clauses) -> Poset:
        """Return the declared order with the dependencies that were found, as far as they fit together."""
        order = self._steps.order.copy()
        for target, found in clauses.items():
            for clause in found:
                if clause.bit_count() == 1:
                    order.add(clause.bit_length() - 1, target.step)
        return order

    def following(
        self, clauses: Clauses, questions: Mapping[Target, Question], violated: Mapping[Target, int]
    ) -> tuple[int, ...]:
        """Return an order that answers as many questions as possible, those first that were asked least often.

        The ``violated`` clauses are tried as well, where nothing that is asked is behind them.
        """
        order = self._asking(questions)
        kept = {target: list(found) for target, found in clauses.items()}
        for target, clause in violated.items():
            extended = order.extended([(target.step, other) for other in bits(clause)])
            if extended is not None:
                order = extended
                kept[target].remove(clause)
        self._fulfil(order, kept)
        for step in (
            *(target.step for target in violated),
            *bits(self._steps.dependents & self._evidence.never_passed),
        ):
            for other in bits(self._steps.candidates(step)):
                order.add(other, step)
        for step, untried in self.untried(clauses).items():
            for other in bits(untried):
                order.add(step, other)
        return self._realizer.extension(order, self._early.missing(clauses, self.fulfilling(clauses)))

    def _asking(self, questions: Mapping[Target, Question]) -> Poset:
        """Return the declared order with as many questions as fit together."""
        order = self._steps.order.copy()
        for target, question in sorted(questions.items(), key=lambda item: self._times_answered(item[0])):
            self._times_asked[target] += 1
            after = ((target.step, other) for other in bits(question.absent))
            before = ((other, target.step) for other in bits(question.present))
            extended = order.extended([*after, *before])
            if extended is not None:
                order, asked = extended, self.asked.setdefault(target, {})
                asked[question.absent] = asked.get(question.absent, 0) + 1
        for target, question in questions.items():
            for other in bits(question.doubtful):
                order.add(other, target.step)
        return order

    def learned(self, clauses: Clauses) -> None:
        """Forget which questions were asked in vain if other clauses are known now: these may have been in the way."""
        found = {target: list(some) for target, some in clauses.items() if some}
        if found != self._known:
            self._known = found
            self.asked.clear()

    def examine_by_phase(self, steps: Steps, targets: Iterable[Target]) -> None:
        """Let some steps need phases of others, and forget what was asked of them."""
        self._steps = steps
        self._early = EarlyOrders(steps, self._evidence)
        for target in targets:
            self.asked.pop(target, None)
            self._times_asked.pop(target, None)

    def times_asked(self, target: Target) -> int:
        """Return how many questions on a step have been asked."""
        return self._times_asked[target]

    def _times_answered(self, target: Target) -> int:
        return sum(self.asked.get(target, {}).values())

    def covering(self, clauses: Clauses) -> tuple[int, ...] | None:
        """Return an order for pairs that are not covered yet, then one for choices; None for none.

        All clauses are fulfilled if possible. There are none for choices once anything was found: that is to be
        declared first, and the search that confirms it looks for choices too.
        """
        known = self.fulfilling(clauses)
        if self._realizer.is_covered:
            return None if any(clauses.values()) else self._early.next(clauses, known)
        return self._realizer.next(known, self._early.missing(clauses, known))

    def fulfilling(self, clauses: Clauses) -> Poset:
        """Return the declared order in which all clauses are fulfilled, as far as they fit together."""
        order = self._steps.order.copy()
        self._fulfil(order, clauses)
        return order

    @staticmethod
    def _fulfil(order: Poset, clauses: Clauses) -> None:
        for target, found in clauses.items():
            for clause in found:
                any(order.add(other, target.step) for other in bits(clause))

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

"""Runs a plan in one legal order after another, and finds the dependencies that nobody declared.

First come the orders of a realizer. Then each run serves all that is still open: it answers a question of the search,
or tries what was found once more, with what is said to be needed before the step that needs it, or after it.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.shake.confirmation import MAX_WRONG, Confirmation
from tierdeps.shake.evidence import Evidence
from tierdeps.shake.orders import OrderMaker
from tierdeps.shake.outcome import Shaken, Undeclared, excluded_drivers, lasting_in
from tierdeps.shake.poset import bits, mask_of
from tierdeps.shake.realizer import Realizer
from tierdeps.shake.repetition import is_repeatable, order_to_repeat
from tierdeps.shake.search import Narrowing, Question
from tierdeps.shake.significance import SEEN
from tierdeps.shake.steps import Steps, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Target, Trial
    from tierdeps.shake.outcome import Limits

    #: Runs a plan in an order; None where there is no time for it any more.
    Perform = Callable[[Steps, tuple[int, ...]], Trial | None]

#: A question that was asked so often is not answered by any run: other failures are in the way.
MAX_ASKED = 2


class Shaker:
    """One search in one plan; ``perform`` makes the runs."""

    def __init__(self, plan: Plan, perform: Perform, limits: Limits) -> None:
        self._plan = plan
        self._perform = perform
        self._limits = limits
        self._excluded: dict[str, str] = {}
        self._lasting = () if limits.resets else lasting_in(plan)
        self._random = Random(limits.seed)  # noqa: S311  the same orders for the same seed
        self._runs = 0
        #: How many of the runs had a pair in an order that no earlier one had it in.
        self._covering = 0
        self._is_over = False
        self._untried_last = 0
        self._begin()

    def _begin(self) -> None:
        """Start the search, with no evidence yet."""
        self._evidence = Evidence()
        self._steps = self._number_steps()
        self._realizer = Realizer(self._steps, self._random)
        self._orders = OrderMaker(self._steps, self._evidence, self._realizer)
        self._confirmation = Confirmation(self._evidence, self._steps)

    def _number_steps(self) -> Steps:
        limits = self._limits
        return steps_of(
            self._plan,
            across_tiers=limits.across_tiers,
            phases=limits.phases,
            excluded=self._excluded,
            lasting=self._lasting,
            only=limits.only,
        )

    def run(self) -> Shaken:
        """Make the runs, and return what they have shown."""
        if self._run(self._realizer.first) and self._exclude():
            self._begin()
            self._run(self._realizer.first)
        self._search()
        if self._examine_by_phase():
            self._search()
        self._repeat()
        return self._result()

    def _repeat(self) -> None:
        """Run orders again, to tell what fails at random from what depends on the order in a way that is not known."""
        for target in self._unexplained():
            for _ in range(2 * SEEN):
                order = order_to_repeat(self._evidence, target)
                if order is None or not self._run(order):
                    break

    def _unexplained(self) -> list[Target]:
        clauses, _ = self._explain()
        return [
            target
            for target in self._evidence.failing()
            if self._steps.dependents >> target.step & 1 and not self._is_explained(target, clauses.get(target, []))
        ]

    def _search(self) -> None:
        while (order := self._next_order()) is not None and self._run(order):
            pass

    def _examine_by_phase(self) -> bool:
        """Let those steps need any phase of others whose failures nothing explains; return whether there are any."""
        if self._is_over or self._limits.phases:
            return False
        clauses, _ = self._explain()
        # a choice of drivers may be one phase in truth, which comes before the last phases of both
        choices = [target for target, found in clauses.items() if any(clause.bit_count() > 1 for clause in found)]
        by_phase = mask_of([target.step for target in (*self._unexplained(), *choices)])
        steps = replace(self._steps, by_phase=by_phase)
        by_phase = mask_of([step for step in bits(by_phase) if steps.candidates(step) != self._steps.candidates(step)])
        if not by_phase:
            return False
        self._steps = replace(steps, by_phase=by_phase)
        targets = {target for target in self._evidence.failing() if by_phase >> target.step & 1}
        self._orders.examine_by_phase(self._steps, targets)
        self._confirmation.examine_by_phase(self._steps, targets)
        self._untried_last = 0
        return True

    def _is_explained(self, target: Target, found: list[int]) -> bool:
        return any(self._confirmation.is_confirmed(target, clause, found) for clause in found)

    def _exclude(self) -> bool:
        """Exclude what the first run adopted, or could not stop: its order means nothing."""
        (trial,) = self._evidence.trials
        self._excluded |= dict.fromkeys(sorted(trial.adopted), "it was running already")
        self._excluded |= dict.fromkeys(sorted(trial.not_stopped), "it could not be stopped")
        return bool(trial.adopted or trial.not_stopped)

    def _run(self, order: tuple[int, ...]) -> bool:
        """Run one order; return whether another run may follow."""
        limit = self._limits.runs
        if self._is_over or (limit is not None and self._runs >= limit):
            self._is_over = True
            return False
        self._runs += 1
        trial = self._perform(self._steps, order)
        if trial is None or not trial.whole:
            self._is_over = True
            self._runs -= trial is None
            return False
        self._evidence.add(trial)
        self._covering += self._realizer.ran(order)
        return True

    # What the next run is to show

    def _explain(self) -> tuple[dict[Target, list[int]], dict[Target, Question]]:
        """Return the clauses found so far, and the open questions."""
        clauses: dict[Target, list[int]] = {}
        for _ in range(2):  # what is found for one step narrows the search for those behind it
            order, questions = self._orders.effective(clauses), {}
            for target in self._evidence.failing():
                candidates = self._steps.candidates(target.step)
                if not self._steps.dependents >> target.step & 1 or not candidates:
                    continue
                asked = self._orders.asked.get(target, {})
                given_up = [absent for absent, times in asked.items() if times >= MAX_ASKED]
                clauses[target], question = Narrowing(self._evidence, target, candidates, order, given_up).clauses()
                if question is not None and self._is_worthwhile(target, candidates):
                    questions[target] = question
        if not questions:  # what is open about others would keep these from passing
            questions = {target: Question(0, self._steps.candidates(target.step)) for target in self._never_passed()}
        for target, found in clauses.items():
            for clause in found:
                self._confirmation.found(target, clause)
        return clauses, questions

    def _never_passed(self) -> Iterator[Target]:
        """Yield the steps of which it is open whether they pass with everything before them."""
        for target, _ in self._evidence.always_failing():
            is_open = self._orders.asked.get(target, {}).get(0, 0) < MAX_ASKED
            candidates = self._steps.candidates(target.step) if self._steps.dependents >> target.step & 1 else 0
            if is_open and candidates and self._is_worthwhile(target, candidates):
                yield target

    def _is_worthwhile(self, target: Target, candidates: int) -> bool:
        """Return whether more questions on a step make sense: of what fails at random the answers lead nowhere."""
        asked, wrong = self._orders.times_asked(target), self._confirmation.wrong(target)
        return wrong <= MAX_WRONG and asked <= 3 * candidates.bit_count().bit_length() + 2 * wrong

    def _next_order(self) -> tuple[int, ...] | None:
        clauses, questions = self._explain()
        self._orders.learned(clauses)
        is_open = any(self._confirmation.is_open(*item) for item in clauses.items())
        if self._may_uncover(clauses):
            return self._orders.following(clauses, questions, {})
        if is_open:
            self._confirmation.tries(clauses)
        if is_open or questions:
            return self._orders.following(clauses, questions, self._to_violate(clauses, questions))
        return self._orders.covering(clauses)

    def _to_violate(self, clauses: dict[Target, list[int]], questions: Mapping[Target, Question]) -> dict[Target, int]:
        """Return which clauses to violate in the next run, such that much is seen of those with most runs missing.

        What comes before a step that is to be seen has to pass.
        """
        known = self._orders.effective(clauses)
        to_pass = 0
        for target in questions:
            to_pass |= known.before[target.step]
        violated = {}
        runs = {target: self._confirmation.missing_runs(target, found) for target, found in clauses.items()}
        for target in sorted(filter(runs.get, runs), key=runs.__getitem__, reverse=True):
            clause = self._confirmation.to_violate(target, clauses[target])
            if clause and not to_pass >> target.step & 1:
                violated[target] = clause
                others = [other for other in clauses[target] if other != clause]
                to_pass |= self._orders.effective({**clauses, target: others}).before[target.step]
            else:
                to_pass |= known.before[target.step]
        return violated

    def _may_uncover(self, clauses: dict[Target, list[int]]) -> bool:
        """Return whether steps can run without what they were never seen to run without, as far as one can see."""
        untried = sum(mask.bit_count() for mask in self._orders.untried(clauses).values())
        if not untried or untried == self._untried_last:
            return False
        self._untried_last = untried
        return True

    # What came out

    def _result(self) -> Shaken:
        clauses, questions = self._explain()
        confirmation = self._confirmation
        undeclared = [
            Undeclared(
                target,
                tuple(bits(clause)),
                confirmation.table(target, clause, found),
                self._evidence.reason(target, clause),
            )
            for target, found in clauses.items()
            for clause in found
            if confirmation.is_confirmed(target, clause, found)
        ]
        explained = {item.target for item in undeclared}
        unfinished = tuple(
            target
            for target, found in clauses.items()
            if target not in explained
            and self._is_over
            and (target in questions or confirmation.is_open(target, found))
        )
        flaky = [
            (target, *self._evidence.counts(target), self._evidence.reason(target))
            for target in self._evidence.failing()
            if self._steps.dependents >> target.step & 1 and target not in {*explained, *unfinished}
        ]
        return Shaken(
            self._steps,
            tuple(undeclared),
            tuple(flaky),
            tuple(self._evidence.always_failing()),
            self._covering,
            self._runs,
            self._realizer.coverage,
            excluded_drivers(self._excluded, self._lasting),
            unfinished,
            self._is_over,
            frozenset(target for target, *_ in flaky if is_repeatable(self._evidence, target)),
        )

"""Runs a plan in one legal order after another, and finds the dependencies that nobody declared.

First come the orders of a realizer. Then each run serves all that is still open: it answers a question of the search,
or tries what was found once more, with what is said to be needed before the step that needs it, or after it.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Excluded
from tierdeps.shake.confirmation import Confirmation
from tierdeps.shake.evidence import Evidence
from tierdeps.shake.orders import OrderMaker
from tierdeps.shake.poset import bits
from tierdeps.shake.realizer import Coverage, Realizer
from tierdeps.shake.search import Narrowing
from tierdeps.shake.steps import Steps, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Table, Target, Trial

    #: Runs a plan in an order; None where there is no time for it any more.
    Perform = Callable[[Steps, tuple[int, ...]], Trial | None]

#: A question that was asked so often is not answered by any run: other failures are in the way.
MAX_ASKED = 2
#: After so many wrong explanations of its failures a step is flaky, and is looked at no more.
MAX_WRONG = 2
#: Why nothing can be found out about what needs a driver whose process ends by itself.
LASTING = 'it is ready when its process has ended (ready = "exit"), and what it did stays from one run to the next'


class Limits(Value):
    """How much is tried: ``runs`` at most, under ``seed``, with what the orders are to be like.

    ``resets`` says that what drivers leave behind is undone before each run.
    """

    runs: int | None = None
    seed: int = 0
    across_tiers: bool = False
    phases: bool = False
    only: frozenset[str] = frozenset()
    resets: bool = False


class Undeclared(Value):
    """A dependency that nobody declared: a step needs one of ``providers``, all of which are numbers of steps.

    With ``late``, the runs without these are those in which their driver was late.
    """

    target: Target
    providers: tuple[int, ...]
    table: Table
    reason: str
    late: bool = False


class Shaken(Value):
    """What the runs have shown: see ``ShakeReport``, which says it with names."""

    steps: Steps
    undeclared: tuple[Undeclared, ...]
    flaky: tuple[tuple[Target, int, int, str], ...]
    failing: tuple[tuple[Target, str], ...]
    orders: int
    runs: int
    coverage: Coverage
    excluded: tuple[Excluded, ...]
    unfinished: tuple[Target, ...] = ()
    interrupted: bool = False


def lasting_in(plan: Plan) -> tuple[str, ...]:
    """Return the drivers of which something stays when they are stopped."""
    return tuple(driver.name for driver in plan if driver.process is not None and driver.process.ready == "exit")


def excluded_drivers(excluded: Mapping[str, str], lasting: Iterable[str]) -> tuple[Excluded, ...]:
    """Return the drivers that are not examined, and why, and those of which something stays."""
    whole = (Excluded(name, reason, whole=True) for name, reason in excluded.items())
    return (*whole, *(Excluded(name, LASTING) for name in lasting if name not in excluded))


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
        self._is_over = False
        self._untried_last = 0
        self._begin()

    def _begin(self) -> None:
        """Start the search, with no evidence yet."""
        self._evidence = Evidence()
        self._steps = self._number_steps()
        self._orders = OrderMaker(self._steps, self._evidence, self._random)
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
        realizer = Realizer(self._steps, self._random)
        orders = self._cover(realizer, first=True)
        if self._excluded:
            self._begin()
            realizer = Realizer(self._steps, self._random)
            orders += self._cover(realizer)
        while (order := self._next_order()) is not None and self._run(order):
            pass
        return self._result(realizer.coverage, orders)

    def _cover(self, realizer: Realizer, *, first: bool = False) -> int:
        """Run the orders of a realizer; return how many. With ``first``, stop if the first one excludes drivers."""
        done = 0
        for order in realizer.orders():
            if not self._run(order):
                break
            realizer.ran(order)
            done += 1
            if first and done == 1 and self._exclude():
                break
        return done

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
        return True

    # What the next run is to show

    def _explain(self) -> tuple[dict[Target, list[int]], dict[Target, int]]:
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
            questions = dict.fromkeys(self._never_passed(), 0)
        for target, found in clauses.items():
            for clause in found:
                self._confirmation.found(target, clause)
        return clauses, questions

    def _never_passed(self) -> Iterator[Target]:
        """Yield the steps of which it is open whether they pass with everything before them."""
        for target, _ in self._evidence.always_failing():
            is_open = self._orders.asked.get(target, {}).get(0, 0) < MAX_ASKED
            if is_open and self._steps.candidates(target.step) and self._steps.dependents >> target.step & 1:
                yield target

    def _is_worthwhile(self, target: Target, candidates: int) -> bool:
        """Return whether more questions on a step make sense: of what fails at random the answers lead nowhere."""
        asked, wrong = self._orders.times_asked(target), self._confirmation.wrong(target)
        return wrong <= MAX_WRONG and asked <= 3 * candidates.bit_count().bit_length() + 2 * wrong

    def _next_order(self) -> tuple[int, ...] | None:
        clauses, questions = self._explain()
        if questions:
            return self._orders.answering(clauses, questions)
        violated = {target: self._confirmation.to_violate(target, found) for target, found in clauses.items()}
        if violated := {target: clause for target, clause in violated.items() if clause}:
            return self._orders.violating(clauses, violated)
        if any(self._confirmation.is_open(target, found) for target, found in clauses.items()):
            return self._orders.fulfilling(clauses)
        return self._uncovering(clauses)

    def _uncovering(self, clauses: dict[Target, list[int]]) -> tuple[int, ...] | None:
        """Return an order in which steps run without what they were never seen to run without; None for no more."""
        untried = sum(mask.bit_count() for mask in self._orders.untried(clauses).values())
        if not untried or untried == self._untried_last:
            return None
        self._untried_last = untried
        return self._orders.fulfilling(clauses)

    # What came out

    def _result(self, coverage: Coverage, orders: int) -> Shaken:
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
            orders,
            self._runs,
            coverage,
            excluded_drivers(self._excluded, self._lasting),
            unfinished,
            self._is_over,
        )

"""Delays one driver after another in parallel starts, and finds those that fail because another one is late.

First come one run without any delay and one for each driver that others race with. Then each failure is tried in runs
in which all else that the driver may need is there, with the late driver before it and without. A driver that never
failed may need one of several: all others are late for it at once, and those that need not be are sorted out.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.shake.evidence import Table, Target
from tierdeps.shake.late import LateStart
from tierdeps.shake.late_runs import FLAKY_TRIES, LateRuns, OverError
from tierdeps.shake.outcome import Shaken, Undeclared, excluded_drivers, lasting_in
from tierdeps.shake.poset import bits
from tierdeps.shake.realizer import Coverage
from tierdeps.shake.significance import MAX_TRIES, is_seen, is_significant, is_wrong
from tierdeps.shake.steps import steps_of
from tierdeps.shake.suspects import Suspect, Suspects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Observation, Trial
    from tierdeps.shake.late_runs import PerformLate
    from tierdeps.shake.outcome import Limits

#: So many runs more than twice those that showed something of a step may show nothing; then others are in the way.
MAX_BLOCKED = 3


class Rejected(Enum):
    """Why a suspect is not reported: it passed without the late driver, or failed with it as well."""

    WRONG = auto()
    UNDECIDED = auto()


class Finding(NamedTuple):
    """A suspect that was confirmed, and in which starts."""

    suspect: Suspect
    table: Table
    without: LateStart
    with_it: LateStart

    @property
    def ordered(self) -> set[tuple[int, int]]:
        """What waited for what in these starts although nothing declares it."""
        return {*self.without.added, *self.with_it.added}


class SlowShaker:
    """One search in one plan; ``perform`` makes the runs."""

    def __init__(self, plan: Plan, perform: PerformLate, limits: Limits) -> None:
        self._plan = plan
        self._limits = limits
        self._lasting = () if limits.resets else lasting_in(plan)
        self._excluded: dict[str, str] = {}
        self._runs = LateRuns(perform, limits.runs)
        self._found: dict[Suspect, Finding] = {}
        self._begin()

    def _begin(self) -> None:
        """Start the search, with no evidence yet."""
        self._steps = steps_of(
            self._plan,
            across_tiers=self._limits.across_tiers,
            excluded=self._excluded,
            lasting=self._lasting,
            only=self._limits.only,
        )
        self._suspects = Suspects(self._steps)
        self._runs.begin()
        #: By driver, the starts in which just that one was late.
        self._starts: dict[int, tuple[LateStart, ...]] = {}

    def run(self) -> Shaken:
        """Make the runs, and return what they have shown."""
        is_over = False
        try:
            if self._exclude(self._runs.run(self._steps, LateStart())):
                self._begin()
                self._runs.run(self._steps, LateStart())
            for late in self._racing():
                self._starts[late] = (LateStart((late,)),)
                self._runs.run(self._steps, LateStart((late,)))
            self._decide_all()
            while self._run_blocked():
                self._decide_all()
            self._decide_choices()
        except OverError:
            is_over = True
        return self._result(is_over=is_over)

    def _exclude(self, trial: Trial) -> bool:
        """Exclude what the first run adopted, or could not stop."""
        self._excluded |= dict.fromkeys(sorted(trial.adopted), "it was running already")
        self._excluded |= dict.fromkeys(sorted(trial.not_stopped), "it could not be stopped")
        return bool(self._excluded)

    def _racing(self) -> dict[int, int]:
        """Return the last steps of drivers that others may race with, each with the steps of these."""
        found: dict[int, int] = {}
        for dependent in bits(self._steps.dependents):
            for late in bits(self._steps.candidates(dependent)):
                found[late] = found.get(late, 0) | 1 << dependent
        return dict(sorted(found.items()))

    def _find_suspects(self) -> Iterator[Suspect]:
        """Yield what failed while another driver was late, and not always."""
        failing = [target for target in self._runs.evidence.failing() if not target.stops]
        for late, racing in self._racing().items():
            for target in failing:
                item = self._first(late, target)
                if item is not None and item.failed and racing >> target.step & 1:
                    yield Suspect(target, (late,))

    def _first(self, late: int, target: Target) -> Observation | None:
        """Return what was observed first of a step while a driver was late, and nothing was tried."""
        return next((item for start in self._starts[late] for item in self._runs.of(start, target)), None)

    def _run_blocked(self) -> bool:
        """Run again where failures of others kept steps from running, with what was found; return whether it was so."""
        pairs = tuple(sorted(suspect.pair for suspect in self._found))
        order, is_new = self._suspects.order_with(pairs), False
        for late, racing in self._racing().items():
            unseen = (step for step in bits(racing) if self._first(late, Target(step)) is None)
            if any(not order.before[step] >> late & 1 for step in unseen):
                start = LateStart((late,), pairs)
                if self._runs.number(start) < (FLAKY_TRIES if self._fails_at_random(late) else 1):
                    self._starts[late] = (*dict.fromkeys((*self._starts[late], start)),)
                    self._runs.run(self._steps, start)
                    is_new = True
        return is_new

    def _fails_at_random(self, late: int) -> bool:
        """Return whether something failed while a driver was late that does not need it."""
        rejected = (step for step, other in self._suspects.rejected if other == late)
        return any(item is not None and item.failed for step in rejected if (item := self._first(late, Target(step))))

    def _decide_all(self) -> None:
        """Decide about all suspects, and again about those in whose runs others were ordered that are wrong."""
        self._suspects.add(self._find_suspects())
        while True:
            for suspect in self._suspects.deepest_first():
                if suspect not in self._found and not self._suspects.is_explained(suspect, self._found):
                    self._decide(suspect)
            stale = [suspect for suspect, finding in self._found.items() if self._is_stale(suspect, finding)]
            if not stale:
                return
            for suspect in stale:
                del self._found[suspect]

    def _is_stale(self, suspect: Suspect, finding: Finding) -> bool:
        rejected = {pair for pair in self._suspects.rejected if pair[0] != suspect.target.step}
        return bool(finding.ordered & rejected) or not is_significant(finding.table, len(self._suspects.tried))

    def _decide_choices(self) -> None:
        """Decide about the steps that need one of several."""
        choices = list(self._find_choices())
        self._suspects.tried.update(choices)
        for suspect in choices:
            self._decide(suspect)

    def _find_choices(self) -> Iterator[Suspect]:
        """Yield which steps fail if several drivers are late together: as few as possible."""
        suspected = {suspect.target for suspect in self._suspects.tried}
        for step in bits(self._steps.dependents):
            target, late = Target(step), tuple(bits(self._steps.candidates(step)))
            if len(late) > 1 and target not in suspected and self._fails(LateStart(late), target):
                yield Suspect(target, self._fewest(target, late))

    def _fewest(self, target: Target, late: tuple[int, ...]) -> tuple[int, ...]:
        """Return as few drivers as possible that have to be late together for a step to fail."""
        for one in late:
            fewer = tuple(other for other in late if other != one)
            if fewer and self._fails(LateStart(fewer), target):
                late = fewer
        return late

    def _fails(self, start: LateStart, target: Target) -> bool | None:
        return self._runs.fails(self._steps, start, target)

    def _decide(self, suspect: Suspect) -> None:
        """Find the dependency, or reject the suspect."""
        finding = self._try(suspect)
        if isinstance(finding, Rejected):
            self._suspects.reject(suspect, undecided=finding is Rejected.UNDECIDED)
            return
        choice = self._with_alternatives(suspect)
        if choice != suspect:
            self._suspects.tried.add(choice)
            other = self._try(choice)
            finding = finding if isinstance(other, Rejected) else other
        self._found[suspect] = finding

    def _try(self, suspect: Suspect) -> Finding | Rejected:
        """Run the suspect's starts until the table of their results decides."""
        without, with_it = self._suspects.without(suspect), self._suspects.with_it(suspect)
        if without is None:
            return Rejected.UNDECIDED
        while True:
            table = self._runs.table(suspect, without, with_it)
            if table.passed_without:
                return Rejected.WRONG
            if is_seen(table) and is_significant(table, len(self._suspects.tried)) and not is_wrong(table):
                return Finding(suspect, table, without, with_it)
            if self._is_hopeless(table, without, with_it):
                return Rejected.UNDECIDED
            is_behind = table.failed_with + table.passed_with < table.failed_without
            self._runs.run(self._steps, with_it if is_behind else without)

    def _is_hopeless(self, table: Table, without: LateStart, with_it: LateStart) -> bool:
        """Return whether more runs will not decide: it fails with and without, or others keep it from running."""
        made = self._runs.number(without) + self._runs.number(with_it)
        shown = sum(table)
        return (
            table.failed_with > max(1, table.passed_with) or shown > MAX_TRIES or made - shown > MAX_BLOCKED + 2 * shown
        )

    def _with_alternatives(self, suspect: Suspect) -> Suspect:
        """Return the suspect with all others that are as good as the late one, but slower than the step itself."""
        target, late = suspect
        start = self._suspects.without(suspect)
        if start is None:
            return suspect
        order, others = self._suspects.order_with(start.added), self._steps.candidates(target.step)
        for one in late:
            others &= ~order.after[one] & ~(1 << one)
        if not others or self._fails(self._suspects.waiting(suspect, start, others), target) is not False:
            return suspect
        found = (
            one
            for one in bits(others)
            if self._fails(self._suspects.waiting(suspect, start, 1 << one), target) is False
        )
        return Suspect(target, (*late, *found))

    def _undeclared(self) -> list[Undeclared]:
        """Return what was found, and is not explained by something else that was found."""
        return [
            Undeclared(
                suspect.target,
                finding.suspect.late,
                finding.table,
                next(item.reason for item in self._runs.of(finding.without, suspect.target) if item.failed),
                late=True,
            )
            for suspect, finding in self._found.items()
            if not self._suspects.is_explained(suspect, self._found.keys() - {suspect})
            and not self._is_ambiguous(suspect)
        ]

    def _is_ambiguous(self, suspect: Suspect) -> bool:
        """Return whether the step may need one that waits for the late driver, and was never seen without it."""
        order = self._suspects.order_with(other.pair for other in self._found if other != suspect)
        (late, *others), candidates = suspect.late, self._steps.candidates(suspect.target.step)
        between = (other for other in bits(candidates & order.after[late]) if other not in others)
        return any(
            self._first(other, suspect.target) is None or Suspect(suspect.target, (other,)) in self._suspects.undecided
            for other in between
        )

    def _result(self, *, is_over: bool) -> Shaken:
        evidence, racing = self._runs.evidence, self._racing()
        done = [late for late in racing if self._runs.number(LateStart((late,)))]
        pairs, covered = (sum(racing[late].bit_count() for late in lates) for lates in (racing, done))
        undeclared = self._undeclared()
        explained = {item.target for item in undeclared}
        open_ones = tuple(target for target in self._failing() if target not in explained)
        flaky = ((target, *evidence.counts(target), evidence.reason(target)) for target in open_ones if not is_over)
        return Shaken(
            self._steps,
            tuple(undeclared),
            tuple(flaky),
            tuple(evidence.always_failing()),
            len(done),
            self._runs.count,
            Coverage(covered, pairs),
            excluded_drivers(self._excluded, self._lasting),
            open_ones if is_over else (),
            is_over,
        )

    def _failing(self) -> Iterator[Target]:
        failing = self._runs.evidence.failing()
        return (target for target in failing if self._steps.dependents >> target.step & 1)

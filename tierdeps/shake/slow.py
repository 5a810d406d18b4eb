"""Delays one driver after another in parallel starts, and finds those that fail because another one is late.

First come one run without any delay and one for each driver that others race with. Then each failure is tried in runs
in which all else that the driver may need is there, with the late driver before it and without. A driver that never
failed may need one of several: all others are late for it at once, and those that need not be are sorted out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.confirmation import SEEN
from tierdeps.shake.evidence import Evidence, Table, Target
from tierdeps.shake.late import LateStart
from tierdeps.shake.outcome import Shaken, Undeclared, excluded_drivers, lasting_in
from tierdeps.shake.poset import bits
from tierdeps.shake.realizer import Coverage
from tierdeps.shake.steps import Steps, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Observation, Trial
    from tierdeps.shake.outcome import Limits
    from tierdeps.shake.poset import Poset

    #: Makes one run; None where there is no time for it any more.
    PerformLate = Callable[[Steps, LateStart], Trial | None]
    #: A step that failed, and the last steps of the drivers that were late.
    Suspect = tuple[Target, tuple[int, ...]]


class _Over(Exception):  # noqa: N818  it ends the search at its limits, and is no error
    """No more runs may be made."""


class SlowShaker:
    """One search in one plan; ``perform`` makes the runs."""

    def __init__(self, plan: Plan, perform: PerformLate, limits: Limits) -> None:
        self._plan = plan
        self._perform = perform
        self._limits = limits
        self._lasting = () if limits.resets else lasting_in(plan)
        self._excluded: dict[str, str] = {}
        self._runs = 0
        self._suspects: list[Suspect] = []
        self._undeclared: list[Undeclared] = []
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
        self._evidence = Evidence()
        #: What each start has shown, run by run.
        self._shown: dict[LateStart, list[Mapping[Target, Observation]]] = {}

    def run(self) -> Shaken:
        """Make the runs, and return what they have shown."""
        is_over = False
        try:
            self._run(LateStart())
            if self._excluded:
                self._begin()
                self._run(LateStart())
            for late in self._racing():
                self._run(LateStart((late,)))
            self._suspects = self._find_suspects()
            for suspect in self._deepest_first():
                if not self._is_explained(suspect):
                    self._undeclared.extend(filter(None, [self._decide(suspect)]))
            for suspect in self._find_choices():
                self._undeclared.extend(filter(None, [self._decide(suspect)]))
        except _Over:
            is_over = True
        return self._result(is_over=is_over)

    def _run(self, start: LateStart) -> None:
        limit = self._limits.runs
        if limit is not None and self._runs >= limit:
            raise _Over
        trial = self._perform(self._steps, start)
        self._runs += trial is not None
        if trial is None or not trial.whole:
            raise _Over
        if not self._evidence.trials and not self._excluded:
            self._excluded |= dict.fromkeys(sorted(trial.adopted), "it was running already")
            self._excluded |= dict.fromkeys(sorted(trial.not_stopped), "it could not be stopped")
        self._evidence.add(trial)
        self._shown.setdefault(start, []).append({item.target: item for item in trial.observations})

    def _racing(self) -> dict[int, int]:
        """Return the last steps of drivers that others may race with, each with the steps of these."""
        found: dict[int, int] = {}
        for dependent in bits(self._steps.dependents):
            for late in bits(self._steps.candidates(dependent)):
                found[late] = found.get(late, 0) | 1 << dependent
        return dict(sorted(found.items()))

    def _find_suspects(self) -> list[Suspect]:
        """Return what failed while another driver was late, and not always."""
        failing = {target for target in self._evidence.failing() if not target.stops}
        return [
            (target, (late,))
            for late, racing in self._racing().items()
            for target, item in self._shown[LateStart((late,))][0].items()
            if item.failed and target in failing and racing >> target.step & 1
        ]

    def _deepest_first(self) -> list[Suspect]:
        """Return the suspects such that those come first by which others may be explained."""
        order = self._order_with(tuple((target.step, late[0]) for target, late in self._suspects))
        depth = [before.bit_count() for before in order.before]
        return sorted(self._suspects, key=lambda suspect: (-depth[suspect[1][0]], depth[suspect[0].step]))

    def _is_explained(self, suspect: Suspect) -> bool:
        """Return whether the step needs another one that is late as well, because it waits for the late one."""
        target, (late, *_) = suspect
        found = [(item.target.step, item.providers[0]) for item in self._undeclared if len(item.providers) == 1]
        order = self._order_with(tuple(found))
        return any(order.before[needed] >> late & 1 for step, needed in found if step == target.step)

    def _find_choices(self) -> Iterator[Suspect]:
        """Yield which steps fail if several drivers are late together: as few as possible."""
        suspected = {target for target, _ in self._suspects}
        for step in bits(self._steps.dependents):
            target, late = Target(step), tuple(bits(self._steps.candidates(step)))
            if len(late) > 1 and target not in suspected and self._failed(LateStart(late), 0, target):
                yield target, self._fewest(target, late)

    def _fewest(
        self, target: Target, late: tuple[int, ...], added: tuple[tuple[int, int], ...] = ()
    ) -> tuple[int, ...]:
        """Return as few drivers as possible that have to be late together for a step to fail."""
        for one in late:
            fewer = tuple(other for other in late if other != one)
            if fewer and self._failed(LateStart(fewer, added), 0, target):
                late = fewer
        return late

    def _decide(self, suspect: Suspect) -> Undeclared | None:
        """Return the dependency, if the step fails each time without it and passes each time with it."""
        found = self._confirmed(suspect)
        if found is not None and (choice := self._with_alternatives(suspect)) != suspect:
            return self._confirmed(choice) or found
        return found

    def _confirmed(self, suspect: Suspect) -> Undeclared | None:
        target, late = suspect
        without, with_it = LateStart(late, self._added(suspect, omit=True)), LateStart(late, self._added(suspect))
        for number in range(SEEN):
            if self._failed(without, number, target) is not True or self._failed(with_it, number, target) is not False:
                return None
        reason = self._shown[without][0][target].reason
        return Undeclared(target, late, Table(SEEN, 0, 0, SEEN), reason, late=True)

    def _failed(self, start: LateStart, number: int, target: Target) -> bool | None:
        """Return whether a step failed in the run of this number with such a start; None where it did not run."""
        while len(self._shown.get(start, ())) <= number:
            self._run(start)
        item = self._shown[start][number].get(target)
        return None if item is None else item.failed

    def _with_alternatives(self, suspect: Suspect) -> Suspect:
        """Return the suspect with all others that are as good as the late one, but slower than the step itself."""
        target, late = suspect
        added = self._added(suspect, omit=True)
        order, others = self._order_with(added), self._steps.candidates(target.step)
        for one in late:
            others &= ~order.after[one] & ~(1 << one)
        if not others or self._failed(self._waiting(suspect, added, others), 0, target) is not False:
            return suspect
        found = (
            one for one in bits(others) if self._failed(self._waiting(suspect, added, 1 << one), 0, target) is False
        )
        return target, (*late, *found)

    def _waiting(self, suspect: Suspect, added: tuple[tuple[int, int], ...], others: int) -> LateStart:
        """Return the start in which the step of a suspect also waits for others, as far as that fits together."""
        target, late = suspect
        order, pairs = self._order_with(added), set(added)
        pairs |= {(target.step, other) for other in bits(others) if order.add(other, target.step)}
        return LateStart(late, tuple(sorted(pairs)))

    def _added(self, suspect: Suspect, *, omit: bool = False) -> tuple[tuple[int, int], ...]:
        """Return what waits for what: all suspects, as far as they fit together, but for one to ``omit``."""
        order, added = self._steps.order.copy(), []
        same = [other for other in self._suspects if other[0] == suspect[0] and other[1][0] != suspect[1][0]]
        others = [other for other in self._suspects if other[0] != suspect[0]]
        for other in (*others, *same) if omit else (suspect, *others, *same):
            target, (late, *_) = other
            # what waits for the late driver would bring it back
            brings_back = omit and other in same and any(order.before[late] >> one & 1 for one in suspect[1])
            if not brings_back and order.add(late, target.step):
                added.append((target.step, late))
        return tuple(sorted(added))

    def _order_with(self, added: tuple[tuple[int, int], ...]) -> Poset:
        order = self._steps.order.copy()
        for dependent, needed in added:
            order.add(needed, dependent)
        return order

    def _result(self, *, is_over: bool) -> Shaken:
        evidence, racing = self._evidence, self._racing()
        done = [late for late in racing if LateStart((late,)) in self._shown]
        pairs, covered = (sum(racing[late].bit_count() for late in lates) for lates in (racing, done))
        explained = {item.target for item in self._undeclared}
        open_ones = tuple(target for target in self._failing() if target not in explained)
        flaky = ((target, *evidence.counts(target), evidence.reason(target)) for target in open_ones if not is_over)
        return Shaken(
            self._steps,
            tuple(self._undeclared),
            tuple(flaky),
            tuple(evidence.always_failing()),
            len(done),
            self._runs,
            Coverage(covered, pairs),
            excluded_drivers(self._excluded, self._lasting),
            open_ones if is_over else (),
            is_over,
        )

    def _failing(self) -> Iterator[Target]:
        return (target for target in self._evidence.failing() if self._steps.dependents >> target.step & 1)

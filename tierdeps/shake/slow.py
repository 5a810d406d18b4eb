"""Delays one driver after another in parallel starts, and finds those that fail because another one is late.

First come one run without any delay and one for each driver that others race with. Then each failure is tried in runs
in which all else that the driver may need is there, with the late driver before it and without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.confirmation import SEEN
from tierdeps.shake.evidence import Evidence, Table
from tierdeps.shake.late import LateStart
from tierdeps.shake.outcome import Shaken, Undeclared, excluded_drivers, lasting_in
from tierdeps.shake.poset import bits
from tierdeps.shake.realizer import Coverage
from tierdeps.shake.steps import Steps, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Observation, Target, Trial
    from tierdeps.shake.outcome import Limits

    #: Makes one run; None where there is no time for it any more.
    PerformLate = Callable[[Steps, LateStart], Trial | None]
    #: A step that failed, and the last step of the driver that was late.
    Suspect = tuple[Target, int]


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
                self._run(LateStart(late))
            self._suspects = self._find_suspects()
            self._undeclared.extend(filter(None, map(self._decide, self._suspects)))
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
            (target, late)
            for late, racing in self._racing().items()
            for target, item in self._shown[LateStart(late)][0].items()
            if item.failed and target in failing and racing >> target.step & 1
        ]

    def _decide(self, suspect: Suspect) -> Undeclared | None:
        """Return the dependency, if the step fails each time without it and passes each time with it."""
        target, late = suspect
        without, with_it = LateStart(late, self._added(suspect, omit=True)), LateStart(late, self._added(suspect))
        for number in range(SEEN):
            if self._failed(without, number, target) is not True or self._failed(with_it, number, target) is not False:
                return None
        reason = self._shown[without][0][target].reason
        return Undeclared(target, (late,), Table(SEEN, 0, 0, SEEN), reason, late=True)

    def _failed(self, start: LateStart, number: int, target: Target) -> bool | None:
        """Return whether a step failed in the run of this number with such a start; None where it did not run."""
        while len(self._shown.get(start, ())) <= number:
            self._run(start)
        item = self._shown[start][number].get(target)
        return None if item is None else item.failed

    def _added(self, suspect: Suspect, *, omit: bool = False) -> tuple[tuple[int, int], ...]:
        """Return what waits for what: all suspects, as far as they fit together, but for one to ``omit``."""
        order, added = self._steps.order.copy(), []
        others = [other for other in self._suspects if other != suspect]
        for target, late in others if omit else (suspect, *others):
            if order.add(late, target.step):
                added.append((target.step, late))
        return tuple(sorted(added))

    def _result(self, *, is_over: bool) -> Shaken:
        evidence, racing = self._evidence, self._racing()
        done = [late for late in racing if LateStart(late) in self._shown]
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

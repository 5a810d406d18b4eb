"""What the runs have shown: which steps failed, and what was not ready when they ran."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.shake.poset import mask_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Target(NamedTuple):
    """What is observed: a step of the start, or with ``stops`` the stop of the driver whose first step it is."""

    step: int
    stops: bool = False


class Observation(Value):
    """One step in one run: which steps were ``absent`` when it ran, whether it ``failed``, and why.

    ``skipped`` says that its driver was skipped: a failure if it became ready in another run.
    """

    target: Target
    absent: int
    failed: bool
    reason: str = ""
    skipped: bool = False


class Trial(Value):
    """What was observed in one run; of ``adopted`` drivers and those that were ``not_stopped`` nothing can be said.

    ``whole`` is False where the run was interrupted.
    """

    order: tuple[int, ...]
    observations: tuple[Observation, ...]
    adopted: frozenset[str] = frozenset()
    not_stopped: frozenset[str] = frozenset()
    whole: bool = True


class Table(NamedTuple):
    """How often a step failed and passed without what it is said to need, and how often with it."""

    failed_without: int
    passed_without: int
    failed_with: int
    passed_with: int

    @property
    def p_value(self) -> float:
        """The probability of a table at least as one-sided if the order did not matter: Fisher's exact test."""
        without = self.failed_without + self.passed_without
        failed = self.failed_without + self.failed_with
        total = without + self.failed_with + self.passed_with
        worse = range(self.failed_without, min(without, failed) + 1)
        return sum(comb(failed, k) * comb(total - failed, without - k) for k in worse) / comb(total, without)


class Evidence:
    """All trials so far."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self._by_target: dict[Target, list[tuple[int, Observation]]] = {}
        self._was_ready: set[Target] = set()

    def add(self, trial: Trial) -> None:
        """Add what one run has shown."""
        for item in trial.observations:
            self._by_target.setdefault(item.target, []).append((len(self.trials), item))
            if not item.failed and not item.skipped:
                self._was_ready.add(item.target)
        self.trials.append(trial)

    def of(self, target: Target, since: int = 0) -> list[Observation]:
        """Return what was observed of a step, from the trial of a number on."""
        return [item for number, item in self._by_target.get(target, ()) if number >= since and self._counts(item)]

    def _counts(self, item: Observation) -> bool:
        return not item.skipped or item.target in self._was_ready

    def failing(self) -> Iterator[Target]:
        """Yield what failed in some runs, and passed in others."""
        for target in sorted(self._by_target):
            results = {item.failed for item in self.of(target)}
            if results == {True, False}:
                yield target

    def always_failing(self) -> Iterator[tuple[Target, str]]:
        """Yield what failed in all runs in which it was tried, with the reason."""
        for target in sorted(self._by_target):
            found = self.of(target)
            if found and all(item.failed for item in found):
                yield target, found[-1].reason

    @property
    def never_passed(self) -> int:
        """The steps that failed in all runs in which they were tried."""
        return mask_of(target.step for target, _ in self.always_failing() if not target.stops)

    def table(self, target: Target, clause: int, others: Sequence[int] = (), since: int = 0) -> Table:
        """Count the results with and without what a clause names, where each of the ``others`` was fulfilled."""
        counts = [0, 0, 0, 0]
        for item in self.of(target, since):
            if any(not other & ~item.absent for other in others):
                continue
            with_it = bool(clause & ~item.absent)
            counts[2 * with_it + (not item.failed)] += 1
        return Table(*counts)

    def by_order(self, target: Target) -> dict[tuple[int, ...], list[bool]]:
        """Return by order whether a step failed in each run in which it was tried."""
        found: dict[tuple[int, ...], list[bool]] = {}
        for number, item in self._by_target.get(target, ()):
            if self._counts(item):
                found.setdefault(self.trials[number].order, []).append(item.failed)
        return found

    def counts(self, target: Target) -> tuple[int, int]:
        """Return in how many runs a step failed, and in how many it was tried."""
        found = self.of(target)
        return sum(item.failed for item in found), len(found)

    def reason(self, target: Target, clause: int = 0) -> str:
        """Return why a step failed in the first run in which all of a clause was absent."""
        failing = (item.reason for item in self.of(target) if item.failed and not clause & ~item.absent)
        return next(failing, "")

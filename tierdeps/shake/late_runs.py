"""The runs with late drivers: what each start has shown, run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.evidence import Evidence, Table, Target
from tierdeps.shake.poset import mask_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.shake.evidence import Observation, Trial
    from tierdeps.shake.late import LateStart
    from tierdeps.shake.steps import Steps
    from tierdeps.shake.suspects import Suspect

    #: Makes one run; None where there is no time for it any more.
    PerformLate = Callable[[Steps, LateStart], Trial | None]

#: How often a step that was seen to fail at random is tried before it counts as failing.
FLAKY_TRIES = 3


class OverError(Exception):
    """No more runs may be made; it ends the search at its limits."""


class LateRuns:
    """Makes runs, as many as the limit allows, and remembers what they showed."""

    def __init__(self, perform: PerformLate, limit: int | None) -> None:
        self._perform = perform
        self._limit = limit
        self.count: int = 0
        self.begin()

    def begin(self) -> None:
        """Forget what was shown so far, but not how many runs that took."""
        self.evidence: Evidence = Evidence()
        self._shown: dict[LateStart, list[Mapping[Target, Observation]]] = {}

    def run(self, steps: Steps, start: LateStart) -> Trial:
        """Make one run; raises OverError where none may be made, or it was interrupted."""
        if self._limit is not None and self.count >= self._limit:
            raise OverError
        trial = self._perform(steps, start)
        self.count += trial is not None
        if trial is None or not trial.whole:
            raise OverError
        self.evidence.add(trial)
        self._shown.setdefault(start, []).append({item.target: item for item in trial.observations})
        return trial

    def number(self, start: LateStart) -> int:
        """Return how many runs with a start were made."""
        return len(self._shown.get(start, ()))

    def of(self, start: LateStart, target: Target) -> Iterator[Observation]:
        """Yield what was observed of a step in the runs with a start."""
        return (shown[target] for shown in self._shown.get(start, ()) if target in shown)

    def first(self, start: LateStart, target: Target) -> Observation | None:
        """Return what was observed of a step in the first run with a start that showed anything of it."""
        return next(self.of(start, target), None)

    def is_flaky(self, target: Target) -> bool:
        """Return whether a step both failed and passed in runs with the same start."""
        return any(len({item.failed for item in self.of(start, target)}) > 1 for start in self._shown)

    def fails(self, steps: Steps, start: LateStart, target: Target) -> bool | None:
        """Return whether a step fails in a start; None where no run shows it. Makes runs where they are missing."""
        while True:
            if self.number(start) == 0:
                self.run(steps, start)
            shown = [item.failed for item in self.of(start, target)]
            is_random = self.is_flaky(target) or not shown
            if False in shown or not is_random or self.number(start) >= FLAKY_TRIES:
                return all(shown) if shown else None
            self.run(steps, start)

    def table(self, suspect: Suspect, without: LateStart, with_it: LateStart) -> Table:
        """Count the results in both starts, as far as everything was there that the step waited for."""
        counts = [0, 0, 0, 0]
        late = mask_of(suspect.late)
        for is_with, start in enumerate((without, with_it)):
            waits = mask_of([needed for dependent, needed in start.added if dependent == suspect.target.step])
            for item in self.of(start, suspect.target):
                if not waits & item.absent and (is_with or not late & ~item.absent):
                    counts[2 * is_with + (not item.failed)] += 1
        return Table(*counts)

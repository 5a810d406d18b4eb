"""What is counted over all restarts, and the result that follows from it."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

from tierdeps.model import CriticalStep, Makespan, Schedule, Share, Simulation, TooEarly
from tierdeps.simulate.restart import critical_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.simulate.restart import Restart
    from tierdeps.simulate.scenario import Need, Scenario


class Tally:
    """Counts of restarts; sums are of differences from those of the first restart, which keeps them exact enough."""

    def __init__(self, scenario: Scenario) -> None:
        size = len(scenario.steps)
        self.scenario = scenario
        self.hit: int = 0
        self.verified: int = 0
        self.makespans: array[float] = array("d")
        #: For each need, in how many restarts it was not met.
        self.early: list[int] = [0] * len(scenario.needs)
        self.victims: dict[str, int] = {}
        #: For each step, in how many restarts it was critical, and its seconds in these.
        self.critical: list[int] = [0] * size
        self.critical_seconds: list[float] = [0.0] * size
        #: The durations and the makespan that the sums are relative to.
        self.origin: Sequence[float] = ()
        self.makespan_origin: float = 0.0
        self.sums: list[float] = [0.0] * size
        self.squares: list[float] = [0.0] * size
        self.products: list[float] = [0.0] * size

    def add(self, restart: Restart) -> None:
        """Count one restart."""
        self._count_early(restart)
        durations, makespan = restart.draws.durations, restart.makespan
        if not self.makespans:
            self.origin, self.makespan_origin = list(durations), makespan
        self.makespans.append(makespan)
        for step in critical_steps(self.scenario, restart):
            self.critical[step] += 1
            self.critical_seconds[step] += durations[step]
        beyond = makespan - self.makespan_origin
        for step, origin in enumerate(self.origin):
            if difference := durations[step] - origin:
                self.sums[step] += difference
                self.squares[step] += difference * difference
                self.products[step] += difference * beyond

    def _count_early(self, restart: Restart) -> None:
        early = restart.too_early(self.scenario.needs)
        self.hit += bool(early)
        for index in early:
            self.early[index] += 1
        for name in {self.scenario.steps[self.scenario.needs[index][0]].driver for index in early}:
            self.victims[name] = self.victims.get(name, 0) + 1

    def result(self, needs: Sequence[Need], schedule: Schedule, seed: int, requested: int) -> Simulation:
        """Return what was counted."""
        restarts = len(self.makespans)
        edges = [
            TooEarly(*need, Share(count, restarts)) for need, count in zip(needs, self.early, strict=True) if count
        ]
        edges.sort(key=lambda edge: (-edge.share.count, edge.step, edge.needed, edge.reason))
        victims = sorted(self.victims.items(), key=lambda item: (-item[1], item[0]))
        scenario = self.scenario
        return Simulation(
            schedule,
            seed,
            Share(self.hit, restarts),
            tuple(edges),
            tuple((name, Share(count, restarts)) for name, count in victims),
            tuple(step for step, timing in zip(scenario.steps, scenario.timings, strict=True) if timing.assumed),
            self._makespan(),
            tuple(self._steps()),
            self.verified,
            requested,
        )

    def _makespan(self) -> Makespan:
        ordered = sorted(self.makespans)
        if not ordered:
            return Makespan()
        # the nearest rank: a value that was seen
        ranks = (max(1, math.ceil(len(ordered) * percent / 100)) for percent in (50, 90, 95, 99, 100))
        return Makespan(math.fsum(ordered) / len(ordered), *(ordered[rank - 1] for rank in ranks))

    def _steps(self) -> list[CriticalStep]:
        """Return the steps that were critical, those first that the mean makespan has most seconds of."""
        restarts = len(self.makespans)
        found = [
            CriticalStep(step, Share(self.critical[index], restarts), seconds / restarts, self._correlation(index))
            for index, (step, seconds) in enumerate(zip(self.scenario.steps, self.critical_seconds, strict=True))
            if self.critical[index]
        ]
        return sorted(found, key=lambda one: (-one.seconds, -one.share.count, one.step))

    def _correlation(self, step: int) -> float:
        """Return Pearson's correlation of a step's duration with the makespan; 0 where one of them never varies."""
        number = len(self.makespans)
        beyond = [makespan - self.makespan_origin for makespan in self.makespans] if self._spread is None else ()
        if self._spread is None:
            self._spread = (math.fsum(beyond), math.fsum(value * value for value in beyond))
        total, squares = self._spread
        own = self.squares[step] - self.sums[step] ** 2 / number
        others = squares - total**2 / number
        if own <= 0 or others <= 0:
            return 0.0
        shared = self.products[step] - self.sums[step] * total / number
        return max(-1.0, min(1.0, shared / math.sqrt(own * others)))

    _spread: tuple[float, float] | None = None

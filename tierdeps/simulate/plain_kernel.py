"""Restarts without numpy, one at a time."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tierdeps.simulate.restart import Draws, Restart, schedule

if TYPE_CHECKING:
    from collections.abc import Collection

    from tierdeps.simulate.scenario import Scenario
    from tierdeps.simulate.tally import Tally


class PlainKernel:
    """Draws and schedules restarts. Each takes two uniform numbers for each step, then two for each thread.

    So the same seed makes the same draws under all schedules, and with all changes of timings.
    """

    #: How many restarts it computes at once.
    block_size = 1

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._random = Random(seed)  # noqa: S311  a simulation, the same every time
        self._threads = [
            (step, own.timing.thread) for step, own in enumerate(scenario.timings) if own.timing.thread is not None
        ]

    def block(self, count: int) -> PlainBlock:
        """Draw the next restarts."""
        return PlainBlock(self._scenario, [self._draws() for _ in range(count)])

    def _draws(self) -> Draws:
        uniform = self._random.random
        durations = [timing.seconds(uniform(), uniform()) for timing in self._scenario.timings]
        return Draws(durations, {step: thread.at(uniform(), uniform()) for step, thread in self._threads})


class PlainBlock:
    """Some restarts."""

    def __init__(self, scenario: Scenario, draws: list[Draws]) -> None:
        self._scenario = scenario
        self._draws = draws

    def draws(self, number: int) -> Draws:
        """Return what was drawn for a restart."""
        return self._draws[number]

    def restart(self, number: int) -> Restart:
        """Return a restart."""
        return schedule(self._scenario, self._draws[number])

    def over_limit(self) -> list[int]:
        """Return the restarts in which a step takes as long as its timeout allows, or longer."""
        limits = self._scenario.limits
        return [
            number
            for number, (durations, _) in enumerate(self._draws)
            if any(seconds >= limit for seconds, limit in zip(durations, limits, strict=True))
        ]

    def count(self, tally: Tally, without: Collection[int]) -> None:
        """Count all restarts but some."""
        for number in range(len(self._draws)):
            if number not in without:
                tally.add(self.restart(number))

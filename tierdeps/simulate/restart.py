"""One simulated restart: what was drawn for it, and when each step begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps.simulate.scenario import RELATIVE_TOLERANCE, TOLERANCE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.simulate.scenario import Scenario


class Draws(NamedTuple):
    """What is drawn for one restart: how long each step takes.

    ``lags`` has an entry for each step that leaves a thread behind: how long after its end that uses what it needs.
    """

    durations: Sequence[float]
    lags: dict[int, float]


class Restart(NamedTuple):
    """When each step begins and ends, in seconds from the start; infinite for what does not happen."""

    draws: Draws
    begins: Sequence[float]
    ends: Sequence[float]
    #: When all was over.
    makespan: float

    @property
    def tolerance(self) -> float:
        """How far apart two of its times may be to count as one."""
        return max(TOLERANCE_S, RELATIVE_TOLERANCE * self.makespan)

    def used_at(self, step: int) -> float:
        """Return when a step uses what it needs.

        That is when it begins, or where it leaves a thread behind, some time after its end: as libvirt's QEMU driver
        does, which reconnects to each running guest in a thread.
        """
        lag = self.draws.lags.get(step)
        return self.begins[step] if lag is None or self.ends[step] == float("inf") else self.ends[step] + lag

    def too_early(self, needs: Sequence[tuple[int, int]]) -> list[int]:
        """Return the numbers of the needs that were not done when they were used."""
        tolerance, ends, used_at = self.tolerance, self.ends, self.used_at
        return [index for index, (step, needed) in enumerate(needs) if used_at(step) + tolerance < ends[needed]]


def schedule(scenario: Scenario, draws: Draws) -> Restart:
    """Return the restart in which each step begins as soon as the executor would begin it."""
    begins, ends = [0.0] * len(scenario.steps), [0.0] * len(scenario.steps)
    durations, before, passed = draws.durations, scenario.before, scenario.passed
    opening = 0.0
    for tier in scenario.tiers:
        closing = opening
        for step in tier:
            begin = opening
            for needed in before[step]:
                if ends[needed] > begin:  # noqa: PLR1730  faster than max
                    begin = ends[needed]
            begins[step] = begin
            ends[step] = end = begin if step in passed else begin + durations[step]
            if end > closing:  # noqa: PLR1730  as above
                closing = end
        opening = closing
    return Restart(draws, begins, ends, opening)


def critical_steps(scenario: Scenario, restart: Restart) -> set[int]:
    """Return the steps that decided when a restart ended: had one of them taken longer, so had the restart.

    From what ended last back to what each of these waited for last; of several that ended at one time, all count.
    """
    _, begins, ends, makespan = restart
    tolerance = restart.tolerance
    critical: set[int] = set()
    openings = [0.0]
    for tier in scenario.tiers:
        openings.append(max((ends[step] for step in tier if ends[step] <= makespan), default=openings[-1]))
    decides, closing = True, makespan
    for tier, opening in zip(reversed(scenario.tiers), openings[-2::-1], strict=True):
        decides_before = False
        for step in reversed(tier):
            if decides and abs(ends[step] - closing) <= tolerance:
                critical.add(step)
            if step in critical:
                latest = begins[step] - tolerance
                critical.update(needed for needed in scenario.before[step] if ends[needed] >= latest)
                decides_before |= opening >= latest
        decides, closing = decides_before, opening
    return critical - scenario.passed

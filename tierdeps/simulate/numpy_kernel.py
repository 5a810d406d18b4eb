"""Restarts with numpy, thousands at a time: what ``plain_kernel`` and ``restart`` compute, with an array for each step.

Both draw the same numbers: numpy's Mersenne Twister takes over the state of Python's. Results differ at most by the
rounding of logarithms, exponentials and sums.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.simulate.restart import Draws, Restart
from tierdeps.simulate.scenario import RELATIVE_TOLERANCE, TOLERANCE_S
from tierdeps.timing import MAX_EXPONENT

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from tierdeps.simulate.scenario import Scenario
    from tierdeps.simulate.tally import Tally
    from tierdeps.timing import Timing

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

#: Arrays of so many numbers: of more they leave the processor's caches, of fewer the calls cost more than the work.
MAX_CELLS = 1 << 20
MIN_BLOCK, MAX_BLOCK = 64, 8192


class NumpyKernel:
    """Draws and schedules restarts, in the order of PlainKernel."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._threads = [step for step, own in enumerate(scenario.timings) if own.timing.thread is not None]
        *key, position = Random(seed).getstate()[1]  # noqa: S311  a simulation, the same every time
        twister = np.random.MT19937()
        twister.state = {
            "bit_generator": "MT19937",
            "state": {"key": np.array(key, dtype=np.uint32), "pos": position},
        }
        self._generator = np.random.Generator(twister)
        #: How many restarts it computes at once.
        self.block_size: int = min(MAX_BLOCK, max(MIN_BLOCK, MAX_CELLS // max(1, len(scenario.steps))))

    def block(self, count: int) -> NumpyBlock:
        """Draw the next restarts."""
        timings = self._scenario.timings
        drawn = self._generator.random((count, 2 * (len(timings) + len(self._threads))))
        uniform = np.ascontiguousarray(drawn.T)
        durations = np.empty((len(timings), count))
        for step, own in enumerate(timings):
            seconds = _seconds(own.timing, uniform[2 * step], uniform[2 * step + 1])
            np.minimum(seconds * own.factor, MAX_DURATION_S, out=durations[step])
        lags: dict[int, Floats] = {}
        for row, step in enumerate(self._threads, len(timings)):
            thread = timings[step].timing.thread
            assert thread is not None  # noqa: S101  it is one of those that have one
            lags[step] = _seconds(thread, uniform[2 * row], uniform[2 * row + 1])
        return NumpyBlock(self._scenario, durations, lags)


def _seconds(timing: Timing, one: Floats, other: Floats) -> Floats:
    """Return what ``Timing.at`` returns, for arrays."""
    first, second = (*timing.parameters, 0.0)[:2]
    if timing.kind == "uniform":
        seconds = first + (second - first) * one
    elif timing.kind == "exponential":
        seconds = -first * np.log(1 - one)
    elif timing.kind in ("normal", "lognormal"):
        normal = np.sqrt(-2 * np.log(1 - one)) * np.cos(math.tau * other)
        if timing.kind == "normal":
            seconds = np.maximum(0.0, first + second * normal)
        else:
            with np.errstate(over="ignore"):
                seconds = first * np.exp(np.minimum(second * normal, MAX_EXPONENT))
    else:
        return np.full(len(one), first)
    return np.minimum(seconds, MAX_DURATION_S)


class NumpyBlock:
    """Some restarts; ``begins``, ``ends`` and ``durations`` have a row for each step and a column for each restart."""

    def __init__(self, scenario: Scenario, durations: Floats, lags: dict[int, Floats]) -> None:
        self._scenario = scenario
        self.durations = durations
        self.lags = lags
        count = durations.shape[1]
        self.begins: Floats = np.zeros_like(durations)
        self.ends: Floats = np.zeros_like(durations)
        #: When each tier opens, and in the end the makespan.
        self.openings: list[Floats] = [np.zeros(count)]
        for tier in scenario.tiers:
            self._schedule(tier)
        self.tolerance: Floats = np.maximum(TOLERANCE_S, RELATIVE_TOLERANCE * self.openings[-1])

    def _schedule(self, tier: tuple[int, ...]) -> None:
        ends, opening = self.ends, self.openings[-1]
        for step in tier:
            begin = self.begins[step]
            begin[:] = opening
            for needed in self._scenario.before[step]:
                np.maximum(begin, ends[needed], out=begin)
            if step in self._scenario.passed:
                ends[step] = begin
            else:
                np.add(begin, self.durations[step], out=ends[step])
        self.openings.append(np.maximum(opening, ends[list(tier)].max(axis=0)) if tier else opening)

    def draws(self, number: int) -> Draws:
        """Return what was drawn for a restart."""
        return Draws(self.durations[:, number].tolist(), {step: float(lag[number]) for step, lag in self.lags.items()})

    def restart(self, number: int) -> Restart:
        """Return a restart."""
        begins, ends = self.begins[:, number].tolist(), self.ends[:, number].tolist()
        return Restart(self.draws(number), begins, ends, float(self.openings[-1][number]))

    def over_limit(self) -> list[int]:
        """Return the restarts in which a step takes as long as its timeout allows, or longer."""
        limits = np.array(self._scenario.limits).reshape(-1, 1)
        found: list[int] = np.flatnonzero((self.durations >= limits).any(axis=0)).tolist()
        return found

    def count(self, tally: Tally, without: Collection[int]) -> None:
        """Count all restarts but some."""
        block = self._without(without) if without else self
        if not block.durations.shape[1]:
            return
        block.count_early(tally)
        block.count_critical(tally)
        block.add_sums(tally)

    def _without(self, without: Collection[int]) -> NumpyBlock:
        durations = np.delete(self.durations, list(without), axis=1)
        lags = {step: np.delete(lag, list(without)) for step, lag in self.lags.items()}
        return NumpyBlock(self._scenario, durations, lags)

    def count_early(self, tally: Tally) -> None:
        """Count the needs that were not met, and whom that concerns."""
        hit: Flags = np.zeros(self.durations.shape[1], dtype=bool)
        victims: dict[str, Flags] = {}
        for index, (step, needed) in enumerate(self._scenario.needs):
            lag = self.lags.get(step)
            used_at = self.begins[step] if lag is None else self.ends[step] + lag
            early = used_at + self.tolerance < self.ends[needed]
            if count := int(np.count_nonzero(early)):
                tally.early[index] += count
                hit |= early
                driver = self._scenario.steps[step].driver
                victims[driver] = victims[driver] | early if driver in victims else early
        tally.hit += int(np.count_nonzero(hit))
        for name, flags in victims.items():
            tally.victims[name] = tally.victims.get(name, 0) + int(np.count_nonzero(flags))

    def count_critical(self, tally: Tally) -> None:
        """Count in which restarts each step is critical; see ``restart.critical_steps``."""
        critical: Flags = np.zeros(self.durations.shape, dtype=bool)
        decides: Flags = np.ones(self.durations.shape[1], dtype=bool)
        for number in range(len(self._scenario.tiers) - 1, -1, -1):
            decides = self._mark_critical(number, decides, critical)
        counts = np.count_nonzero(critical, axis=1)
        for step in np.flatnonzero(counts).tolist():
            if step not in self._scenario.passed:
                tally.critical[step] += int(counts[step])
                tally.critical_seconds[step] += float(self.durations[step] @ critical[step])

    def _mark_critical(self, number: int, decides: Flags, critical: Flags) -> Flags:
        """Mark the critical steps of a tier; return the restarts in which its opening decided."""
        ends, opening, closing = self.ends, self.openings[number], self.openings[number + 1]
        decides_before: Flags = np.zeros_like(decides)
        for step in reversed(self._scenario.tiers[number]):
            own = critical[step]
            own |= decides & (ends[step] >= closing - self.tolerance)
            if not own.any():
                continue
            latest = self.begins[step] - self.tolerance
            for needed in self._scenario.before[step]:
                critical[needed] |= own & (ends[needed] >= latest)
            decides_before |= own & (opening >= latest)
        return decides_before

    def add_sums(self, tally: Tally) -> None:
        """Add what the correlations are computed from."""
        makespans = self.openings[-1]
        if not tally.makespans:
            tally.origin, tally.makespan_origin = self.durations[:, 0].tolist(), float(makespans[0])
        tally.makespans.frombytes(makespans.tobytes())
        beyond = makespans - tally.makespan_origin
        difference = self.durations - np.array(tally.origin).reshape(-1, 1)
        sums = difference.sum(axis=1)
        squares = np.einsum("sr,sr->s", difference, difference)
        for total, part in ((tally.sums, sums), (tally.squares, squares), (tally.products, difference @ beyond)):
            total[:] = (np.array(total) + part).tolist()

"""The report of ``benchmarks.soak``: what grows over the samples after the warm-up, by a fitted line."""

from __future__ import annotations

from statistics import fmean, linear_regression
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.soak_graph import LOG_SIZE_MIB
from tierdeps.journal.database import MAX_WAL_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.soak_samples import Sample

#: The part of the samples that is not looked at: caches fill, and logs grow up to their limit.
WARM_UP = 1 / 6
#: What the journal of a run may take, however long the run goes on, and its write-ahead log, in KiB.
JOURNAL_KIB, WAL_KIB = 8 << 10, MAX_WAL_PAGES * 4 * 1.25


class Tolerance(NamedTuple):
    """By how much a value may grow from the first sample to the last one, by the fitted line.

    The number of drivers that are up at a moment, and of their restarts, is random; with it the values go up and down.
    The journal's writer keeps its batches until it compacts them: at most a thousand, or two percent of the blocks.
    """

    absolute: float
    relative: float = 0.0

    def of(self, mean: float) -> float:
        """Return the tolerance for values with this mean."""
        return max(self.absolute, self.relative * mean)


TOLERANCES = {
    "rss_kib": Tolerance(1024, 0.04),
    "pss_kib": Tolerance(1024, 0.04),
    "blocks": Tolerance(2000, 0.02),
    "objects": Tolerance(1000, 0.01),
    "descriptors": Tolerance(10, 0.1),
    "threads": Tolerance(1),
    "timers": Tolerance(10),
    "tasks": Tolerance(10),
    "guard_rss_kib": Tolerance(512, 0.04),
    "guard_descriptors": Tolerance(10, 0.1),
    "files": Tolerance(10),
}
ROW = "{:<18} {:>14} {:>14} {:>12} {:>10}  {}"


class Growth(NamedTuple):
    """How a value grew: its means in the first and the last quarter, and by the fitted line from end to end."""

    name: str
    first: float
    last: float
    fitted: float
    tolerance: float

    @property
    def exceeded(self) -> bool:
        """Whether it grew by more than it may."""
        return self.fitted > self.tolerance


def growth(name: str, values: Sequence[float], tolerance: Tolerance) -> Growth:
    """Fit a line to values that were taken at regular times."""
    quarter = max(1, len(values) // 4)
    slope = linear_regression(range(len(values)), values).slope
    means = fmean(values[:quarter]), fmean(values[-quarter:])
    return Growth(name, *means, slope * (len(values) - 1), tolerance.of(fmean(values)))


def growths(samples: Sequence[Sample]) -> Iterator[Growth]:
    """Yield how each value grew after the warm-up."""
    kept = samples[int(len(samples) * WARM_UP) :]
    for name, tolerance in TOLERANCES.items():
        yield growth(name, [one[name] for one in kept], tolerance)


def limits(drivers: int) -> dict[str, float]:
    """Return what each of the other values must never exceed."""
    return {
        "journal_kib": JOURNAL_KIB,
        "wal_kib": WAL_KIB,
        "logs_kib": drivers * LOG_SIZE_MIB << 10,
        "without_driver": 0,
        "zombies": 0,
    }


def print_report(samples: Sequence[Sample], drivers: int) -> bool:
    """Print the tables; return whether everything is within its bounds."""
    print(ROW.format("", "first quarter", "last quarter", "growth", "at most", ""))
    good = True
    for one in growths(samples):
        good &= not one.exceeded
        numbers = (f"{each:,.1f}" for each in one[1:])
        print(ROW.format(one.name, *numbers, "EXCEEDED" if one.exceeded else ""))
    for name, limit in limits(drivers).items():
        highest = max(one[name] for one in samples)
        good &= highest <= limit
        print(f"{name:<18} highest {highest:,.0f}, at most {limit:,.0f}{'  EXCEEDED' * (highest > limit)}")
    return good


def print_types(counts: Sequence[dict[str, int]], shown: int = 8) -> None:
    """Print which types of objects grew most from the first quarter after the warm-up to the last one."""
    kept = counts[int(len(counts) * WARM_UP) :]
    quarter = max(1, len(kept) // 4)
    grown = {
        name: fmean(one.get(name, 0) for one in kept[-quarter:]) - fmean(one.get(name, 0) for one in kept[:quarter])
        for name in kept[-1]
    }
    largest = sorted(grown, key=grown.__getitem__, reverse=True)[:shown]
    print("objects, more in the last quarter:", ", ".join(f"{name} {grown[name]:+.0f}" for name in largest))

"""What a picture of a run is made of; times in seconds since the run began."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.edges import Step


class Result(StrEnum):
    """What an attempt at a step came to; ``passed``: its driver was skipped, adopted or blocked, and nothing ran."""

    DONE = "done"
    FAILED = "failed"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    PASSED = "passed"
    RUNNING = "running"


class Why(StrEnum):
    """What was waited for last.

    The beginning of the run, a need, the tier before, one's own step before, a pause between two attempts, or a place
    under the limit of jobs.
    """

    RUN = "run"
    NEED = "need"
    TIER = "tier"
    OWN = "own"
    RETRY = "retry"
    JOBS = "jobs"


class Bar(NamedTuple):
    """One attempt at one step."""

    step: Step
    began: float
    ended: float
    result: Result
    reason: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


class Link(NamedTuple):
    """A bar of the critical chain; ``why`` it did not begin earlier, and for which bar: the one before it.

    ``idle`` are the seconds between the end of that one and its own beginning.
    """

    bar: Bar
    why: Why
    before: Bar | None
    idle: float


class Row(NamedTuple):
    """A driver: its bars, the first one first; since when its tier was open, and when it was ready."""

    driver: str
    bars: tuple[Bar, ...]
    opened: float
    ready: float | None
    reason: str = ""


class Band(NamedTuple):
    """A tier: when it was opened, when all of it was settled."""

    tier: str
    began: float
    ended: float
    rows: tuple[Row, ...]


class Timeline(Value):
    """A run's start.

    ``links`` say of each bar what it waited for; ``chain`` is the critical one, the first bar first: had any of it been
    shorter, all would have been up earlier.
    """

    title: str
    digest: str
    seconds: float
    outcome: str
    bands: tuple[Band, ...]
    links: tuple[Link, ...]
    chain: tuple[Link, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All drivers, tier by tier."""
        return tuple(row for band in self.bands for row in band.rows)

    @property
    def slowest(self) -> tuple[Bar, ...]:
        """All that took any time, the slowest first."""
        bars = (bar for row in self.rows for bar in row.bars if bar.result is not Result.PASSED)
        return tuple(sorted(bars, key=lambda bar: (-bar.seconds, bar.step, bar.began)))

"""What a timeline is made of; times are in seconds since the run started."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.edges import Step


class Result(StrEnum):
    """How an attempt at a step ended; ``passed``: its driver was skipped, adopted or blocked, and nothing ran."""

    DONE = "done"
    FAILED = "failed"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    PASSED = "passed"
    RUNNING = "running"


class WaitReason(StrEnum):
    """What a bar waited for last.

    The start of the run, a dependency, the tier before, the driver's own step before, a pause between two attempts, or
    a slot under the limit of jobs.
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
    started: float
    ended: float
    result: Result
    reason: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


class BarWait(NamedTuple):
    """What a bar waited for: ``reason`` says why it did not start earlier, ``before`` is the bar that it waited for.

    ``idle`` is the time between the end of that bar and the start of this one.
    """

    bar: Bar
    reason: WaitReason
    before: Bar | None
    idle: float


class Row(NamedTuple):
    """A driver: its bars in order, when its tier was opened, when it was ready, and the host that it runs on."""

    driver: str
    bars: tuple[Bar, ...]
    opened: float
    ready: float | None
    reason: str = ""
    host: str | None = None


class Band(NamedTuple):
    """A tier: when it was opened, and when all of its drivers were settled."""

    tier: str
    started: float
    ended: float
    rows: tuple[Row, ...]


class StepNeed(NamedTuple):
    """A dependency of the plan: one step waits for another; ``kind`` is the verb.

    ``atleast`` is how many of the drivers of a quorum must be ready, of which the needed one is one; 0 for no quorum.
    """

    dependent: Step
    needed: Step
    kind: str
    atleast: int = 0


class Timeline(Value):
    """A run's start; ``seconds`` is how long it took until the last step had ended and the last driver was ready.

    ``waits`` has what each bar waited for. ``critical_path`` are those that the end of the start depended on, in order:
    had one of these bars been shorter, everything would have been up earlier.
    ``needs`` are the dependencies of the plan, unless it is large.
    """

    title: str
    digest: str
    seconds: float
    outcome: str
    bands: tuple[Band, ...]
    waits: tuple[BarWait, ...]
    critical_path: tuple[BarWait, ...]
    needs: tuple[StepNeed, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All drivers, tier by tier."""
        return tuple(row for band in self.bands for row in band.rows)

    @property
    def slowest(self) -> tuple[Bar, ...]:
        """All bars during which something ran, the slowest first."""
        bars = (bar for row in self.rows for bar in row.bars if bar.result is not Result.PASSED)
        return tuple(sorted(bars, key=lambda bar: (-bar.seconds, bar.step, bar.started)))

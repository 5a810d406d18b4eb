"""The result of many simulated restarts: how often a step started before what it needs was ready."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.edges import Step

#: The normal distribution's quantile for an interval that holds the truth in 95 of 100 cases.
Z95 = 1.959964


class Schedule(StrEnum):
    """In which order a program starts its drivers.

    ``registration``: one after another as they are declared, each with all its phases. ``two-pass``: the first phases
    of all, then the second ones, and so on; what libvirt 1.2.1 did. ``plan``: this project's.
    """

    REGISTRATION = "registration"
    TWO_PASS = "two-pass"  # noqa: S105  a way of starting
    PLAN = "plan"


class Share(Value):
    """A proportion with Wilson's 95 % interval, which is valid for 0 % and 100 % too."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The observed proportion."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds of the 95 % interval."""
        if not self.of:
            return 0.0, 1.0
        squared = Z95 * Z95
        centre = self.value + squared / (2 * self.of)
        spread = Z95 * math.sqrt(self.value * (1 - self.value) / self.of + squared / (4 * self.of * self.of))
        whole = 1 + squared / self.of
        low = (centre - spread) / whole if self.count else 0.0
        high = (centre + spread) / whole if self.count < self.of else 1.0
        return low, high


class TooEarly(Value):
    """A step that started before a step that it needs was done, and in how many restarts."""

    step: Step
    needed: Step
    reason: str
    share: Share


class Makespan(Value):
    """How long restarts took from their begin until all drivers were ready, in seconds: the mean and percentiles."""

    mean: float = 0.0
    median: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    longest: float = 0.0


class CriticalStep(Value):
    """A step that decided in a share of all restarts when they ended.

    ``seconds`` are its seconds in these, per restart: so many of the mean makespan are its own, and with a step that is
    1 % faster, the makespan is shorter by 1 % of them. ``correlation`` is that of its duration with the makespan.
    """

    step: Step
    share: Share
    seconds: float
    correlation: float


class Simulation(Value):
    """Many restarts under one schedule.

    ``hit`` counts the restarts in which anything was too early; ``victims`` in how many each driver was. ``assumed``
    steps have no timing of their own. ``steps`` are those that were critical, those first that the makespan has most
    seconds of. ``verified`` restarts were computed, and run by the executor as well. ``requested`` is how many restarts
    were to be simulated; fewer were if the simulation was interrupted. ``changed`` is the same with ``changes`` of
    timings.
    """

    schedule: Schedule
    seed: int
    hit: Share
    edges: tuple[TooEarly, ...]
    victims: tuple[tuple[str, Share], ...]
    assumed: tuple[Step, ...]
    makespan: Makespan = Makespan()
    steps: tuple[CriticalStep, ...] = ()
    verified: int = 0
    requested: int = 0
    changes: tuple[str, ...] = ()
    changed: Simulation | None = None
    is_cut: bool = False

    @property
    def interrupted(self) -> bool:
        """Whether it ended before all restarts were simulated."""
        return self.is_cut or self.hit.of < self.requested

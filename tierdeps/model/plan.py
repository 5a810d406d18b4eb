"""The plan: what is shown, locked, compared and run is always this one frozen value."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, force_setattr
from tierdeps.model.declarations import OnSkipped
from tierdeps.model.edges import Step
from tierdeps.model.policy import DEFAULT_POLICY, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model.declarations import Kind
    from tierdeps.model.origin import Origin
    from tierdeps.model.process import Process


class Wait(Value):
    """What a step waits for: another driver's step.

    ``target`` is the driver or the capability as it was declared: the name by which a lifecycle looks it up.
    ``skipped`` says whether the waiting driver is blocked if that driver is skipped.
    """

    step: Step
    kind: Kind
    target: str
    when: str | None = None
    skipped: OnSkipped = OnSkipped.PASS


class Inactive(Value):
    """A dependency that is not in the plan because the fact on which it is conditional, ``when``, does not hold.

    A lifecycle may nevertheless look up its target, from ``phase`` on, and gets None. ``drivers`` are those that the
    target can mean.
    """

    kind: Kind
    target: str
    phase: str
    when: str
    drivers: tuple[str, ...] = ()

    def is_named(self, name: str) -> bool:
        """Return whether a lifecycle looks it up by this name."""
        return name == self.target or self.target.startswith(f"{name}:") or name in self.drivers


class PlannedDriver(Value):
    """A driver at its position in the plan.

    ``stage`` counts from 1 within the tier; ``waits`` has one tuple for each phase; ``absent`` are the targets that it
    can do without and that nobody provides; ``inactive`` are the dependencies whose fact does not hold. ``blocked`` is
    the finding that keeps it from being started, in a plan of what can start of a graph with errors.
    """

    name: str
    tier: str
    stage: int
    phases: tuple[str, ...]
    waits: tuple[tuple[Wait, ...], ...]
    lifecycle: type[Lifecycle] | str | None = None
    absent: tuple[str, ...] = ()
    disabled: bool = False
    origin: Origin | None = None
    policy: Policy = DEFAULT_POLICY
    timing: tuple[tuple[str, str], ...] = ()
    process: Process | None = None
    inactive: tuple[Inactive, ...] = ()
    blocked: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, in its own order."""
        return tuple(Step(self.name, phase) for phase in self.phases)


class PlannedTier(Value):
    """A tier that has drivers: its name, and its stages of driver names, sorted."""

    name: str
    stages: tuple[tuple[str, ...], ...]

    @property
    def drivers(self) -> tuple[str, ...]:
        """Its drivers, stage by stage."""
        return tuple(name for stage in self.stages for name in stage)


class Plan(Value, dict=True):
    """Tiers of stages of drivers, with what each step waits for and the facts that were assumed.

    ``problems`` are the errors of the graph that concern none of the drivers, in a plan of what can start all the same.
    """

    tiers: tuple[PlannedTier, ...]
    drivers: Mapping[str, PlannedDriver]
    facts: Mapping[str, bool] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.drivers, dict):
            force_setattr(self, "drivers", MappingProxyType(self.drivers.copy()))
        force_setattr(self, "facts", MappingProxyType(dict(sorted(self.facts.items()))))

    def __iter__(self) -> Iterator[PlannedDriver]:
        """Walk the drivers in their order."""
        return (self.drivers[name] for tier in self.tiers for name in tier.drivers)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, tiers, stages, phases and dependencies; origins do not count."""
        import json
        from hashlib import sha256

        content = [
            [
                driver.name,
                driver.tier,
                driver.stage,
                driver.phases,
                [[_digested(wait) for wait in waits] for waits in driver.waits],
            ]
            for driver in self
        ]
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        return f"sha256:{sha256(text.encode()).hexdigest()}"


def _digested(wait: Wait) -> list[object]:
    """Return what counts of a wait; what is as it mostly is, is omitted."""
    skipped = [wait.skipped] if wait.skipped is not OnSkipped.PASS else []
    return [*wait.step, wait.kind, wait.when, *skipped]

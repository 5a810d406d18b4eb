"""The plan: what is shown, locked, compared and run is always this one frozen value."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value, field, force_setattr, replace
from tierdeps.errors import DisabledTargetError, UnknownNameError
from tierdeps.model.coupling import UNCOUPLED, Coupling
from tierdeps.model.edges import Step
from tierdeps.model.kind import Kind, OnSkipped
from tierdeps.model.policy import DEFAULT_POLICY, Policy

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Sequence

    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model.origin import Origin
    from tierdeps.model.process import Process

#: Where a subset keeps the plan that it is taken from: in its ``vars``, as no field, so that equality ignores it.
_WHOLE = "_whole"


class Wait(Value):
    """What a step waits for: another driver's step.

    ``target`` is the driver or the capability as it was declared: the name by which a lifecycle looks it up.
    ``skipped`` says whether the waiting driver is blocked if that driver is skipped, ``coupling`` what becomes of it if
    that one fails, is lost, or is started again. ``of`` is the target of a quorum, empty for what is none: the waits of
    a step with the same one are its members, of which ``coupling.atleast`` must be ready.
    """

    step: Step
    kind: Kind
    target: str
    when: str | None = None
    skipped: OnSkipped = OnSkipped.PASS
    coupling: Coupling = UNCOUPLED
    of: str = ""

    @property
    def needs_success(self) -> bool:
        """Whether the waiting driver is blocked if that step fails."""
        return self.kind is Kind.REQUIRES and not self.coupling.passes_failed


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
    the finding that keeps it from being started, in a plan of what can start of a graph with errors. ``host`` is the
    host that it runs on; None where the engine decides.
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
    host: str | None = None

    @property
    def runs_nothing(self) -> bool:
        """Whether it has neither a lifecycle nor a process: it is ready once its dependencies allow it."""
        return self.lifecycle is None and self.process is None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, in its own order."""
        return tuple(Step(self.name, phase) for phase in self.phases)


class PlanRow(NamedTuple):
    """What a list of the order says of a driver; ``package`` is where it comes from."""

    name: str
    stage: int
    package: str
    host: str | None
    disabled: bool
    runs_nothing: bool


class PlainDriver(NamedTuple):
    """A driver with the one phase ``start`` that waits for drivers that it requires, sorted; nothing is run for it.

    ``source`` is an origin from where it is too; line and key need not be its own.
    """

    requires: Sequence[str]
    source: Origin


class PlannedDrivers(Mapping[str, PlannedDriver]):
    """Planned drivers by name that are made when they are looked up."""

    @abstractmethod
    def plain_driver(self, name: str) -> PlainDriver | None:
        """Return what there is to say of a driver, without making it; None where there may be more."""

    @abstractmethod
    def rows(self, tier: PlannedTier) -> Iterator[PlanRow]:
        """Yield a row for each driver of a tier, without making the driver."""

    @property
    @abstractmethod
    def runs_nothing(self) -> bool:
        """Whether no driver has a lifecycle or a process, which is known without making each."""

    @property
    @abstractmethod
    def shared_package(self) -> str | None:
        """Where all drivers come from, if their rows say nothing else of any; None where they may say more."""


class PlannedTier(Value):
    """A tier that has drivers: its name, and its stages of driver names, sorted."""

    name: str
    stages: tuple[tuple[str, ...], ...]

    @property
    def drivers(self) -> tuple[str, ...]:
        """Its drivers, stage by stage."""
        return tuple(chain.from_iterable(self.stages))


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
        return map(self.drivers.__getitem__, chain.from_iterable(tier.drivers for tier in self.tiers))

    @property
    def stages(self) -> dict[str, int]:
        """The stage of each driver."""
        stages = (pair for tier in self.tiers for pair in enumerate(tier.stages, 1))
        return {name: number for number, names in stages for name in names}

    @cached_property
    def runs_nothing(self) -> bool:
        """Whether nothing is run for any driver: the plan is a model of an order alone."""
        if isinstance(self.drivers, PlannedDrivers):
            return self.drivers.runs_nothing
        return all(driver.runs_nothing for driver in self.drivers.values())

    def rows(self, tier: PlannedTier) -> Iterator[PlanRow]:
        """Yield a row for each driver of a tier, in their order."""
        if isinstance(self.drivers, PlannedDrivers):
            return self.drivers.rows(tier)
        drivers = (self.drivers[name] for name in tier.drivers)
        return (
            PlanRow(
                driver.name,
                driver.stage,
                driver.origin.package if driver.origin else "",
                driver.host,
                driver.disabled,
                driver.runs_nothing,
            )
            for driver in drivers
        )

    @property
    def shared_package(self) -> str | None:
        """Where all drivers come from, if their rows say nothing else of any; None where they may say more."""
        return self.drivers.shared_package if isinstance(self.drivers, PlannedDrivers) else None

    def plain_driver(self, name: str) -> PlainDriver | None:
        """Return what there is to say of a driver, without making it; None where there may be more."""
        return self.drivers.plain_driver(name) if isinstance(self.drivers, PlannedDrivers) else None

    def is_milestone(self, driver: PlannedDriver | PlanRow) -> bool:
        """Return whether nothing is run for a driver, while something is for others: it only orders these."""
        return driver.runs_nothing and not driver.disabled and not self.runs_nothing

    @property
    def whole(self) -> Plan:
        """The plan that this one is a subset of, or else itself.

        That of a graph with targets has all drivers that are declared, in no order.
        """
        whole: Plan = vars(self).get(_WHOLE, self)
        return whole

    def part_of(self, whole: Plan) -> Plan:
        """Return this plan, with the one that it is a part of as its ``whole``."""
        part = replace(self)
        vars(part)[_WHOLE] = whole.whole
        return part

    def subset(self, targets: Iterable[str]) -> Plan:
        """Return the plan of some drivers and what they require or want, each at its position.

        Raises UnknownNameError or DisabledTargetError.
        """
        kept: set[str] = set()
        stack = list(targets)
        for name in stack:
            if name not in self.drivers:
                raise UnknownNameError("driver", name, self.drivers)
            if self.drivers[name].disabled:
                raise DisabledTargetError(name)
        while stack:
            name = stack.pop()
            if name not in kept:
                kept.add(name)
                waits = (wait for group in self.drivers[name].waits for wait in group)
                stack.extend(wait.step.driver for wait in waits if wait.kind in (Kind.REQUIRES, Kind.WANTS))
        return self.restricted(kept)

    def restricted(self, kept: Collection[str]) -> Plan:
        """Return the plan of some drivers, each at its position; one that waits for others no longer does."""
        tiers = (_subset_of_tier(tier, kept) for tier in self.tiers)
        drivers = {name: _without_waits(self.drivers[name], kept) for name in self.drivers if name in kept}
        return replace(self, tiers=tuple(tier for tier in tiers if tier.stages), drivers=drivers).part_of(self)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, tiers, stages, phases, dependencies and hosts; origins do not count."""
        from tierdeps._util.sha256 import sha256

        text = ",".join(_digested_drivers(self))
        return f"sha256:{sha256(f'[{text}]'.encode()).hexdigest()}"


def _subset_of_tier(tier: PlannedTier, kept: Container[str]) -> PlannedTier:
    stages = (tuple(name for name in stage if name in kept) for stage in tier.stages)
    return PlannedTier(tier.name, tuple(stage for stage in stages if stage))


def _without_waits(driver: PlannedDriver, kept: Container[str]) -> PlannedDriver:
    """Return a driver that waits for kept ones only; its lifecycle may still look the others up, and gets None."""
    waits = tuple(tuple(wait for wait in group if wait.step.driver in kept) for group in driver.waits)
    gone = {wait.target for group in driver.waits for wait in group if wait.step.driver not in kept}
    return replace(driver, waits=waits, absent=(*driver.absent, *sorted(gone)))


def _digested_drivers(plan: Plan) -> Iterator[str]:
    """Yield the JSON text of each driver; no value is made for those of which there is little to say."""
    from json.encoder import encode_basestring_ascii as quoted

    for tier in plan.tiers:
        tier_text = quoted(tier.name)
        for number, stage in enumerate(tier.stages, 1):
            for name in stage:
                plain = plan.plain_driver(name)
                if plain is None:
                    yield _digested_driver(plan.drivers[name])
                else:
                    waits = ",".join([f'[{quoted(needed)},"start","requires",null]' for needed in plain.requires])
                    yield f'[{quoted(name)},{tier_text},{number},["start"],[[{waits}]]]'


def _digested_driver(driver: PlannedDriver) -> str:
    import json

    content = [
        driver.name,
        driver.tier,
        driver.stage,
        driver.phases,
        [[_digested_wait(wait) for wait in waits] for waits in driver.waits],
        *([driver.host] if driver.host is not None else []),
    ]
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


def _digested_wait(wait: Wait) -> list[object]:
    """Return what counts of a wait; what is as it mostly is, is omitted."""
    skipped = [wait.skipped] if wait.skipped is not OnSkipped.PASS else []
    coupling = [wait.coupling.terms] if wait.coupling != UNCOUPLED else []
    return [*wait.step, wait.kind, wait.when, *skipped, *coupling, *([wait.of] if wait.of else [])]

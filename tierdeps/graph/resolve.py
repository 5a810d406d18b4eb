"""The target of each dependency is resolved: a driver, a capability, or either with a phase."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Dependency, Driver, Edge, Kind, Step
from tierdeps.model.templates import ALL_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Mapping


#: The phases of a driver with more are looked up in a set.
MAX_LISTED_PHASES = 20
#: The verbs that mean one provider of a capability; the others mean all of them.
_OF_ONE_PROVIDER = (Kind.REQUIRES, Kind.WANTS, Kind.PULLS)


class Problem(StrEnum):
    """Why a target cannot be resolved."""

    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    WRONG_CHOICE = "wrong choice"
    UNKNOWN_PHASE = "unknown phase"
    ITSELF = "itself"
    QUORUM = "quorum"


class Unresolved(Value):
    """A dependency whose target cannot be resolved, and why.

    ``subject`` is the name that was looked up; ``candidates`` are what it could have been: the providers of an
    ambiguous capability, the phases of a driver, or the drivers of which a quorum needs more than there are.
    """

    driver: str
    dependency: Dependency
    problem: Problem
    subject: str
    candidates: tuple[str, ...] = ()


class Resolution(Value):
    """What one dependency resolves to: no edge where its target is absent and may be."""

    edges: tuple[Edge, ...] = ()
    problems: tuple[Unresolved, ...] = ()


class Target(Value):
    """A parsed target: the drivers it can mean, the capability they were found by, and the phase that is named.

    ``all_instances`` says that it means all of the drivers, being their name with ``@*``.
    """

    drivers: tuple[str, ...]
    via: str = ""
    phase: str | None = None
    all_instances: bool = False


class Resolver:
    """Resolves targets among drivers and capabilities; ``choices`` name the provider chosen for a capability."""

    def __init__(self, drivers: Mapping[str, Driver], choices: Mapping[str, str]) -> None:
        self._drivers = drivers
        self.choices = choices
        self._phases: dict[str, frozenset[str]] = {}

    @cached_property
    def providers(self) -> dict[str, tuple[str, ...]]:
        """The drivers that provide each capability."""
        found: dict[str, list[str]] = {}
        for driver in self._drivers.values():
            for capability in driver.provides:
                found.setdefault(capability, []).append(driver.name)
        return {capability: tuple(names) for capability, names in found.items()}

    @cached_property
    def instances(self) -> dict[str, tuple[str, ...]]:
        """The instances of each name that has any, sorted; the keys are as in a target, ``worker@*``."""
        found: dict[str, list[str]] = {}
        for name in sorted(name for name in self._drivers if "@" in name):
            for place, letter in enumerate(name):
                if letter == "@" and 0 < place < len(name) - 1:
                    found.setdefault(f"{name[:place]}{ALL_INSTANCES}", []).append(name)
        return {pattern: tuple(names) for pattern, names in found.items()}

    def has_phase(self, driver: Driver, phase: str) -> bool:
        """Return whether a driver has a phase; of a driver with many of them, this takes no longer."""
        if len(driver.phases) <= MAX_LISTED_PHASES or self._drivers.get(driver.name) is not driver:
            return phase in driver.phases
        if driver.name not in self._phases:
            self._phases[driver.name] = frozenset(driver.phases)
        return phase in self._phases[driver.name]

    def look_up(self, target: str) -> Target:
        """Parse a target: first as a name, and only then with the text after its last colon as a phase.

        A driver's name wins over a capability, and both over the pattern of all instances.
        """
        name, colon, phase = target.rpartition(":")
        candidates = [(target, None), (name, phase)] if colon else [(target, None)]
        for subject, named_phase in candidates:
            if subject in self._drivers:
                return Target((subject,), "", named_phase)
            if subject in self.providers:
                return Target(self.providers[subject], subject, named_phase)
            if subject.endswith(ALL_INSTANCES) and subject in self.instances:
                return Target(self.instances[subject], "", named_phase, all_instances=True)
        return Target(())

    def resolve(self, driver: Driver, dependency: Dependency) -> Resolution:
        """Return the edges of one dependency of a driver, or why there are none.

        The phase of the driver itself is checked even where the target is absent: the target may be present elsewhere.
        """
        wrong_phase = self._own_phase(driver, dependency)
        target = self.look_up(dependency.target)
        chosen = self._choose(driver, dependency, target)
        if isinstance(chosen, Unresolved):
            return Resolution(problems=(*wrong_phase, chosen))
        if wrong_phase:
            return Resolution(problems=wrong_phase)
        edges: list[Edge] = []
        problems: list[Unresolved] = []
        if chosen and len(chosen) < (dependency.coupling.atleast or 0):
            problems.append(Unresolved(driver.name, dependency, Problem.QUORUM, dependency.target, chosen))
        for name in chosen:
            found = self._connect(driver, dependency, target, self._drivers[name])
            if isinstance(found, Edge):
                edges.append(found)
            else:
                problems.append(found)
        return Resolution(tuple(edges), tuple(dict.fromkeys(problems) if len(problems) > 1 else problems))

    def _own_phase(self, driver: Driver, dependency: Dependency) -> tuple[Unresolved, ...]:
        phase = dependency.phase
        if phase is None or self.has_phase(driver, phase):
            return ()
        subject = f"{driver.name}:{phase}"
        return (Unresolved(driver.name, dependency, Problem.UNKNOWN_PHASE, subject, driver.phases),)

    def _choose(self, driver: Driver, dependency: Dependency, target: Target) -> tuple[str, ...] | Unresolved:
        """Return the drivers that are meant: one provider for a need, all for order, conflicts and a quorum."""
        if not target.via:
            return self._by_name(driver, dependency, target)
        others = target.drivers
        if target.via in driver.provides:
            others = tuple(name for name in others if name != driver.name)
        if dependency.kind not in _OF_ONE_PROVIDER:
            return others
        if not others and dependency.needs_target:
            return Unresolved(driver.name, dependency, Problem.MISSING, target.via)
        if dependency.coupling.atleast is not None:
            return others
        return self._by_choice(driver, dependency, target, others)

    def _by_choice(
        self, driver: Driver, dependency: Dependency, target: Target, others: tuple[str, ...]
    ) -> tuple[str, ...] | Unresolved:
        choice = self.choices.get(target.via)
        if choice is not None and choice not in target.drivers:
            return Unresolved(driver.name, dependency, Problem.WRONG_CHOICE, target.via, (choice, *target.drivers))
        if choice is not None and choice != driver.name:
            return (choice,)
        if len(others) > 1:
            return Unresolved(driver.name, dependency, Problem.AMBIGUOUS, target.via, others)
        return others

    @staticmethod
    def _by_name(driver: Driver, dependency: Dependency, target: Target) -> tuple[str, ...] | Unresolved:
        if target.all_instances:
            others = tuple(name for name in target.drivers if name != driver.name)
            if others or not dependency.needs_target:
                return others
        elif target.drivers == (driver.name,):
            if dependency.kind is Kind.CONFLICTS:
                return ()
            return Unresolved(driver.name, dependency, Problem.ITSELF, driver.name)
        if dependency.needs_target and (target.all_instances or not target.drivers):
            return Unresolved(driver.name, dependency, Problem.MISSING, dependency.target)
        return target.drivers

    def _connect(self, driver: Driver, dependency: Dependency, target: Target, other: Driver) -> Edge | Unresolved:
        """Return the edge between two drivers, with default phases filled in.

        By default the first phase of the dependent needs the last phase of the other driver; ``before``,
        ``required_by`` and ``wanted_by`` are declared by the driver that is needed, so there it is the last phase of
        the declaring driver and the first of the other.
        """
        mirrored = dependency.kind.is_mirrored
        own_phase = driver.phases[-1 if mirrored else 0] if dependency.phase is None else dependency.phase
        other_phase = other.phases[0 if mirrored else -1] if target.phase is None else target.phase
        if not self.has_phase(other, other_phase):
            subject = f"{other.name}:{other_phase}"
            return Unresolved(driver.name, dependency, Problem.UNKNOWN_PHASE, subject, other.phases)
        own_step, other_step = Step(driver.name, own_phase), Step(other.name, other_phase)
        dependent, needed = (other_step, own_step) if mirrored else (own_step, other_step)
        return Edge(dependent, needed, dependency, driver.name, target.via)

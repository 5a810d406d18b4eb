"""What a graph says of its declarations: what is absent, conditional on a fact, or declared from the other side."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from tierdeps.graph.resolve import Resolver
from tierdeps.model import Kind
from tierdeps.model.hosts import sorted_hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tierdeps.model import Declarations, Dependency, Driver, Origin


class DeclaredGraph:
    """The part of a dependency graph that no edge is needed for; ``DependencyGraph`` is the whole."""

    declarations: Declarations
    drivers: Mapping[str, Driver]

    @property
    def origins(self) -> Iterator[Origin]:
        """The origins of drivers, of their dependencies, and of tiers; of equal packages one may stand for all."""
        for driver in self.drivers.values():
            yield driver.origin
            yield from (item.origin for item in driver.dependencies)
        yield from (tier.origin for tier in self.declarations.tiers)

    @cached_property
    def absent(self) -> Mapping[str, tuple[Driver, ...]]:
        """The drivers that are absent because the fact that they are conditional on does not hold, by name."""
        found: dict[str, list[Driver]] = {}
        for driver in self.declarations.drivers:
            if driver.when is not None and driver.name not in self.drivers:
                found.setdefault(driver.name, []).append(driver)
        return {name: tuple(group) for name, group in sorted(found.items())}

    def absent_meant_by(self, target: str) -> tuple[Driver, ...]:
        """Return the drivers that a target means and that are absent because their fact does not hold."""
        if not self.absent:
            return ()
        return tuple(
            driver for name in self._resolver_of_absent.look_up(target).drivers for driver in self.absent[name]
        )

    @cached_property
    def _resolver_of_absent(self) -> Resolver:
        return Resolver({name: group[0] for name, group in self.absent.items()}, {})

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """The soft dependencies on what no driver is or provides, and that are not optional, as (driver, dependency).

        Whatever the facts. A hard dependency of this kind is unresolved.
        """
        found = (
            (driver.name, dependency)
            for driver in self.drivers.values()
            for dependency in driver.dependencies
            if dependency.kind is not Kind.REQUIRES
            and not dependency.optional
            and not self.resolver.look_up(dependency.target).drivers
            and not self.absent_meant_by(dependency.target)
        )
        return tuple(sorted(found, key=lambda item: (item[0], item[1].sort_key)))

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that drivers run on, sorted."""
        return sorted_hosts(driver.host for driver in self.drivers.values())

    @cached_property
    def unknown_hosts(self) -> tuple[str, ...]:
        """The drivers on the hosts of an unknown group, or on a host that is in no group where there are groups."""
        groups = self.declarations.hosts
        known = {host for hosts in groups.values() for host in hosts}
        found = (
            driver.name
            for driver in self.drivers.values()
            if driver.hosts or (groups and driver.host is not None and driver.host not in known)
        )
        return tuple(sorted(found))

    @cached_property
    def conditional(self) -> Mapping[str, Sequence[tuple[str, Dependency]]]:
        """The dependencies that are conditional on each fact, as (driver, dependency), sorted."""
        found: dict[str, list[tuple[str, Dependency]]] = {}
        for driver in self.drivers.values():
            for dependency in sorted(driver.dependencies, key=lambda item: item.sort_key):
                if dependency.when is not None:
                    found.setdefault(dependency.when, []).append((driver.name, dependency))
        return found

    @cached_property
    def conditional_drivers(self) -> Mapping[str, Sequence[Driver]]:
        """The drivers that are conditional on each fact, present or absent."""
        found: dict[str, list[Driver]] = {}
        for driver in self.declarations.drivers:
            if driver.when is not None:
                found.setdefault(driver.when, []).append(driver)
        return found

    @cached_property
    def mirrored(self) -> Mapping[str, Sequence[tuple[Driver, Dependency]]]:
        """What other drivers declare that a driver needs of them, as (declarer, dependency), whatever the facts."""
        declared = ((driver, item) for driver in self.declarations.drivers for item in driver.dependencies)
        return self._by_dependent(declared)

    def _by_dependent(
        self, declared: Iterable[tuple[Driver, Dependency]]
    ) -> Mapping[str, Sequence[tuple[Driver, Dependency]]]:
        found: dict[str, list[tuple[Driver, Dependency]]] = {}
        for driver, item in declared:
            if item.kind.of_dependent is not item.kind:
                for name in self.resolver.look_up(item.target).drivers:
                    found.setdefault(name, []).append((driver, item))
        return {
            name: sorted(items, key=lambda one: (one[0].name, one[1].sort_key)) for name, items in sorted(found.items())
        }

    @cached_property
    def mentioned_facts(self) -> tuple[str, ...]:
        """The facts that some driver or dependency is conditional on, sorted."""
        drivers = self.declarations.drivers
        found = {driver.when for driver in drivers}
        found.update(map(attrgetter("when"), chain.from_iterable(map(attrgetter("dependencies"), drivers))))
        return tuple(sorted(name for name in found if name is not None))

    @cached_property
    def facts(self) -> dict[str, bool]:
        """The value of each mentioned fact."""
        return {name: self.declarations.facts.get(name, False) for name in self.mentioned_facts}

    @cached_property
    def resolver(self) -> Resolver:
        """What resolves targets."""
        return Resolver(self.drivers, self.declarations.choices)

"""The nearest known name for a target that is unknown."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

from tierdeps._util.suggest import KnownNames
from tierdeps.model.templates import ALL_INSTANCES

if TYPE_CHECKING:
    from tierdeps.graph import DependencyGraph


class TargetNames:
    """All names that a target can have; collected only where one is unknown, since there may be a million."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._nearest = cache(self._nearest_of_all)  # many drivers may name one target
        self._phases = cache(self._phases_of)

    @cached_property
    def _all(self) -> KnownNames:
        resolver = self._graph.resolver
        return KnownNames((*self._graph.drivers, *resolver.providers, *resolver.instances))

    def _nearest_of_all(self, target: str) -> str | None:
        return self._all.nearest(target)

    def nearest_to(self, target: str, driver: str) -> str | None:
        """Return the target that a driver most likely means: neither the same name nor the driver itself.

        The phase that is named is kept, or replaced by the nearest one that there is.
        """
        subject, colon, phase = target.rpartition(":")
        if colon and (owner := self._other(subject, driver)):
            meant = self._phases(owner).nearest(phase)
            return f"{owner}:{meant}" if meant else owner
        return self._other(target, driver)

    def _other(self, name: str, driver: str) -> str | None:
        if (every := f"{name}{ALL_INSTANCES}") in self._graph.resolver.instances:
            return every
        near = self._nearest(name)
        return self._all.nearest(name, name, driver) if near in (name, driver) else near

    def _phases_of(self, owner: str) -> KnownNames:
        drivers = self._graph.drivers
        providers = self._graph.resolver.look_up(owner).drivers
        return KnownNames(phase for provider in providers for phase in drivers[provider].phases)

"""What a bulk graph offers by name and by step, and its driver graph: indices inside, values made on look-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, cast

from tierdeps.compact import CompactGraph
from tierdeps.compact.adjacency import from_edges, with_edges
from tierdeps.graph.resolve import Resolution, Resolver, Unresolved
from tierdeps.graph.tiers import Membership
from tierdeps.model import Driver, Step

if TYPE_CHECKING:
    from collections.abc import Collection

    import networkx as nx

    from tierdeps.graph.bulk.drivers import BulkDrivers
    from tierdeps.graph.tiers import TierOrder

#: The one phase of each bulk driver.
PHASE = "start"
#: The number of cached drivers: one that is looked up is often looked up again soon.
CACHED_DRIVERS = 256


class DriversByName(Mapping[str, Driver]):
    """Bulk drivers by their names."""

    def __init__(self, drivers: BulkDrivers) -> None:
        self._drivers = drivers
        self._driver_at = lru_cache(CACHED_DRIVERS)(drivers.__getitem__)

    @cached_property
    def index(self) -> dict[str, int]:
        """The index of each driver."""
        return dict(zip(self._drivers.names, range(len(self._drivers)), strict=True))

    def __getitem__(self, name: str) -> Driver:
        return self._driver_at(self.index[name])

    def __contains__(self, name: object) -> bool:
        return name in self.index

    def __iter__(self) -> Iterator[str]:
        return iter(self._drivers.names)

    def __len__(self) -> int:
        return len(self._drivers)


class BulkSteps(Sequence[Step]):
    """The steps of bulk drivers, one each."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __getitem__(self, index: int) -> Step:  # type: ignore[override]  # slices are never taken
        return Step(self._names[index], PHASE)

    def __len__(self) -> int:
        return len(self._names)


class StepIndex(Mapping[Step, int]):
    """The index of each step: that of its driver."""

    def __init__(self, drivers: DriversByName) -> None:
        self._drivers = drivers

    def __getitem__(self, step: Step) -> int:
        return self._drivers.index[step.driver]

    def __iter__(self) -> Iterator[Step]:
        return (Step(name, PHASE) for name in self._drivers)

    def __len__(self) -> int:
        return len(self._drivers)


class BulkResolver(Resolver):
    """Resolves names where there are no capabilities."""

    @cached_property
    def providers(self) -> dict[str, tuple[str, ...]]:
        """None: bulk drivers provide nothing."""
        return {}


class BulkMembership(Membership):
    """All drivers belong to the one tier."""

    def __init__(self, drivers: Mapping[str, Driver], graph: CompactGraph[str], order: TierOrder) -> None:
        super().__init__(drivers, lambda: cast("nx.DiGraph[str]", graph), order)

    @cached_property
    def named(self) -> Mapping[str, str | None]:
        """None for each driver."""
        return dict.fromkeys(self._drivers)

    @cached_property
    def is_any_named(self) -> bool:
        """Return False: no driver names a tier."""
        return False

    def is_named(self, driver: str) -> bool:  # noqa: ARG002
        """Return False: no driver names a tier."""
        return False

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """None: no driver names a tier."""
        return ()

    @cached_property
    def rank(self) -> dict[str, int]:
        """The first rank, for all."""
        return dict.fromkeys(self._drivers, 0)


def build_driver_graph(
    drivers: BulkDrivers, resolver: Resolver, added: Collection[tuple[int, int]] = ()
) -> tuple[CompactGraph[str], tuple[Unresolved, ...]]:
    """Return the driver graph, and the requirements without an edge in it because they cannot be resolved.

    ``added`` are edges beside the requirements, each as the indices of a driver and of what it needs.

    Most often every requirement resolves, and the adjacency of the drivers is that of the graph: nothing is looked at
    one by one. Absent targets are known from interning, and a driver that requires itself is in no generation.
    """
    # ``needs`` has the needed drivers of each: exactly the predecessors in a graph whose edges run to the dependents.
    graph = CompactGraph(drivers.names, with_edges(drivers.needs, added))
    if not drivers.absent and (graph.acyclic or not _any_needs_itself(graph)):
        return graph, ()
    problems: list[Unresolved] = []
    incoming = from_edges(len(drivers), chain(_resolved_edges(drivers, resolver, problems), added))
    return CompactGraph(drivers.names, incoming), tuple(dict.fromkeys(problems))


def _any_needs_itself(graph: CompactGraph[str]) -> bool:
    """Return whether a driver requires itself; only nodes that are in no generation can."""
    candidates = set(range(len(graph))).difference(graph.generations.order)
    return any(node in graph.incoming.neighbours(node) for node in candidates)


def _resolved_edges(drivers: BulkDrivers, resolver: Resolver, problems: list[Unresolved]) -> Iterator[tuple[int, int]]:
    """Yield the edges. Only requirements of absent targets, or of the driver itself, go through the resolver.

    An absent target may still be a driver's name with a phase, ``"secret:start"``.
    """
    known = len(drivers)
    index_of = {name: index for index, name in enumerate(drivers.names)}
    for index in range(known):
        targets = drivers.needs.neighbours(index)
        unresolved = {target for target in targets if target >= known or target == index}
        yield from ((index, target) for target in targets if target not in unresolved)
        if unresolved:
            found = _resolve(drivers[index], {drivers.name_at(target) for target in unresolved}, resolver)
            problems.extend(problem for item in found for problem in item.problems)
            yield from ((index, index_of[edge.needed.driver]) for item in found for edge in item.edges)


def _resolve(driver: Driver, targets: set[str], resolver: Resolver) -> list[Resolution]:
    dependencies = sorted(driver.dependencies, key=lambda item: item.sort_key)
    return [resolver.resolve(driver, item) for item in dependencies if item.target in targets]

"""One side of a comparison: the edges of a graph and where its drivers are, as plain values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps.analysis.diff.edges import EdgesByDriver, ListedEdges, RenamedEdges, RequirementEdges, renamed_edge
from tierdeps.analysis.why import DecidingEdges, NearbyEdges
from tierdeps.graph.errors import GraphError
from tierdeps.model import Dependency, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Coupling, Cycle, Edge, Step

#: What identifies an edge: who waits for whom, how, under which fact, and what the target's fate does to it.
EdgeKey = tuple["Step", "Step", Kind, str | None, bool, "Coupling"]


class PlacedDriver(Value):
    """Where a driver is; ``named`` is the tier that it names itself, ``stage`` is None where there is no order."""

    tier: str
    stage: int | None
    named: str | None
    phases: tuple[str, ...]
    disabled: bool = False
    host: str | None = None


class Unmet(Value):
    """A dependency whose target cannot be resolved, or is absent."""

    driver: str
    dependency: Dependency

    @property
    def key(self) -> tuple[object, ...]:
        """What identifies it in another graph: not who declared it, nor why."""
        return self.driver, self.dependency.kind, self.dependency.target, self.dependency.phase, self.dependency.when


class Snapshot(Value, dict=True):
    """What is compared; ``tiers`` are those declared, in their order.

    ``edges`` has every edge, whatever its fact, and conflicts too; ``cycles`` and ``inversions`` are those of the
    worst case. ``facts`` and the drivers' places are this host's. Of a graph with ``targets`` it has the active
    drivers.
    """

    name: str
    drivers: Mapping[str, PlacedDriver]
    tiers: tuple[str, ...]
    edges: EdgesByDriver
    unmet: tuple[Unmet, ...]
    facts: Mapping[str, bool]
    cycles: tuple[Cycle, ...]
    inversions: tuple[Edge, ...]
    ordered: bool
    targets: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[EdgeKey, Edge]:
        """Its edges by what identifies them; equal ones once."""
        return by_key(self.edges)

    def active_of(self, driver: str) -> list[Edge]:
        """Return the edges of a driver that order it under the facts."""
        return [
            edge
            for edge in self.edges.of(driver)
            if edge.kind.orders and (edge.when is None or self.facts.get(edge.when, False))
        ]

    def is_active(self, dependent: str, needed: str) -> bool:
        """Return whether one driver comes after another because of an active edge."""
        return any(edge.needed.driver == needed for edge in self.active_of(dependent))

    def has_order(self, dependent: Step, needed: Step) -> bool:
        """Return whether an edge leads from one step to another."""
        edges = self.edges.of(dependent.driver)
        return any((edge.dependent, edge.needed) == (dependent, needed) for edge in edges)

    def phases_of(self, driver: str) -> tuple[str, ...]:
        """Return the phases of a driver, in their order."""
        return self.drivers[driver].phases

    @cached_property
    def nearby_edges(self) -> NearbyEdges:
        """The edges that decide where single drivers are."""
        stages = {name: placed.stage for name, placed in self.drivers.items() if placed.stage is not None}
        return NearbyEdges(self.active_of, _PlacedTiers(self.drivers), stages)

    @cached_property
    def tier_edges(self) -> Mapping[str, Edge]:
        """For each driver whose tier is inferred, the first edge on the way to a driver that names the tier."""
        tiers = {name: placed.tier for name, placed in self.drivers.items()}
        named = frozenset(name for name, placed in self.drivers.items() if placed.named == placed.tier)
        active = (edge for name in self.drivers for edge in self.active_of(name))
        return DecidingEdges(active, tiers, {}, named).of_tier if named else {}


class _PlacedTiers:
    """The tiers of placed drivers."""

    def __init__(self, drivers: Mapping[str, PlacedDriver]) -> None:
        self._drivers = drivers

    @property
    def is_any_named(self) -> bool:
        return any(map(self.is_named, self._drivers))

    def is_named(self, driver: str) -> bool:
        return self._drivers[driver].named == self._drivers[driver].tier

    def __getitem__(self, driver: str) -> str:
        return self._drivers[driver].tier


def by_key(edges: Iterable[Edge]) -> dict[EdgeKey, Edge]:
    """Return edges by what identifies them; of equal ones the first."""
    return {edge_key(edge): edge for edge in reversed(list(edges))}


def edge_key(edge: Edge) -> EdgeKey:
    """Return what identifies an edge in another graph: not who declared it, nor why."""
    return edge.dependent, edge.needed, edge.kind, edge.when, edge.dependency.blocks_skipped, edge.coupling


def take_snapshot(name: str, graph: DependencyGraph, *, active_only: bool = False) -> Snapshot:
    """Return the snapshot of a graph, which need not have an order.

    With ``active_only`` it has just the edges that order drivers under the graph's facts: a lock has no others.
    """
    worst = graph if active_only or all(graph.facts.values()) else graph.with_all_facts()
    edges = _edges(graph, worst, active_only=active_only)
    stages = _stages(graph)
    return Snapshot(
        name,
        drivers=_placed(graph, stages),
        tiers=graph.tier_order.names if graph.tier_order.declared else (),
        edges=edges,
        unmet=() if active_only else tuple(_unmet(graph, edges)),
        facts=graph.facts,
        cycles=worst.cycles(),
        inversions=worst.inversions,
        ordered=bool(stages) or not graph.drivers,
        targets=graph.declarations.targets,
    )


def _edges(graph: DependencyGraph, worst: DependencyGraph, *, active_only: bool) -> EdgesByDriver:
    """Return the edges of the worst case between the drivers of a graph."""
    if graph.only_requires:
        return RequirementEdges(graph)
    edges = worst.edges if active_only else (*worst.edges, *worst.conflicts, *worst.pulls)
    known = graph.drivers  # a driver that is conditional on a fact is in the worst case alone
    if len(worst.drivers) > len(known):
        edges = tuple(edge for edge in edges if edge.dependent.driver in known and edge.needed.driver in known)
    return ListedEdges(edges)


def _placed(graph: DependencyGraph, stages: Mapping[str, int]) -> dict[str, PlacedDriver]:
    """Return where each driver is."""
    disabled, membership = graph.declarations.disabled, graph.membership
    if graph.only_requires:  # without making the drivers
        return {
            name: PlacedDriver(membership[name], stages.get(name), None, graph.phases_of(name), name in disabled)
            for name in graph.drivers
        }
    return {
        name: PlacedDriver(
            membership[name], stages.get(name), driver.tier, driver.phases, name in disabled, driver.host
        )
        for name, driver in graph.drivers.items()
    }


def _unmet(graph: DependencyGraph, edges: EdgesByDriver) -> Iterator[Unmet]:
    """Yield the dependencies that lead to no driver, though none is declared that they could lead to."""
    if graph.only_requires:
        names = sorted({item.driver for item in graph.unresolved})
        met = {(edge.declarer, edge.dependency) for edge in edges.among(names)}
    else:
        names = list(graph.drivers)
        met = {(edge.declarer, edge.dependency) for edge in edges}
    for name in names:
        for item in graph.drivers[name].dependencies:
            if (name, item) not in met and not _is_declared_elsewhere(graph, item):
                yield Unmet(name, item)


def _is_declared_elsewhere(graph: DependencyGraph, item: Dependency) -> bool:
    """Return whether a dependency leads to drivers that are declared, and not active or absent on this host."""
    if graph.absent_meant_by(item.target):
        return True
    if graph.whole is graph:
        return False
    meant = graph.resolver.look_up(item.target).drivers
    return bool(meant) and not any(name in graph.drivers for name in meant)


def _stages(graph: DependencyGraph) -> dict[str, int]:
    try:
        return graph.collapse().stages
    except GraphError:
        return {}


def renamed(snapshot: Snapshot, drivers: Mapping[str, str], tiers: Mapping[str, str]) -> Snapshot:
    """Return a snapshot in which some drivers and tiers have other names."""
    if not drivers and not tiers:
        return snapshot

    def edge(old: Edge) -> Edge:
        return renamed_edge(old, drivers)

    def tier(old: str) -> str:
        return tiers.get(old, old)

    return replace(
        snapshot,
        drivers={
            drivers.get(driver, driver): _in_tier(placed, tier(placed.tier), placed.named and tier(placed.named))
            for driver, placed in snapshot.drivers.items()
        },
        tiers=tuple(tier(item) for item in snapshot.tiers),
        edges=RenamedEdges(snapshot.edges, drivers) if drivers else snapshot.edges,
        unmet=tuple(replace(item, driver=drivers.get(item.driver, item.driver)) for item in snapshot.unmet),
        cycles=tuple(
            replace(
                cycle,
                members=tuple(sorted(drivers.get(member, member) for member in cycle.members)),
                edges=tuple(edge(item) for item in cycle.edges),
                feedback_arcs=tuple(edge(item) for item in cycle.feedback_arcs),
                other_feedback_arcs=tuple(tuple(edge(item) for item in items) for items in cycle.other_feedback_arcs),
                component_edges=tuple(edge(item) for item in cycle.component_edges),
            )
            for cycle in snapshot.cycles
        ),
        inversions=tuple(edge(item) for item in snapshot.inversions),
    )


def _in_tier(placed: PlacedDriver, tier: str, named: str | None) -> PlacedDriver:
    if (placed.tier, placed.named) == (tier, named):
        return placed
    return replace(placed, tier=tier, named=named)

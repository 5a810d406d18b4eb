"""One side of a comparison: the edges of a graph and where its drivers are, as plain values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps.analysis.why import DecidingEdges
from tierdeps.graph.errors import GraphError
from tierdeps.model import Dependency, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    edges: tuple[Edge, ...]
    unmet: tuple[Unmet, ...]
    facts: Mapping[str, bool]
    cycles: tuple[Cycle, ...]
    inversions: tuple[Edge, ...]
    ordered: bool
    targets: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[EdgeKey, Edge]:
        """Its edges by what identifies them; equal ones once."""
        return {edge_key(edge): edge for edge in reversed(self.edges)}

    @cached_property
    def active(self) -> tuple[Edge, ...]:
        """The edges that order its drivers under its facts."""
        return tuple(
            edge for edge in self.edges if edge.kind.orders and (edge.when is None or self.facts.get(edge.when, False))
        )

    @cached_property
    def driver_edges(self) -> frozenset[tuple[str, str]]:
        r"""The active edges as \(dependent driver, needed driver\)."""
        return frozenset((edge.dependent.driver, edge.needed.driver) for edge in self.active)

    @cached_property
    def deciding_edges(self) -> DecidingEdges:
        """The edges that decide where its drivers are."""
        tiers = {name: placed.tier for name, placed in self.drivers.items()}
        stages = {name: placed.stage for name, placed in self.drivers.items() if placed.stage is not None}
        named = frozenset(name for name, placed in self.drivers.items() if placed.named == placed.tier)
        return DecidingEdges(self.active, tiers, stages, named)


def edge_key(edge: Edge) -> EdgeKey:
    """Return what identifies an edge in another graph: not who declared it, nor why."""
    return edge.dependent, edge.needed, edge.kind, edge.when, edge.dependency.blocks_skipped, edge.coupling


def take_snapshot(name: str, graph: DependencyGraph, *, active_only: bool = False) -> Snapshot:
    """Return the snapshot of a graph, which need not have an order.

    With ``active_only`` it has just the edges that order drivers under the graph's facts: a lock has no others.
    """
    worst = graph if active_only or all(graph.facts.values()) else graph.with_all_facts()
    edges = worst.edges if active_only else (*worst.edges, *worst.conflicts, *worst.pulls)
    known = graph.drivers  # a driver that is conditional on a fact is in the worst case alone
    if len(worst.drivers) > len(known):
        edges = tuple(edge for edge in edges if edge.dependent.driver in known and edge.needed.driver in known)
    met = {(edge.declarer, edge.dependency) for edge in edges}
    declared = ((driver.name, item) for driver in graph.drivers.values() for item in driver.dependencies)
    unmet = ((name, item) for name, item in declared if not active_only and (name, item) not in met)
    stages = _stages(graph)
    return Snapshot(
        name,
        drivers={
            driver.name: PlacedDriver(
                graph.membership[driver.name],
                stages.get(driver.name),
                driver.tier,
                driver.phases,
                driver.name in graph.declarations.disabled,
                driver.host,
            )
            for driver in graph.drivers.values()
        },
        tiers=graph.tier_order.names if graph.tier_order.declared else (),
        edges=edges,
        unmet=tuple(Unmet(name, item) for name, item in unmet if not _is_declared_elsewhere(graph, item)),
        facts=graph.facts,
        cycles=worst.cycles(),
        inversions=worst.inversions,
        ordered=bool(stages) or not graph.drivers,
        targets=graph.declarations.targets,
    )


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
        return {driver.name: driver.stage for driver in graph.collapse()}
    except GraphError:
        return {}


def renamed(snapshot: Snapshot, drivers: Mapping[str, str], tiers: Mapping[str, str]) -> Snapshot:
    """Return a snapshot in which some drivers and tiers have other names."""
    if not drivers and not tiers:
        return snapshot

    def name(step: Step) -> Step:
        return step._replace(driver=drivers.get(step.driver, step.driver))

    def edge(old: Edge) -> Edge:
        declarer = drivers.get(old.declarer, old.declarer)
        return replace(old, dependent=name(old.dependent), needed=name(old.needed), declarer=declarer)

    def tier(old: str) -> str:
        return tiers.get(old, old)

    return replace(
        snapshot,
        drivers={
            drivers.get(driver, driver): replace(
                placed, tier=tier(placed.tier), named=placed.named if placed.named is None else tier(placed.named)
            )
            for driver, placed in snapshot.drivers.items()
        },
        tiers=tuple(tier(item) for item in snapshot.tiers),
        edges=tuple(edge(item) for item in snapshot.edges),
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

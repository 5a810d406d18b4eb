"""The graph collapses into a plan: tiers of stages of drivers, each step with what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.gc import gc_paused
from tierdeps.compact import MAX_PLAIN_NODES
from tierdeps.errors import CycleError, GraphError
from tierdeps.model import Edge, Finding, Inactive, Kind, Plan, PlannedDriver, PlannedTier, Severity, Step, Wait
from tierdeps.resolution.resolve import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Driver

#: The code and the rule of each reason why a target cannot be told.
_CODES = {
    Problem.MISSING: ("TD103", "missing"),
    Problem.AMBIGUOUS: ("TD104", "ambiguous-provider"),
    Problem.WRONG_CHOICE: ("TD104", "ambiguous-provider"),
    Problem.UNKNOWN_PHASE: ("TD107", "unknown-phase"),
    Problem.ITSELF: ("TD109", "itself"),
}


def collapse(graph: DependencyGraph) -> Plan:
    """Return the plan of a graph that has one."""
    _refuse(graph)
    return settle(graph, tuple(PlannedTier(tier, tuple(rows)) for tier, rows in _stages(graph)))


def settle(graph: DependencyGraph, tiers: tuple[PlannedTier, ...]) -> Plan:
    """Return the plan of a graph whose drivers have their places already."""
    placed = Placed(graph, tiers)
    few = isinstance(graph.drivers, dict) and len(graph.drivers) <= MAX_PLAIN_NODES
    return Plan(tiers, dict(placed) if few else placed, graph.facts)


class Placed(Mapping[str, PlannedDriver]):
    """The drivers in their places, each made when it is asked for: most of very many are only counted and named."""

    def __init__(self, graph: DependencyGraph, tiers: tuple[PlannedTier, ...]) -> None:
        self._graph = graph
        self._tiers = tiers

    @cached_property
    def _places(self) -> dict[str, tuple[str, int]]:
        places: dict[str, tuple[str, int]] = {}
        for tier in self._tiers:
            for number, stage in enumerate(tier.stages, 1):
                places.update(dict.fromkeys(stage, (tier.name, number)))
        return places

    def __getitem__(self, name: str) -> PlannedDriver:
        return _place(self._graph, name, self._places[name])

    def __iter__(self) -> Iterator[str]:
        return (name for tier in self._tiers for stage in tier.stages for name in stage)

    def __len__(self) -> int:
        return sum(len(stage) for tier in self._tiers for stage in tier.stages)


def _refuse(graph: DependencyGraph) -> None:
    """Raise where no order exists. The rules say all of it at length; this is for who uses the library alone."""
    if cycles := graph.cycles():
        findings = [_finding("TD101", "cycle", f"dependency cycle: {cycle}", cycle.members) for cycle in cycles]
        raise CycleError(findings, cycles)
    if found := [*_wrong_drivers(graph), *_wrong_tiers(graph)]:
        raise GraphError(found)


def _wrong_drivers(graph: DependencyGraph) -> Iterator[Finding]:
    for name in graph.duplicates:
        yield _finding("TD105", "duplicate-driver", f"several drivers are named {name!r}", (name,))
    for item in graph.unresolved:
        message = f"{item.driver} {item.dependency.kind} {item.dependency.target!r}: {item.problem}"
        yield _finding(*_CODES[item.problem], message, (item.driver,))
    for edge in graph.conflicts:
        pair = (edge.dependent.driver, edge.needed.driver)
        yield _finding("TD106", "conflict", f"{pair[0]} conflicts with {pair[1]}", pair)


def _wrong_tiers(graph: DependencyGraph) -> Iterator[Finding]:
    for path in graph.tier_order.cycles:
        yield _finding("TD108", "tier", f"tiers come after each other in a cycle: {' -> '.join(path)}", ())
    for earlier, later, _ in graph.tier_order.unknown:
        yield _finding("TD108", "tier", f"nobody declares both {earlier!r} and {later!r}, which are put in order", ())
    for name in graph.membership.unknown:
        tier = graph.drivers[name].tier
        yield _finding("TD108", "tier", f"{name} is of the tier {tier!r}, which nobody declares", (name,))
    for edge in graph.inversions:
        message = f"{edge.dependent} comes after {edge.needed}, which is of a later tier"
        yield _finding("TD102", "inversion", message, (edge.dependent.driver, edge.needed.driver))


def _finding(code: str, rule: str, message: str, drivers: tuple[str, ...]) -> Finding:
    return Finding(code, rule, Severity.ERROR, message, drivers)


def _stages(graph: DependencyGraph) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Collapse each tier: drivers that need each other in different phases are one, and generations are stages."""
    membership = graph.membership
    if len(membership.tiers) == 1:
        return [(membership.tiers[0], _rows(membership.graph))] if graph.drivers else []
    inside: list[list[str]] = [[] for _ in membership.tiers]
    for name, rank in membership.rank.items():
        inside[rank].append(name)
    tiers = zip(membership.tiers, inside, strict=True)
    return [(tier, _rows(membership.graph.subgraph(names))) for tier, names in tiers if names]


def _rows(drivers: nx.DiGraph[str]) -> list[tuple[str, ...]]:
    import networkx as nx

    if nx.is_directed_acyclic_graph(drivers):
        with gc_paused():
            return [tuple(sorted(generation)) for generation in nx.topological_generations(drivers)]
    whole = nx.condensation(drivers)
    members = nx.get_node_attributes(whole, "members")
    return [
        tuple(sorted(name for node in generation for name in members[node]))
        for generation in nx.topological_generations(whole)
    ]


def _place(graph: DependencyGraph, name: str, place: tuple[str, int]) -> PlannedDriver:
    driver = graph.drivers[name]
    return PlannedDriver(
        name,
        tier=place[0],
        stage=place[1],
        phases=driver.phases,
        waits=tuple(_waits(graph.edges_of(Step(name, phase))) for phase in driver.phases),
        lifecycle=driver.lifecycle,
        absent=tuple(_absent(graph, name)),
        disabled=name in graph.declarations.disabled,
        origin=driver.origin,
        policy=driver.policy,
        timing=tuple(dict(driver.timing).items()),
        process=driver.process,
        inactive=tuple(dict.fromkeys(_inactive(graph, driver))) if graph.facts else (),
    )


def _waits(edges: Iterable[Edge]) -> tuple[Wait, ...]:
    found = (Wait(edge.needed, edge.kind, edge.via or edge.needed.driver, edge.when, edge.skipped) for edge in edges)
    return tuple(dict.fromkeys(found))


def _absent(graph: DependencyGraph, name: str) -> list[str]:
    """List the targets that a driver can do without and that are absent: its lifecycle may still look them up."""
    declared = graph.drivers[name].dependencies
    wanted = (item for item in declared if item.kind is Kind.WANTS or (item.kind is Kind.REQUIRES and item.optional))
    held = {item.target for item in wanted if item.when is None or graph.facts[item.when]}
    return sorted(target for target in held if not set(graph.resolver.look_up(target).drivers) - {name})


def _inactive(graph: DependencyGraph, driver: Driver) -> Iterator[Inactive]:
    """Yield the dependencies whose fact does not hold, and whose target a lifecycle could use if it did."""
    for item in sorted(driver.dependencies, key=lambda item: item.sort_key):
        phase = item.phase or driver.phases[0]
        if item.when is None or graph.facts[item.when] or phase not in driver.phases:
            continue
        if item.kind in (Kind.REQUIRES, Kind.WANTS, Kind.AFTER):
            meant = tuple(name for name in graph.resolver.look_up(item.target).drivers if name != driver.name)
            yield Inactive(item.kind, item.target, phase, item.when, meant)

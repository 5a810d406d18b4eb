"""The graph collapses into a plan: tiers of stages of drivers, each step with what it waits for."""

from __future__ import annotations

from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from tierdeps import rule_codes
from tierdeps._util.frozen import replace
from tierdeps._util.gc import gc_paused
from tierdeps.compact import MAX_PLAIN_NODES, is_compact
from tierdeps.graph.errors import CycleError, GraphError
from tierdeps.graph.resolve import Problem
from tierdeps.model import (
    Edge,
    Finding,
    Inactive,
    Kind,
    Plan,
    PlannedDriver,
    PlannedDrivers,
    PlannedTier,
    Severity,
    Step,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import networkx as nx

    from tierdeps.compact import CompactGraph
    from tierdeps.graph.graph import DependencyGraph
    from tierdeps.graph.tiers import Membership
    from tierdeps.model import Dependency, Driver
    from tierdeps.model.plan import PlainDriver, PlanRow
    from tierdeps.rule_codes import RuleCode

#: The code and the name of the rule that reports each problem of a target.
_RULE_OF_PROBLEM = {
    Problem.MISSING: rule_codes.MISSING,
    Problem.AMBIGUOUS: rule_codes.AMBIGUOUS_PROVIDER,
    Problem.WRONG_CHOICE: rule_codes.AMBIGUOUS_PROVIDER,
    Problem.UNKNOWN_PHASE: rule_codes.UNKNOWN_PHASE,
    Problem.ITSELF: rule_codes.ITSELF,
    Problem.QUORUM: rule_codes.QUORUM,
}


def collapse(graph: DependencyGraph) -> Plan:
    """Return the plan of a graph; raises CycleError or GraphError where it has none."""
    _raise_if_unorderable(graph)
    return plan_of_stages(graph, tuple(PlannedTier(tier, tuple(stages)) for tier, stages in _stages_by_tier(graph)))


def plan_of_stages(graph: DependencyGraph, tiers: tuple[PlannedTier, ...]) -> Plan:
    """Return the plan of a graph whose drivers have been sorted into stages already."""
    planned = LazyPlannedDrivers(graph, tiers)
    # Few are made at once, and the plan holds no reference to the graph; many are made when they are looked up.
    few = isinstance(graph.drivers, dict) and len(graph.drivers) <= MAX_PLAIN_NODES
    plan = Plan(tiers, dict(planned) if few else planned, graph.facts)
    if graph.whole is graph:
        return plan
    everything = (PlannedTier("", (tuple(graph.whole.drivers),)),)
    return plan.part_of(plan_of_stages(graph.whole, everything))


class LazyPlannedDrivers(PlannedDrivers):
    """The planned drivers by name, each made when it is looked up: most of a million are only counted and named."""

    def __init__(self, graph: DependencyGraph, tiers: tuple[PlannedTier, ...]) -> None:
        self._graph = graph
        self._tiers = tiers

    @property
    def runs_nothing(self) -> bool:
        """Whether no driver has a lifecycle or a process."""
        return self._graph.runs_nothing

    @property
    def shared_package(self) -> str | None:
        """Where all drivers come from, if their rows say nothing else of any; None where they may say more."""
        return self._graph.shared_package

    def rows(self, tier: PlannedTier) -> Iterator[PlanRow]:
        """Yield a row for each driver of a tier, without making the driver."""
        return (self._graph.row(name, number) for number, stage in enumerate(tier.stages, 1) for name in stage)

    def plain_driver(self, name: str) -> PlainDriver | None:
        """Return what there is to say of a driver, without making it; None where there may be more."""
        return self._graph.plain_driver(name)

    @cached_property
    def _places(self) -> dict[str, tuple[str, int]]:
        """The tier and the stage of each driver."""
        places: dict[str, tuple[str, int]] = {}
        for tier in self._tiers:
            for number, stage in enumerate(tier.stages, 1):
                places.update(dict.fromkeys(stage, (tier.name, number)))
        return places

    def __getitem__(self, name: str) -> PlannedDriver:
        return _planned_driver(self._graph, name, self._places[name])

    def __iter__(self) -> Iterator[str]:
        return (name for tier in self._tiers for stage in tier.stages for name in stage)

    def __len__(self) -> int:
        return sum(len(stage) for tier in self._tiers for stage in tier.stages)


def unorderable(graph: DependencyGraph) -> list[Finding]:
    """Return all that leaves a graph without an order.

    The rules report the same at length, with reasons and fixes. This is for those who use the library alone.
    """
    return [*_cycle_findings(graph), *_driver_findings(graph), *_tier_findings(graph)]


def _raise_if_unorderable(graph: DependencyGraph) -> None:
    """Raise where the graph has no order."""
    if cycles := graph.cycles():
        raise CycleError(_cycle_findings(graph), cycles)
    if found := [*_driver_findings(graph), *_tier_findings(graph)]:
        raise GraphError(found)


def _cycle_findings(graph: DependencyGraph) -> list[Finding]:
    return [_finding(rule_codes.CYCLE, f"dependency cycle: {cycle}", cycle.members) for cycle in graph.cycles()]


def _driver_findings(graph: DependencyGraph) -> Iterator[Finding]:
    for target in graph.activity.unknown if graph.activity else ():
        yield _finding(rule_codes.MISSING, f"the target {target!r} is no driver, and no driver provides it", ())
    for name in graph.duplicates:
        yield _finding(rule_codes.DUPLICATE_DRIVER, f"several drivers are named {name!r}", (name,))
    for name in graph.unknown_hosts:
        driver = graph.drivers[name]
        what = driver.host or f"the group {driver.hosts}"
        yield _finding(rule_codes.UNKNOWN_HOST, f"{name} is to run on {what}, which is not declared", (name,))
    for item in graph.unresolved:
        message = f"{item.driver} {item.dependency.kind} {item.dependency.target!r}: {item.problem}"
        yield _finding(_RULE_OF_PROBLEM[item.problem], message, (item.driver,))
    for edge in graph.conflicts:
        one, other = edge.dependent.driver, edge.needed.driver
        yield _finding(rule_codes.CONFLICT, f"{one} conflicts with {other}", (one, other))


def _tier_findings(graph: DependencyGraph) -> Iterator[Finding]:
    for path in graph.tier_order.cycles:
        yield _finding(rule_codes.TIER, f"tiers come after each other in a cycle: {' -> '.join(path)}", ())
    for earlier, later, _ in graph.tier_order.unknown:
        yield _finding(rule_codes.TIER, f"nobody declares both {earlier!r} and {later!r}, which are put in order", ())
    for name in graph.membership.unknown:
        tier = graph.drivers[name].tier
        yield _finding(rule_codes.TIER, f"{name} is in tier {tier!r}, which is not declared", (name,))
    for edge in graph.inversions:
        message = f"{edge.dependent} comes after {edge.needed}, which is of a later tier"
        one, other = edge.dependent.driver, edge.needed.driver
        yield replace(_finding(rule_codes.INVERSION, message, (one, other)), blocks=(one,))


def _finding(rule: RuleCode, message: str, drivers: tuple[str, ...]) -> Finding:
    return Finding(rule.code, rule.name, Severity.ERROR, message, drivers)


def _stages_by_tier(graph: DependencyGraph) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the stages of each tier that has drivers."""
    membership = graph.membership
    if len(membership.tiers) == 1:
        return [(membership.tiers[0], _stages(membership.graph))] if graph.drivers else []
    if is_compact(membership.graph) and membership.graph.acyclic:
        return _compact_stages(membership, membership.graph)
    members: list[list[str]] = [[] for _ in membership.tiers]
    for name, rank in membership.rank.items():
        members[rank].append(name)
    tiers = zip(membership.tiers, members, strict=True)
    return [(tier, _stages(membership.graph.subgraph(names))) for tier, names in tiers if names]


def _compact_stages(membership: Membership, drivers: CompactGraph[str]) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the stages of all tiers, from one walk over the graph.

    Nothing needs a driver of a later tier. So with stages numbered through all tiers, each tier from a number of its
    own that no earlier one reaches, a driver is in the stage after all that it needs, or in the first of its tier.
    """
    first, incoming = len(drivers), drivers.incoming
    numbers = [rank * first for rank in map(membership.rank.__getitem__, drivers.nodes)]
    number_of = numbers.__getitem__
    for index in drivers.generations.order:
        if needed := incoming.neighbours(index):
            numbers[index] = max(numbers[index], 1 + max(map(number_of, needed)))
    tiers: list[list[tuple[str, ...]]] = [[] for _ in membership.tiers]
    for number, stage in groupby(sorted(range(first), key=number_of), number_of):
        tiers[number // first].append(tuple(drivers.nodes_at(stage)))
    return [(tier, stages) for tier, stages in zip(membership.tiers, tiers, strict=True) if stages]


def _stages(drivers: nx.DiGraph[str]) -> list[tuple[str, ...]]:
    """Return the topological generations of a driver graph.

    The step graph has no cycle, but the driver graph may have one: drivers that need each other in different phases.
    The graph is condensed then, so that these share a stage.
    """
    if is_compact(drivers) and drivers.acyclic:  # nodes are sorted by name, and each generation by index
        order, bounds = drivers.generations
        names = list(drivers.nodes_at(order))
        with gc_paused():
            return [tuple(names[start:end]) for start, end in pairwise(bounds)]
    import networkx as nx

    if nx.is_directed_acyclic_graph(drivers):
        with gc_paused():
            return [tuple(sorted(generation)) for generation in nx.topological_generations(drivers)]
    condensed = nx.condensation(drivers)
    members = nx.get_node_attributes(condensed, "members")
    return [
        tuple(sorted(name for node in generation for name in members[node]))
        for generation in nx.topological_generations(condensed)
    ]


def _planned_driver(graph: DependencyGraph, name: str, place: tuple[str, int]) -> PlannedDriver:
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
        host=driver.host,
    )


def _waits(edges: Iterable[Edge]) -> tuple[Wait, ...]:
    found = (
        Wait(
            edge.needed,
            edge.kind,
            edge.needed_as,
            edge.when,
            edge.skipped,
            edge.coupling,
            "" if edge.coupling.atleast is None else edge.dependency.target,
        )
        for edge in edges
    )
    return tuple(dict.fromkeys(found))


def _absent(graph: DependencyGraph, name: str) -> list[str]:
    """Return the targets that may be absent and are: the driver's lifecycle may still look them up, and gets None."""
    found = {
        item.target
        for item in graph.drivers[name].dependencies
        if (item.when is None or graph.facts[item.when])
        and _may_be_looked_up(graph, item)
        and not _present(graph, name, item.target)
    }
    if graph.absent or graph.whole is not graph:
        declarers = (other for other, _ in graph.mirrored.get(name, ()))
        found.update(other.name for other in declarers if other.name not in graph.drivers)
    return sorted(found)


def _may_be_looked_up(graph: DependencyGraph, item: Dependency) -> bool:
    """Return whether a dependency allows to look its target up where that is absent.

    The target of an order must be declared: it is absent because of a fact, or because it is not active.
    """
    if item.kind is Kind.AFTER:
        declared = graph.absent_meant_by(item.target)
        return bool(declared or (graph.whole is not graph and graph.resolver.look_up(item.target).drivers))
    return item.kind is Kind.WANTS or (item.kind is Kind.REQUIRES and item.optional)


def _present(graph: DependencyGraph, name: str, target: str) -> bool:
    known = graph.drivers
    return any(other in known and other != name for other in graph.resolver.look_up(target).drivers)


def _inactive(graph: DependencyGraph, driver: Driver) -> Iterator[Inactive]:
    """Yield the dependencies whose fact is false, and whose target the lifecycle could look up if it were true."""
    for item in sorted(driver.dependencies, key=lambda item: item.sort_key):
        phase = item.phase or driver.phases[0]
        if item.when is None or graph.facts[item.when] or phase not in driver.phases:
            continue
        if item.kind in (Kind.REQUIRES, Kind.WANTS, Kind.AFTER):
            meant = tuple(name for name in graph.resolver.look_up(item.target).drivers if name != driver.name)
            yield Inactive(item.kind, item.target, phase, item.when, meant)
    for other, item in graph.mirrored.get(driver.name, ()):
        phase = graph.resolver.look_up(item.target).phase or driver.phases[0]
        if item.when is not None and not graph.facts.get(item.when, False) and phase in driver.phases:
            yield Inactive(item.kind.of_dependent, other.name, phase, item.when, (other.name,))

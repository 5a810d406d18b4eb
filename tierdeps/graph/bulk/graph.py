"""The dependency graph of bulk drivers: the same answers, with no driver or edge made before it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from tierdeps.compact.select import select_kernels
from tierdeps.graph.bulk.lookup import (
    PHASE,
    BulkMembership,
    BulkResolver,
    BulkSteps,
    DriversByName,
    StepIndex,
    build_driver_graph,
)
from tierdeps.graph.graph import DependencyGraph, repetitions
from tierdeps.model import Edge, Kind, Step
from tierdeps.model.coupling import UNCOUPLED
from tierdeps.model.plan import PlainDriver, PlanRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import networkx as nx

    from tierdeps.compact import CompactGraph
    from tierdeps.compact.adjacency import Adjacency
    from tierdeps.graph.bulk.drivers import BulkDrivers, ExtendedBulkDrivers
    from tierdeps.graph.resolve import Resolution, Resolver, Unresolved
    from tierdeps.graph.tiers import Membership
    from tierdeps.model import Declarations, Dependency, Driver, Origin


class BulkGraph(DependencyGraph):
    """The graph of bulk drivers."""

    def __init__(self, declarations: Declarations, drivers: BulkDrivers) -> None:
        # Not DependencyGraph.__init__, which sorts the drivers and looks for duplicates: bulk drivers are sorted, and
        # each name occurs once.
        self.declarations = declarations
        self._by_name = DriversByName(drivers)
        self.drivers: Mapping[str, Driver] = self._by_name
        self.duplicates: Mapping[str, tuple[Driver, ...]] = {}
        self._bulk = drivers

    @property
    def absent(self) -> Mapping[str, tuple[Driver, ...]]:
        """None: no driver is conditional."""
        return {}

    @property
    def runs_nothing(self) -> bool:
        """Whether no driver has a lifecycle or a process: none has."""
        return True

    def row(self, name: str, stage: int) -> PlanRow:
        """Return what a list of the order says of a driver in a stage."""
        return PlanRow(name, stage, self._bulk.source.package, None, name in self.declarations.disabled, True)

    @property
    def shared_package(self) -> str | None:
        """Where all drivers come from, if their rows say nothing else of any; None where one is disabled."""
        return None if self.declarations.disabled else self._bulk.source.package

    @property
    def dependency_count(self) -> int:
        """How many dependencies are declared, equal ones of one driver counted once."""
        return len(self._bulk.needs.targets) - sum(len(group) - 1 for _, group in self.repeated)

    @cached_property
    def repeated(self) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
        """The requirements that a driver declares several times."""
        needs = self._bulk.needs
        nodes = select_kernels(len(needs.targets)).nodes_with_parallel_edges(needs)
        return tuple(item for node in nodes for item in repetitions(self._bulk[node]))

    def with_all_facts(self, assumed: Mapping[str, bool] | None = None) -> DependencyGraph:  # noqa: ARG002
        """Return the graph itself: no dependency in it is conditional."""
        return self

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """None: every dependency is a requirement."""
        return ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def unknown_hosts(self) -> tuple[str, ...]:
        """Bulk drivers are on no host."""
        return ()

    @cached_property
    def conditional(self) -> Mapping[str, Sequence[tuple[str, Dependency]]]:
        """None."""
        return {}

    @property
    def conditional_drivers(self) -> Mapping[str, Sequence[Driver]]:
        """None."""
        return {}

    @cached_property
    def mirrored(self) -> Mapping[str, Sequence[tuple[Driver, Dependency]]]:
        """None: every driver declares what it needs itself."""
        return {}

    @cached_property
    def mentioned_facts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def resolver(self) -> Resolver:
        """What resolves targets."""
        return BulkResolver(self.drivers, self.declarations.choices)

    @cached_property
    def _driver_graph(self) -> tuple[CompactGraph[str], tuple[Unresolved, ...]]:
        """The driver graph, and the requirements that could not be resolved for it."""
        return build_driver_graph(self._bulk, self.resolver)

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """The requirements whose target cannot be resolved."""
        return self._driver_graph[1]

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """All requirements, resolved and sorted. This makes every one of them: ``edges_of`` makes those of a step."""
        return tuple(self.each_edge())

    @property
    def edge_count(self) -> int:
        """How many edges there are: one for each requirement that is resolved."""
        return self.dependency_count - len(self.unresolved)

    def each_edge(self) -> Iterator[Edge]:
        """Make all edges, sorted, without keeping any."""
        steps = list(BulkSteps(self._bulk.names))
        return (edge for index, step in enumerate(steps) for edge in self._edges_at(index, step, steps))

    def phases_of(self, driver: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return the one phase, without making the driver."""
        return (PHASE,)

    @cached_property
    def coupled_edges(self) -> tuple[Edge, ...]:
        """None: bulk drivers declare requirements and nothing else."""
        return ()

    def edges_of(self, step: Step) -> Sequence[Edge]:
        """Return the edges of one step, which are what it waits for, sorted."""
        return self._edges_at(self._by_name.index[step.driver], step, BulkSteps(self._bulk.names))

    def _edges_at(self, index: int, step: Step, steps: Sequence[Step]) -> Sequence[Edge]:
        """Return the edges of the driver with this index; ``steps`` has the step of each driver."""
        requirements = self._bulk.requirements(index)
        if self._has_plain_requirements(index):
            return [Edge(step, steps[target], dependency, step.driver) for target, dependency in requirements]
        # Another name may still mean a driver with a phase, and the driver itself is a problem: the resolver decides
        # both, as for other graphs.
        driver = self.drivers[step.driver]
        found = [edge for _, dependency in requirements for edge in self.resolver.resolve(driver, dependency).edges]
        return sorted(found, key=lambda edge: edge.sort_key)

    def _has_plain_requirements(self, index: int) -> bool:
        """Return whether a driver requires other drivers by their names alone, so that nothing is left to resolve."""
        row = self._bulk.needs.neighbours(index)
        return index not in row and max(row, default=-1) < len(self._bulk)

    @property
    def only_requires(self) -> bool:
        """Whether drivers declare nothing but requirements."""
        return True

    def plain_driver(self, name: str) -> PlainDriver | None:
        """Return a driver that only requires others and is not disabled."""
        index, names = self._by_name.index[name], self._bulk.names
        targets = sorted(set(self._bulk.needs.neighbours(index)))
        if name in self.declarations.disabled or index in targets or (targets and targets[-1] >= len(names)):
            return None
        return PlainDriver([names[target] for target in targets], self._bulk.source)

    @property
    def origins(self) -> Iterator[Origin]:
        """One origin: all drivers come from one file or distribution."""
        return iter((self._bulk.source,))

    def dependent_count(self, driver: str) -> int:
        """Return how many drivers require a driver."""
        index, (offsets, targets) = self._by_name.index[driver], self._dependents
        start, end = offsets[index], offsets[index + 1]
        if end - start <= 1:
            return end - start
        if driver not in self._counted:  # a driver that requires it twice is counted once
            self._counted[driver] = len(set(targets[start:end]))
        return self._counted[driver]

    @cached_property
    def _dependents(self) -> Adjacency:
        return self._driver_graph[0].outgoing

    @cached_property
    def _counted(self) -> dict[str, int]:
        return {}

    @cached_property
    def declared_conflicts(self) -> tuple[Edge, ...]:
        """None."""
        return ()

    @cached_property
    def pulls(self) -> tuple[Edge, ...]:
        """None."""
        return ()

    @cached_property
    def membership(self) -> Membership:
        """The one tier, for all."""
        return BulkMembership(self.drivers, self._driver_graph[0], self.tier_order)

    @cached_property
    def steps(self) -> nx.DiGraph[Step]:
        """The step graph: the driver graph with steps in the places of drivers, which have one phase each."""
        # One phase each: step and driver graph have the same shape, and share arrays and generations.
        steps = self._driver_graph[0].relabeled(BulkSteps(self._bulk.names), StepIndex(self._by_name))
        return cast("nx.DiGraph[Step]", steps)


class ExtendedBulkGraph(BulkGraph):
    """The graph of bulk drivers with dependencies added to some: only these drivers are looked at one by one."""

    def __init__(self, declarations: Declarations, drivers: ExtendedBulkDrivers) -> None:
        super().__init__(declarations, drivers.plain)
        self._by_name = DriversByName(drivers)
        self.drivers: Mapping[str, Driver] = self._by_name
        self._extended = drivers

    @property
    def _added(self) -> Iterator[tuple[Driver, Dependency]]:
        added = self._extended.added.items()
        yield from ((self._extended[index], item) for index, dependencies in added for item in dependencies)

    @property
    def dependency_count(self) -> int:
        """How many dependencies are declared, equal ones of one driver counted once."""
        added = sum(map(len, self._extended.added.values()))
        return len(self._bulk.needs.targets) + added - sum(len(group) - 1 for _, group in self.repeated)

    @cached_property
    def repeated(self) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
        """The dependencies that a driver declares several times."""
        needs = self._bulk.needs
        nodes = select_kernels(len(needs.targets)).nodes_with_parallel_edges(needs)
        candidates = sorted({*nodes, *self._extended.added})
        return tuple(item for node in candidates for item in repetitions(self._extended[node]))

    def with_all_facts(self, assumed: Mapping[str, bool] | None = None) -> DependencyGraph:
        """Return the same declarations with every fact true that ``assumed`` does not state."""
        return DependencyGraph.with_all_facts(self, assumed) if self.mentioned_facts else self

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """The soft dependencies on what no driver is, and that are not optional, as (driver, dependency)."""
        found = (
            (driver.name, item)
            for driver, item in self._added
            if item.kind is not Kind.REQUIRES and not item.optional and not self.resolver.look_up(item.target).drivers
        )
        return tuple(sorted(found, key=lambda item: (item[0], item[1].sort_key)))

    @cached_property
    def conditional(self) -> Mapping[str, Sequence[tuple[str, Dependency]]]:
        """The dependencies that are conditional on each fact, as (driver, dependency), sorted."""
        found: dict[str, list[tuple[str, Dependency]]] = {}
        for driver, item in sorted(self._added, key=lambda added: (added[0].name, added[1].sort_key)):
            if item.when is not None:
                found.setdefault(item.when, []).append((driver.name, item))
        return found

    @cached_property
    def mirrored(self) -> Mapping[str, Sequence[tuple[Driver, Dependency]]]:
        """What was added to other drivers that a driver needs of them, as (declarer, dependency)."""
        return self._by_dependent(self._added)

    @cached_property
    def mentioned_facts(self) -> tuple[str, ...]:
        """The facts that some dependency is conditional on, sorted."""
        return tuple(sorted(self.conditional))

    @property
    def edge_count(self) -> int:
        """How many edges there are; an added dependency may have several or none."""
        return sum(1 for _ in self.each_edge())

    @cached_property
    def _resolutions(self) -> tuple[Resolution, ...]:
        """What the added dependencies resolve to, without those whose fact is false."""
        return tuple(
            self.resolver.resolve(driver, item)
            for driver, item in self._added
            if item.when is None or self.facts[item.when]
        )

    @cached_property
    def _added_edges(self) -> Mapping[Step, Sequence[Edge]]:
        found: dict[Step, list[Edge]] = {}
        for edge in (edge for item in self._resolutions for edge in item.edges if edge.kind.orders):
            found.setdefault(edge.dependent, []).append(edge)
        return found

    @cached_property
    def _driver_graph(self) -> tuple[CompactGraph[str], tuple[Unresolved, ...]]:
        index = self._by_name.index
        edges = [
            (index[edge.dependent.driver], index[edge.needed.driver])
            for edges in self._added_edges.values()
            for edge in edges
        ]
        graph, unresolved = build_driver_graph(self._bulk, self.resolver, edges)
        added = [problem for item in self._resolutions for problem in item.problems]
        if added:  # otherwise they are sorted already
            together = dict.fromkeys((*unresolved, *added))
            unresolved = tuple(sorted(together, key=lambda item: (item.driver, item.dependency.sort_key)))
        return graph, unresolved

    @cached_property
    def coupled_edges(self) -> tuple[Edge, ...]:
        """The edges that say what the needed driver's fate does to the dependent; only added ones can."""
        found = (edge for edges in self._added_edges.values() for edge in edges if edge.coupling != UNCOUPLED)
        return tuple(sorted(dict.fromkeys(found), key=lambda edge: edge.sort_key))

    @property
    def only_requires(self) -> bool:
        """Return False: other dependencies were added."""
        return False

    def plain_driver(self, name: str) -> PlainDriver | None:
        """Return a driver that only requires others, and neither has nor is named by an added dependency."""
        index = self._by_name.index[name]
        if index in self._extended.added or name in self.mirrored or Step(name, PHASE) in self._added_edges:
            return None
        return super().plain_driver(name)

    @property
    def origins(self) -> Iterator[Origin]:
        """The one origin of all drivers, and those of the added dependencies."""
        yield from super().origins
        yield from (item.origin for _, item in self._added)

    def _edges_at(self, index: int, step: Step, steps: Sequence[Step]) -> Sequence[Edge]:
        """Return the edges of the driver with this index, with the added ones; of equal ones the first declared."""
        plain, added = super()._edges_at(index, step, steps), self._added_edges.get(step)
        if not added:
            return plain
        return list(dict.fromkeys(sorted((*plain, *added), key=lambda edge: edge.sort_key)))

    @cached_property
    def pulls(self) -> tuple[Edge, ...]:
        """What drivers bring into the plan, in no order."""
        edges = (edge for item in self._resolutions for edge in item.edges if edge.kind is Kind.PULLS)
        return tuple(sorted(dict.fromkeys(edges), key=lambda edge: edge.sort_key))

    @cached_property
    def declared_conflicts(self) -> tuple[Edge, ...]:
        """The conflicts between drivers that are both present; a disabled driver conflicts with nothing."""
        disabled = self.declarations.disabled
        edges = (edge for item in self._resolutions for edge in item.edges if edge.kind is Kind.CONFLICTS)
        active = (edge for edge in dict.fromkeys(edges) if not disabled & {edge.dependent.driver, edge.needed.driver})
        return tuple(sorted(active, key=lambda edge: edge.sort_key))

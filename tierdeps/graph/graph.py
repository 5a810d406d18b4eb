"""The dependency graph of drivers that are declared one by one."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import chain, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, cast

from tierdeps._util.frozen import replace
from tierdeps.compact import directed_graph, is_compact
from tierdeps.errors import DisabledTargetError, UnknownNameError
from tierdeps.graph.declared import DeclaredGraph
from tierdeps.graph.targets import ResolvedTargets
from tierdeps.graph.tiers import Membership, TierOrder
from tierdeps.model import Declarations, Edge, Kind, Step
from tierdeps.model.coupling import UNCOUPLED
from tierdeps.model.hosts import on_hosts
from tierdeps.model.plan import PlainDriver, PlanRow
from tierdeps.model.templates import ALL_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import networkx as nx

    from tierdeps.graph.activity import Activity
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.model import Cycle, Dependency, Driver, Plan, Tier


def repetitions(driver: Driver) -> Iterator[tuple[str, tuple[Dependency, ...]]]:
    """Yield each dependency that a driver declares several times, as the driver's name and all that are equal.

    Equal ones are sorted by where they are declared.
    """
    equal: dict[Dependency, list[Dependency]] = {}
    for dependency in sorted(driver.dependencies, key=lambda item: item.sort_key):
        equal.setdefault(dependency, []).append(dependency)
    yield from ((driver.name, tuple(group)) for group in equal.values() if len(group) > 1)


class DependencyGraph(DeclaredGraph):
    """What drivers need of each other under one set of facts; built once and never changed.

    A fact that ``facts`` does not state is false. ``choices`` name the provider chosen for a capability; ``disabled``
    drivers keep their place in the order. A driver whose own fact is false is absent. ``targets`` are to be active.
    ``hosts`` are groups of hosts by name.

    Everything is computed on first use and kept: a command pays only for what it asks for. ``tierdeps.graph.bulk``
    overrides whatever would look at each of a million drivers; what is added here has to be overridden there.
    """

    def __init__(
        self,
        drivers: Iterable[Driver],
        tiers: Iterable[Tier] = (),
        *,
        facts: Mapping[str, bool] | None = None,
        choices: Mapping[str, str] | None = None,
        disabled: Iterable[str] = (),
        targets: Iterable[str] = (),
        hosts: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        declared = tuple(drivers)
        if any(driver.hosts for driver in declared):
            declared = tuple(on_hosts(declared, hosts or {}))
        self.declarations: Declarations = Declarations(
            declared,
            tuple(tiers),
            facts or {},
            choices or {},
            frozenset(disabled),
            targets=tuple(targets),
            hosts=hosts or {},
        )
        stated = self.declarations.facts
        known: dict[str, Driver] = {}
        duplicates: dict[str, list[Driver]] = {}
        for driver in sorted(self.declarations.drivers, key=attrgetter("name")):
            if driver.when is not None and not stated.get(driver.when, False):
                continue
            first = known.setdefault(driver.name, driver)
            if first is not driver:
                duplicates.setdefault(driver.name, [first]).append(driver)
        #: The names that several drivers were declared with; the first of them by its origin is in the graph.
        self.duplicates: Mapping[str, tuple[Driver, ...]] = {
            name: tuple(sorted(group, key=lambda driver: driver.origin.sort_key)) for name, group in duplicates.items()
        }
        self.drivers: Mapping[str, Driver] = known | {name: group[0] for name, group in self.duplicates.items()}

    @classmethod
    def of(cls, declarations: Declarations) -> DependencyGraph:
        """Build the graph of declarations that were gathered or changed as one value.

        Raises InputError where they have an override without a driver.
        """
        if declarations.overrides:
            from tierdeps.model.override import unmatched

            raise unmatched(declarations.overrides, declarations.drivers)
        if not isinstance(declarations.drivers, tuple):  # where there are few drivers, bulk is never imported
            from tierdeps.graph.bulk.drivers import BulkDrivers, ExtendedBulkDrivers
            from tierdeps.graph.bulk.graph import BulkGraph, ExtendedBulkGraph
            from tierdeps.graph.bulk.tiered import TieredBulkDrivers
            from tierdeps.graph.bulk.tiered_graph import TieredBulkGraph

            if isinstance(declarations.drivers, TieredBulkDrivers):
                return TieredBulkGraph(declarations, declarations.drivers)
            if isinstance(declarations.drivers, ExtendedBulkDrivers) and not declarations.tiers:
                return ExtendedBulkGraph(declarations, declarations.drivers)
            if isinstance(declarations.drivers, BulkDrivers) and not declarations.tiers:
                return BulkGraph(declarations, declarations.drivers)
        graph = cls(
            declarations.drivers,
            declarations.tiers,
            facts=declarations.facts,
            choices=declarations.choices,
            disabled=declarations.disabled,
            targets=declarations.targets,
            hosts=declarations.hosts,
        )
        more = declarations.statements or declarations.fact_sources or declarations.partial or declarations.findings
        if more or declarations.known_facts is not None:
            graph.declarations = replace(declarations, drivers=graph.declarations.drivers)
        return graph

    def rebuilt(self, declarations: Declarations) -> DependencyGraph:
        """Build the graph of other declarations, in the same way as this one."""
        return DependencyGraph.of(declarations)

    def with_targets(self, targets: Iterable[str]) -> DependencyGraph:
        """Return the same declarations with other targets; without any, all drivers are active.

        Raises UnknownNameError or DisabledTargetError.
        """
        names = tuple(targets)
        for name in names:
            meant = self.meant_by(name)
            if not meant and not self.absent_meant_by(name):
                raise UnknownNameError("driver", name, {*self.drivers, *self.resolver.providers})
            if meant and self.declarations.disabled.issuperset(meant):
                raise DisabledTargetError(name)
        return DependencyGraph.of(replace(self.declarations, targets=names))

    @cached_property
    def runs_nothing(self) -> bool:
        """Whether no driver has a lifecycle or a process."""
        return all(driver.lifecycle is None and driver.process is None for driver in self.drivers.values())

    def row(self, name: str, stage: int) -> PlanRow:
        """Return what a list of the order says of a driver in a stage."""
        driver = self.drivers[name]
        runs_nothing = driver.lifecycle is None and driver.process is None
        disabled = name in self.declarations.disabled
        return PlanRow(name, stage, driver.origin.package, driver.host, disabled, runs_nothing)

    @property
    def shared_package(self) -> str | None:
        """Where all drivers come from, if their rows say nothing else of any; None where they may say more, as here."""
        return None

    def plain_driver(self, name: str) -> PlainDriver | None:  # noqa: ARG002
        """Return what there is to say of a driver, without making it; None where there may be more, as here."""
        return None

    @property
    def only_requires(self) -> bool:
        """Whether drivers declare nothing but requirements, and each is made when it is looked up."""
        return False

    @property
    def whole(self) -> DependencyGraph:
        """The graph that this is the active part of, or else itself."""
        return self

    @cached_property
    def active(self) -> DependencyGraph:
        """The active part of a graph that has targets, or else the graph itself."""
        if self.activity is None:
            return self
        from tierdeps.graph.active import ActiveGraph

        return ActiveGraph(self, self.activity)

    @cached_property
    def activity(self) -> Activity | None:
        """Which drivers are active; None where there are no targets: all are."""
        if not self.declarations.targets:
            return None
        from tierdeps.graph.activity import find_activity

        return find_activity(self)

    def meant_by(self, target: str) -> tuple[str, ...]:
        """Return the drivers that a target of the graph means: one, all instances, or the chosen or every provider."""
        if target in self.drivers:
            return (target,)
        providers = self.resolver.providers.get(target, ())
        if not providers and target.endswith(ALL_INSTANCES):
            return self.resolver.instances.get(target, ())
        choice = self.declarations.choices.get(target)
        return (choice,) if choice is not None and choice in providers else providers

    @classmethod
    def from_names(cls, requirements: Mapping[str, Collection[str]]) -> DependencyGraph:
        """Build the graph of drivers that are only names, and what each requires: ``{"a": ["b"], "b": []}``.

        The result is the same as for drivers declared one by one, but kept in flat arrays: there may be millions.
        """
        from tierdeps.graph.bulk.drivers import BulkDrivers

        return cls.of(Declarations(BulkDrivers.of(requirements)))

    @property
    def dependency_count(self) -> int:
        """How many dependencies are declared, equal ones of one driver counted once."""
        declared = sum(len(driver.dependencies) for driver in self.drivers.values())
        return declared - sum(len(group) - 1 for _, group in self.repeated)

    @cached_property
    def repeated(self) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
        """The dependencies that a driver declares several times, as (driver, all that are equal)."""
        candidates = (driver for driver in self.drivers.values() if len(driver.dependencies) > 1)
        return tuple(
            item
            for driver in candidates
            if len({*driver.dependencies}) < len(driver.dependencies)
            for item in repetitions(driver)
        )

    def with_all_facts(self, assumed: Mapping[str, bool] | None = None) -> DependencyGraph:
        """Return the same declarations with every fact true that ``assumed`` does not state: the worst case.

        Conditional dependencies only add edges, so a cycle on any host is a cycle in this graph.
        """
        facts = {**dict.fromkeys(self.mentioned_facts, True), **(assumed or {})}
        known = (self.declarations.known_facts or frozenset()).union(self.declarations.facts, assumed or ())
        return DependencyGraph.of(replace(self.declarations, facts=facts, known_facts=known))

    @cached_property
    def _targets(self) -> ResolvedTargets:
        return ResolvedTargets(self.drivers, self.resolver, self.facts)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The dependencies that order steps, resolved and sorted, without those whose fact is false.

        This makes every one of them: ``edges_of`` makes those of a step.
        """
        steps = (Step(name, phase) for name, driver in self.drivers.items() for phase in sorted(driver.phases))
        return tuple(edge for step in steps for edge in self.edges_of(step))

    @cached_property
    def coupled_edges(self) -> tuple[Edge, ...]:
        """The edges that say what the needed driver's fate does to the dependent; only requires and wants can."""
        all_needs = {name: driver.dependencies for name, driver in self.drivers.items()}
        coupled = (name for name, needs in all_needs.items() if any(item.coupling is not UNCOUPLED for item in needs))
        edges = (edge for name in coupled for edge in self.edges_of_driver(name))
        return tuple(edge for edge in edges if edge.coupling != UNCOUPLED)

    @property
    def edge_count(self) -> int:
        """How many edges there are."""
        return len(self.edges)

    def each_edge(self) -> Iterator[Edge]:
        """Return all edges, sorted, for reading them once: a graph that makes its edges keeps none of these."""
        return iter(self.edges)

    def phases_of(self, driver: str) -> tuple[str, ...]:
        """Return the phases of a driver, in their order."""
        return self.drivers[driver].phases

    def edges_of(self, step: Step) -> Sequence[Edge]:
        """Return the edges of one step, which are what it waits for, sorted."""
        if step not in self._edges_by_step:
            self._edges_by_step[step] = self._targets.edges_of(step)
        return self._edges_by_step[step]

    def edges_of_driver(self, name: str) -> list[Edge]:
        """Return the edges of all steps of a driver, sorted."""
        return [edge for phase in sorted(self.phases_of(name)) for edge in self.edges_of(Step(name, phase))]

    def dependent_count(self, driver: str) -> int:
        """Return how many drivers need a driver directly."""
        return self._dependent_counts[driver]

    @cached_property
    def _dependent_counts(self) -> Counter[str]:
        return Counter(needed for needed, _ in {(edge.needed.driver, edge.dependent.driver) for edge in self.edges})

    @cached_property
    def _edges_by_step(self) -> dict[Step, list[Edge]]:
        """The edges of the steps that were looked up."""
        return {}

    @cached_property
    def conflicts(self) -> tuple[Edge, ...]:
        """The conflicts between drivers that are both in the plan: where there are targets, both active."""
        activity = self.activity if self.declared_conflicts else None
        if activity is None:
            return self.declared_conflicts
        active = activity.active
        return tuple(edge for edge in self.declared_conflicts if active >= {edge.dependent.driver, edge.needed.driver})

    @cached_property
    def pulls(self) -> tuple[Edge, ...]:
        """What drivers bring into the plan, in no order: as edges from the one that pulls to what is pulled."""
        return self._targets.edges_of_kind(Kind.PULLS)

    def pulls_of(self, driver: str) -> Sequence[Edge]:
        """Return what one driver pulls."""
        return self._pulls_by_driver.get(driver, ())

    @cached_property
    def _pulls_by_driver(self) -> dict[str, list[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.pulls:
            found.setdefault(edge.declarer, []).append(edge)
        return found

    @cached_property
    def declared_conflicts(self) -> tuple[Edge, ...]:
        """The conflicts between drivers that are both present; a disabled driver conflicts with nothing."""
        disabled = self.declarations.disabled
        declared = self._targets.edges_of_kind(Kind.CONFLICTS)
        return tuple(edge for edge in declared if not disabled & {edge.dependent.driver, edge.needed.driver})

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """The dependencies whose target cannot be resolved."""
        return self._targets.unresolved

    @cached_property
    def tier_order(self) -> TierOrder:
        """The tiers in one total order, and what is wrong with it."""
        return TierOrder(self.declarations.tiers)

    @cached_property
    def membership(self) -> Membership:
        """The tier of each driver, and where it has it from."""
        return Membership(self.drivers, self._targets.driver_graph, self.tier_order)

    @cached_property
    def inversions(self) -> tuple[Edge, ...]:
        """The edges from a driver to one of a later tier."""
        if len(self.membership.tiers) == 1:
            return ()
        rank = self.membership.rank
        drivers = (self.drivers[name] for name in self.membership.inverted)
        steps = (Step(driver.name, phase) for driver in drivers for phase in sorted(driver.phases))
        edges = (edge for step in steps for edge in self.edges_of(step))
        return tuple(edge for edge in edges if rank[edge.needed.driver] > rank[edge.dependent.driver])

    @cached_property
    def steps(self) -> nx.DiGraph[Step]:
        """The step graph: its edges run from what is needed to what needs it, and from each phase to the next."""
        phases = [[Step(driver.name, phase) for phase in driver.phases] for driver in self.drivers.values()]
        drivers = self.membership.graph
        if is_compact(drivers) and all(len(steps) == 1 for steps in phases):  # both graphs have the same shape
            nodes = list(chain.from_iterable(phases))
            index = {step: place for place, step in enumerate(nodes)}
            return cast("nx.DiGraph[Step]", drivers.relabeled(nodes, index))
        orders = chain.from_iterable(map(pairwise, phases))
        declared = ((edge.needed, edge.dependent) for edge in self.edges)
        return directed_graph(list(chain.from_iterable(phases)), chain(orders, declared))

    def cycles(self) -> tuple[Cycle, ...]:
        """Return a shortest cycle of each component that has one, sorted; empty where there is none."""
        return self._cycles

    @cached_property
    def _cycles(self) -> tuple[Cycle, ...]:
        import networkx as nx

        # No driver needs itself, and its phases are a chain: where drivers have no cycle, their steps have none.
        if nx.is_directed_acyclic_graph(self.membership.graph):
            return ()
        from tierdeps.cycles.find import find_cycles

        return find_cycles(self.steps, self.edges_of, self.dependent_count)

    @cached_property
    def component_counts(self) -> Counter[str]:
        """In how many components with a cycle each driver has steps."""
        return Counter(name for cycle in self._cycles for name in cycle.members)

    def collapse(self, *, targets: Iterable[str] | None = None) -> Plan:
        """Return the plan: of the active drivers, where the graph has targets. ``targets`` replace those of the graph.

        Raises CycleError with all cycles in it, or GraphError where something else leaves no order; UnknownNameError or
        DisabledTargetError for one of ``targets``.
        """
        from tierdeps.graph.collapse import collapse

        graph = self if targets is None else self.whole.with_targets(targets)
        return collapse(graph.active)

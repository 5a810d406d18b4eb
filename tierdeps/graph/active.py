"""The active part of a graph with targets: a graph of the active drivers alone."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps.compact import directed_graph
from tierdeps.graph.graph import DependencyGraph
from tierdeps.graph.tiers import Membership
from tierdeps.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import networkx as nx

    from tierdeps.graph.activity import Activity
    from tierdeps.graph.resolve import Resolver, Unresolved
    from tierdeps.graph.tiers import TierOrder
    from tierdeps.model import Declarations, Dependency, Driver, Edge


class ActiveGraph(DependencyGraph):
    """The active drivers of a graph, and the dependencies between them.

    Targets mean here what they mean in the whole graph, and each driver is in the tier that it has there: what is
    active changes the order of nothing. The declarations are those of the whole graph.
    """

    def __init__(self, whole: DependencyGraph, activity: Activity) -> None:
        # Not DependencyGraph.__init__, which would sort all drivers again.
        self.declarations: Declarations = whole.declarations
        names = sorted(activity.active)
        self.drivers: Mapping[str, Driver] = {name: whole.drivers[name] for name in names}
        duplicates = whole.duplicates
        self.duplicates: Mapping[str, tuple[Driver, ...]] = {
            name: duplicates[name] for name in names if name in duplicates
        }
        self._whole = whole

    @property
    def whole(self) -> DependencyGraph:
        """The graph that this is the active part of."""
        return self._whole

    @property
    def active(self) -> DependencyGraph:
        """The graph itself."""
        return self

    @property
    def activity(self) -> Activity | None:
        """Which drivers of the whole graph are active."""
        return self._whole.activity

    def rebuilt(self, declarations: Declarations) -> DependencyGraph:
        """Return the active part of the graph of other declarations."""
        return DependencyGraph.of(declarations).active

    def with_all_facts(self, assumed: Mapping[str, bool] | None = None) -> DependencyGraph:
        """Return what is active in the worst case."""
        return self._whole.with_all_facts(assumed).active

    @property
    def absent(self) -> Mapping[str, tuple[Driver, ...]]:
        """The drivers that are absent because the fact that they are conditional on does not hold, by name."""
        return self._whole.absent

    @property
    def mirrored(self) -> Mapping[str, Sequence[tuple[Driver, Dependency]]]:
        """What other drivers, active or not, declare that a driver needs of them."""
        return self._whole.mirrored

    @property
    def resolver(self) -> Resolver:
        """What resolves targets, among all drivers."""
        return self._whole.resolver

    @property
    def tier_order(self) -> TierOrder:
        """The tiers of the whole graph."""
        return self._whole.tier_order

    @cached_property
    def membership(self) -> Membership:
        """The tier of each driver, as in the whole graph."""
        return _ActiveMembership(self.drivers, self._driver_graph_of_edges, self._whole.membership)

    def _driver_graph_of_edges(self) -> nx.DiGraph[str]:
        return directed_graph(self.drivers, ((edge.needed.driver, edge.dependent.driver) for edge in self.edges))

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """The soft dependencies of active drivers on what no driver is or provides."""
        return tuple(item for item in self._whole.unknown_targets if item[0] in self.drivers)

    @cached_property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """The dependencies of active drivers whose target cannot be resolved."""
        return tuple(item for item in self._whole.unresolved if item.driver in self.drivers)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The dependencies between active drivers that order steps, sorted."""
        steps = (Step(name, phase) for name, driver in self.drivers.items() for phase in sorted(driver.phases))
        return tuple(edge for step in steps for edge in self.edges_of(step))

    @cached_property
    def _edges_by_step(self) -> dict[Step, list[Edge]]:
        return {}

    def edges_of(self, step: Step) -> Sequence[Edge]:
        """Return the edges of one step, which are what it waits for, sorted."""
        if step not in self._edges_by_step:
            found = self._whole.edges_of(step)
            self._edges_by_step[step] = [edge for edge in found if edge.needed.driver in self.drivers]
        return self._edges_by_step[step]

    def _between_active(self, edges: Sequence[Edge]) -> tuple[Edge, ...]:
        known = self.drivers
        return tuple(edge for edge in edges if edge.dependent.driver in known and edge.needed.driver in known)

    @cached_property
    def declared_conflicts(self) -> tuple[Edge, ...]:
        """The conflicts between active drivers."""
        return self._between_active(self._whole.declared_conflicts)

    @cached_property
    def pulls(self) -> tuple[Edge, ...]:
        """What active drivers pull and is active."""
        return self._between_active(self._whole.pulls)

    @cached_property
    def mentioned_facts(self) -> tuple[str, ...]:
        """The facts on which it depends what is active and how it is ordered, sorted."""
        if not isinstance(self.declarations.drivers, tuple):  # very many drivers, of which few can be conditional
            return self._whole.mentioned_facts
        return tuple(sorted(set(self._facts_of_drivers()))) if self._whole.mentioned_facts else ()

    def _facts_of_drivers(self) -> Iterator[str]:
        """Yield the facts that active drivers are conditional on, and those of others that they would depend on."""
        named = {item.target for driver in self.drivers.values() for item in driver.dependencies}
        for driver in self.declarations.drivers:
            active = driver.name in self.drivers
            facing = [item for item in driver.dependencies if active or self._needs_active(item)]
            if driver.when is not None and (active or facing or self._is_named(driver, named)):
                yield driver.when
            yield from (item.when for item in facing if item.when is not None)

    def _needs_active(self, item: Dependency) -> bool:
        """Return whether a dependency of an inactive driver is declared for an active one."""
        meant = self.resolver.look_up(item.target).drivers if item.kind.is_mirrored else ()
        return any(name in self.drivers for name in meant)

    @staticmethod
    def _is_named(driver: Driver, targets: set[str]) -> bool:
        names = {driver.name, *driver.provides}
        return not names.isdisjoint(targets) or any(
            f"{name}:{phase}" in targets for name in names for phase in driver.phases
        )


class _ActiveMembership(Membership):
    """The tiers of active drivers: those that they have in the whole graph."""

    def __init__(
        self, drivers: Mapping[str, Driver], build_graph: Callable[[], nx.DiGraph[str]], whole: Membership
    ) -> None:
        super().__init__(drivers, build_graph, whole.order)
        self._whole = whole

    @cached_property
    def rank(self) -> dict[str, int]:
        """The rank of each driver's tier in the order of tiers, from 0."""
        return {name: self._whole.rank[name] for name in self._drivers}

    def inferred_from(self, driver: str) -> str | None:
        """Return the needed driver from which an untiered driver has its tier, which need not be active."""
        return self._whole.inferred_from(driver)

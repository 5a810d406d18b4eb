"""The graph of very many drivers that say nothing but what they require."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from tierdeps.compact.select import select_kernels
from tierdeps.graph.declared import DependencyGraph, repetitions
from tierdeps.model import Edge, Step
from tierdeps.resolution.named import PHASE, NamedDrivers, NamedMembership, NamedResolver, NamedSteps, StepNumbers, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx

    from tierdeps.compact import CompactGraph
    from tierdeps.compact.adjacency import Adjacency
    from tierdeps.model import Declarations, Dependency
    from tierdeps.resolution.membership import Membership
    from tierdeps.resolution.resolve import Resolver, Unresolved
    from tierdeps.resolution.roster import Roster


class NamedGraph(DependencyGraph):
    """The graph of a roster: the same answers, with nothing made of a driver before somebody asks for it."""

    def __init__(self, declarations: Declarations, roster: Roster) -> None:
        self.declarations = declarations
        self.drivers = self._drivers = NamedDrivers(roster)
        self.duplicates = {}
        self._roster = roster

    @property
    def size(self) -> int:
        """How many dependencies are declared; one that is declared again is the same."""
        return len(self._roster.needs.targets) - sum(len(same) - 1 for _, same in self.repeated)

    @cached_property
    def repeated(self) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
        """The requirements that a driver declares several times."""
        needs = self._roster.needs
        nodes = select_kernels(len(needs.targets)).nodes_with_parallel_edges(needs)
        return tuple(item for node in nodes for item in repetitions(self._roster[node]))

    def worst_case(self, assumed: Mapping[str, bool] | None = None) -> DependencyGraph:  # noqa: ARG002
        """Return the graph itself: nothing in it hangs on a fact."""
        return self

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """None: every dependency is a requirement."""
        return ()

    @cached_property
    def conditional(self) -> Mapping[str, Sequence[tuple[str, Dependency]]]:
        """None."""
        return {}

    @cached_property
    def mentioned_facts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def resolver(self) -> Resolver:
        """What looks targets up."""
        return NamedResolver(self.drivers, self.declarations.choices)

    @cached_property
    def _linked(self) -> tuple[CompactGraph[str], tuple[Unresolved, ...]]:
        return link(self._roster, self.resolver)

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """The requirements whose target cannot be told."""
        return self._linked[1]

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """All requirements, resolved and sorted; whoever needs few of them asks for ``edges_of`` a step."""
        return tuple(edge for name in self.drivers for edge in self.edges_of(Step(name, PHASE)))

    def edges_of(self, step: Step) -> Sequence[Edge]:
        """Return the edges of one step: what it waits for, sorted."""
        number, known = self._drivers.number[step.driver], len(self.drivers)
        found: list[Edge] = []
        requirements = dict(reversed(list(self._roster.requirements(number))))  # the first of those that are repeated
        for end, dependency in requirements.items():
            if end < known and end != number:
                found.append(Edge(step, Step(dependency.target, PHASE), dependency, step.driver))
            else:
                found.extend(self.resolver.resolve(self.drivers[step.driver], dependency).edges)
        return sorted(found, key=lambda edge: edge.sort_key) if len(found) > 1 else found

    def dependents_of(self, driver: str) -> int:
        """Return how many drivers require a driver."""
        number, (starts, ends) = self._drivers.number[driver], self._dependents_of
        first, last = starts[number], starts[number + 1]
        if last - first <= 1:
            return last - first
        if driver not in self._counted:  # one that requires it twice is one
            self._counted[driver] = len(set(ends[first:last]))
        return self._counted[driver]

    @cached_property
    def _dependents_of(self) -> Adjacency:
        return self._linked[0].outgoing

    @cached_property
    def _counted(self) -> dict[str, int]:
        return {}

    @cached_property
    def conflicts(self) -> tuple[Edge, ...]:
        """None."""
        return ()

    @cached_property
    def membership(self) -> Membership:
        """The one tier, for all."""
        return NamedMembership(self.drivers, self._linked[0], self.tier_order.names)

    @cached_property
    def inversions(self) -> tuple[Edge, ...]:
        """None: there is no later tier."""
        return ()

    @cached_property
    def steps(self) -> nx.DiGraph[Step]:
        """The step graph, which is the driver graph by other names."""
        numbers = StepNumbers(self._drivers)
        return cast("nx.DiGraph[Step]", self._linked[0].relabeled(NamedSteps(self._roster.names), numbers))

"""The graph of very many drivers, to some of which dependencies of any kind are added."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps.compact.select import select_kernels
from tierdeps.graph.declared import DependencyGraph, repetitions
from tierdeps.graph.named import NamedGraph
from tierdeps.model import Kind
from tierdeps.resolution.named import NamedDrivers, link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tierdeps.compact import CompactGraph
    from tierdeps.model import Declarations, Dependency, Driver, Edge, Step
    from tierdeps.resolution.extended import ExtendedRoster
    from tierdeps.resolution.resolve import Resolution, Unresolved


class ExtendedGraph(NamedGraph):
    """The graph of an extended roster: only drivers that have more than names and requirements are looked at."""

    def __init__(self, declarations: Declarations, roster: ExtendedRoster) -> None:
        super().__init__(declarations, roster.plain)
        self.drivers = self._drivers = NamedDrivers(roster)
        self._extended = roster

    @property
    def _added(self) -> Iterator[tuple[Driver, Dependency]]:
        more = self._extended.more.items()
        yield from ((self._extended[number], item) for number, dependencies in more for item in dependencies)

    @property
    def size(self) -> int:
        """How many dependencies are declared; one that is declared again is the same."""
        added = sum(map(len, self._extended.more.values()))
        return len(self._roster.needs.targets) + added - sum(len(same) - 1 for _, same in self.repeated)

    @cached_property
    def repeated(self) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
        """The dependencies that a driver declares several times."""
        needs = self._roster.needs
        nodes = select_kernels(len(needs.targets)).nodes_with_parallel_edges(needs)
        candidates = sorted({*nodes, *self._extended.more})
        return tuple(item for node in candidates for item in repetitions(self._extended[node]))

    def worst_case(self, assumed: Mapping[str, bool] | None = None) -> DependencyGraph:
        """Return the same declarations with every fact true that is not assumed to be otherwise."""
        return DependencyGraph.worst_case(self, assumed) if self.mentioned_facts else self

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """The soft dependencies whose target is nowhere, and is not optional; each with its driver."""
        found = (
            (driver.name, item)
            for driver, item in self._added
            if item.kind is not Kind.REQUIRES and not item.optional and not self.resolver.look_up(item.target).drivers
        )
        return tuple(sorted(found, key=lambda item: (item[0], item[1].sort_key)))

    @cached_property
    def conditional(self) -> Mapping[str, Sequence[tuple[str, Dependency]]]:
        """The dependencies that are conditional on each fact, each with its driver, sorted."""
        found: dict[str, list[tuple[str, Dependency]]] = {}
        for driver, item in sorted(self._added, key=lambda pair: (pair[0].name, pair[1].sort_key)):
            if item.when is not None:
                found.setdefault(item.when, []).append((driver.name, item))
        return found

    @cached_property
    def mentioned_facts(self) -> tuple[str, ...]:
        """The facts that some dependency is conditional on, sorted."""
        return tuple(sorted(self.conditional))

    @cached_property
    def _more(self) -> tuple[Resolution, ...]:
        """What the added dependencies resolve to, as far as their facts hold."""
        return tuple(
            self.resolver.resolve(driver, item)
            for driver, item in self._added
            if item.when is None or self.facts[item.when]
        )

    @cached_property
    def _more_edges(self) -> Mapping[Step, Sequence[Edge]]:
        found: dict[Step, list[Edge]] = {}
        for edge in (edge for item in self._more for edge in item.edges if edge.kind is not Kind.CONFLICTS):
            found.setdefault(edge.dependent, []).append(edge)
        return found

    @cached_property
    def _linked(self) -> tuple[CompactGraph[str], tuple[Unresolved, ...]]:
        number = self._drivers.number
        arrows = [
            (number[edge.dependent.driver], number[edge.needed.driver])
            for edges in self._more_edges.values()
            for edge in edges
        ]
        graph, unresolved = link(self._roster, self.resolver, arrows)
        added = [problem for item in self._more for problem in item.problems]
        if added:  # otherwise they are sorted already
            every = dict.fromkeys((*unresolved, *added))
            unresolved = tuple(sorted(every, key=lambda item: (item.driver, item.dependency.sort_key)))
        return graph, unresolved

    def edges_of(self, step: Step) -> Sequence[Edge]:
        """Return the edges of one step: what it waits for, sorted; of those that are declared twice, the first."""
        plain, more = super().edges_of(step), self._more_edges.get(step)
        if not more:
            return plain
        return list(dict.fromkeys(sorted((*plain, *more), key=lambda edge: edge.sort_key)))

    @cached_property
    def conflicts(self) -> tuple[Edge, ...]:
        """The pairs of drivers that must not be in one plan, and are; a disabled one does no harm."""
        disabled = self.declarations.disabled
        declared = dict.fromkeys(edge for item in self._more for edge in item.edges if edge.kind is Kind.CONFLICTS)
        active = (edge for edge in declared if not disabled & {edge.dependent.driver, edge.needed.driver})
        return tuple(sorted(active, key=lambda edge: edge.sort_key))

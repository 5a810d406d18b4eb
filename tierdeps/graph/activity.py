"""Which drivers are active: those that the targets of a graph need, want and pull; the others are declared only."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.graph.resolve import Problem
from tierdeps.model import Kind, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from tierdeps.graph.graph import DependencyGraph
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.model import Edge


class Dropped(Value):
    """A driver that is only wanted or pulled, and that cannot be in the plan.

    ``wanted`` are the dependencies that want or pull it; ``chain`` are the requirements that lead from it to the driver
    that cannot be: that one lacks what is ``missing``, or is part of a ``conflict`` with a driver that is in the plan.
    """

    driver: str
    wanted: tuple[Edge, ...]
    chain: tuple[Edge, ...] = ()
    missing: Unresolved | None = None
    conflict: Edge | None = None


class Activity(Value):
    """The active drivers, what was dropped, and the targets that name nothing.

    ``excused`` are the drivers without which a dropped one cannot be: what they lack is reported with it.
    """

    active: frozenset[str]
    dropped: tuple[Dropped, ...] = ()
    unknown: tuple[str, ...] = ()
    excused: frozenset[str] = frozenset()


def find_activity(graph: DependencyGraph) -> Activity:
    """Return which drivers of a graph with targets are active.

    What the targets require is active whatever is wrong with it: an error there leaves no plan. What is wanted or
    pulled comes with all that it requires or not at all; of two of these that conflict, the first one found stays.
    Only drivers that can be reached from the targets are looked at: there may be a million others.
    """
    found, unknown = _meant(graph)
    search = _Search(graph)
    search.require(found)
    search.spread()
    return Activity(frozenset(search.active), tuple(search.dropped()), unknown, frozenset(search.excused()))


def _meant(graph: DependencyGraph) -> tuple[list[str], tuple[str, ...]]:
    """Return the drivers that the targets mean, and the targets that name nothing."""
    found: list[str] = []
    unknown: list[str] = []
    for target in graph.declarations.targets:
        if names := graph.meant_by(target):
            found.extend(names)
        elif not graph.absent_meant_by(target):
            unknown.append(target)
    return found, tuple(unknown)


class _Search:
    """Walks from the targets along what they need."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self.active: dict[str, None] = {}
        self._dropped: dict[str, Dropped] = {}
        self._wanted: dict[str, list[Edge]] = {}

    @cached_property
    def _missing(self) -> Mapping[str, Unresolved]:
        """What each driver lacks first."""
        found = (item for item in reversed(self._graph.unresolved) if item.problem is Problem.MISSING)
        return {item.driver: item for item in found}

    @cached_property
    def _conflicts(self) -> Mapping[str, list[tuple[str, Edge]]]:
        """With whom each driver conflicts."""
        found: dict[str, list[tuple[str, Edge]]] = {}
        for edge in self._graph.declared_conflicts:
            one, other = edge.dependent.driver, edge.needed.driver
            found.setdefault(one, []).append((other, edge))
            found.setdefault(other, []).append((one, edge))
        return found

    def _edges(self, name: str) -> Iterator[Edge]:
        for phase in self._graph.drivers[name].phases:
            yield from self._graph.edges_of(Step(name, phase))

    def _required(self, name: str) -> Iterator[Edge]:
        return (edge for edge in self._edges(name) if edge.kind is Kind.REQUIRES)

    def _closure(self, names: Iterable[str]) -> dict[str, None]:
        """Return some drivers and all that they require."""
        found = dict.fromkeys(names)
        unvisited = deque(found)
        while unvisited:
            for edge in self._required(unvisited.popleft()):
                if edge.needed.driver not in found:
                    found[edge.needed.driver] = None
                    unvisited.append(edge.needed.driver)
        return found

    def require(self, targets: Iterable[str]) -> None:
        """Make the targets active, and what they require."""
        self.active = self._closure(targets)

    def spread(self) -> None:
        """Make active what active drivers want and pull, as far as it can be."""
        unvisited = deque(self.active)
        while unvisited:
            name = unvisited.popleft()
            soft = (edge for edge in self._edges(name) if edge.kind is Kind.WANTS)
            for edge in (*soft, *self._graph.pulls_of(name)):
                wanted = edge.needed.driver
                self._wanted.setdefault(wanted, []).append(edge)
                if wanted not in self.active and wanted not in self._dropped:
                    unvisited.extend(self._admit(wanted))

    def _admit(self, root: str) -> Collection[str]:
        """Make a driver active with all that it requires, and return these; none where one of them cannot be."""
        leading: dict[str, Edge | None] = {root: None}
        unvisited = deque([root])
        while unvisited:
            name = unvisited.popleft()
            if obstacle := self._obstacle(name, leading):
                self._drop(root, name, leading, obstacle)
                return ()
            for edge in self._required(name):
                if edge.needed.driver not in leading and edge.needed.driver not in self.active:
                    leading[edge.needed.driver] = edge
                    unvisited.append(edge.needed.driver)
        self.active |= dict.fromkeys(leading)
        return leading

    def _obstacle(self, name: str, group: Collection[str]) -> Dropped | None:
        """Return why a driver cannot be active: as a dropped driver that nothing leads to."""
        if name in self._dropped:
            return self._dropped[name]
        if name in self._missing:
            return Dropped(name, (), missing=self._missing[name])
        rivals = (edge for other, edge in self._conflicts.get(name, ()) if other in self.active or other in group)
        conflict = next(rivals, None)
        return Dropped(name, (), conflict=conflict) if conflict else None

    def _drop(self, root: str, name: str, leading: Mapping[str, Edge | None], obstacle: Dropped) -> None:
        chain: list[Edge] = []
        while edge := leading[name]:
            chain.append(edge)
            name = edge.dependent.driver
        self._dropped[root] = Dropped(
            root, (), (*reversed(chain), *obstacle.chain), obstacle.missing, obstacle.conflict
        )

    def dropped(self) -> Iterator[Dropped]:
        """Yield the dropped drivers, by name, with what wants each."""
        for name, item in sorted(self._dropped.items()):
            wanted = tuple(sorted(self._wanted[name], key=lambda edge: edge.sort_key))
            yield Dropped(name, wanted, item.chain, item.missing, item.conflict)

    def excused(self) -> Collection[str]:
        """Return the drivers that are not active and without which a dropped one cannot be."""
        return self._closure(self._dropped).keys() - self.active.keys()

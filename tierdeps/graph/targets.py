"""What the dependencies of all drivers resolve to, without an edge for each.

Most dependencies are on one other driver, in the usual phases, and only say which driver comes first. Of these just the
indices of the two drivers are kept; their edges are made when they are looked at. All others, which may be a problem,
a conflict, or an edge of another driver, are resolved one by one.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from typing import TYPE_CHECKING, cast

from tierdeps._util.gc import gc_paused
from tierdeps.compact import MAX_PLAIN_NODES, directed_graph
from tierdeps.compact.adjacency import Adjacency, offsets_of, with_edges
from tierdeps.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import networkx as nx

    from tierdeps.graph.resolve import Resolution, Resolver, Unresolved
    from tierdeps.model import Dependency, Driver, Edge, Step

#: The verbs by which a driver says what itself comes after.
_OWN_SIDE = (Kind.REQUIRES, Kind.WANTS, Kind.AFTER)
#: The index of a target that does not mean one driver.
_NOT_ONE = -1


class _Meanings(dict[str, int]):
    """The index of the one driver that a target means, resolved at the first look-up."""

    def __init__(self, drivers: Mapping[str, Driver], resolver: Resolver) -> None:
        super().__init__(zip(drivers, range(len(drivers)), strict=True))
        self._drivers = drivers
        self._resolver = resolver

    def __missing__(self, target: str) -> int:
        found = self._resolver.look_up(target)
        index = _NOT_ONE
        if len(found.drivers) == 1 and not found.all_instances:
            (name,) = found.drivers
            has_phase = found.phase is None or self._resolver.has_phase(self._drivers[name], found.phase)
            index = self[name] if has_phase and found.via not in self._resolver.choices else _NOT_ONE
        self[target] = index
        return index


class ResolvedTargets:
    """The dependencies of drivers under facts, resolved once."""

    def __init__(self, drivers: Mapping[str, Driver], resolver: Resolver, facts: Mapping[str, bool]) -> None:
        self._drivers = drivers
        self._resolver = resolver
        self._facts = facts
        self._index = _Meanings(drivers, resolver)
        with gc_paused():
            self._needs, others = self._sorted_out()
            #: What each of the other dependencies resolves to.
            self.resolutions: tuple[Resolution, ...] = tuple(self._resolved(others))

    def _sorted_out(self) -> tuple[Adjacency, list[tuple[Driver, list[Dependency]]]]:
        """Return the indices of what each driver needs, and the dependencies that have to be resolved one by one."""
        meant, facts, targets, counts = self._index, self._facts, array("i"), array("i")
        others: list[tuple[Driver, list[Dependency]]] = []
        for place, driver in enumerate(self._drivers.values()):
            before, left = len(targets), []
            for item in driver.dependencies:
                if item.when is not None and not facts[item.when]:
                    continue
                index = meant[item.target]
                is_plain = item.phase is None and item.kind in _OWN_SIDE and item.coupling.atleast is None
                if index not in (_NOT_ONE, place) and is_plain:
                    targets.append(index)
                else:
                    left.append(item)
            counts.append(len(targets) - before)
            if left:
                others.append((driver, left))
        return Adjacency(offsets_of(counts), targets), others

    def _resolved(self, others: Sequence[tuple[Driver, list[Dependency]]]) -> Iterator[Resolution]:
        for driver, items in others:
            for item in dict.fromkeys(sorted(items, key=lambda item: item.sort_key)):
                yield self._resolver.resolve(driver, item)

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """The dependencies whose target cannot be resolved."""
        return tuple(problem for found in self.resolutions for problem in found.problems)

    def edges_of_kind(self, kind: Kind) -> tuple[Edge, ...]:
        """Return the edges of a verb that orders nothing, sorted."""
        edges = (edge for found in self.resolutions for edge in found.edges if edge.kind is kind)
        return tuple(sorted(edges, key=lambda edge: edge.sort_key))

    def edges_of(self, step: Step) -> list[Edge]:
        """Return the edges of one step, which are what it waits for, sorted."""
        if step.driver not in self._drivers:
            return []
        driver = self._drivers[step.driver]
        active = [
            item
            for item in driver.dependencies
            if item.kind in _OWN_SIDE and (item.when is None or self._facts[item.when])
        ]
        declared = dict.fromkeys(sorted(active, key=lambda item: item.sort_key))
        edges = (edge for item in declared for edge in self._resolver.resolve(driver, item).edges)
        own = [edge for edge in edges if edge.dependent == step]
        return sorted([*own, *self._mirrored.get(step, ())], key=lambda edge: edge.sort_key)

    @cached_property
    def _mirrored(self) -> Mapping[Step, list[Edge]]:
        """The edges that other drivers declare for a step."""
        found: dict[Step, list[Edge]] = {}
        for edge in self._other_edges:
            if edge.dependency.kind.is_mirrored:
                found.setdefault(edge.dependent, []).append(edge)
        return found

    @property
    def _other_edges(self) -> Iterator[Edge]:
        return (edge for found in self.resolutions for edge in found.edges if edge.kind.orders)

    def driver_graph(self, max_plain: int = MAX_PLAIN_NODES) -> nx.DiGraph[str]:
        """Return the graph with an edge from each driver to those that need it, compact for more than ``max_plain``."""
        names = list(self._drivers)
        others = ((edge.dependent.driver, edge.needed.driver) for edge in self._other_edges)
        needs = with_edges(self._needs, [(self._index[dependent], self._index[needed]) for dependent, needed in others])
        if len(names) > max_plain:
            from tierdeps.compact import CompactGraph

            return cast("nx.DiGraph[str]", CompactGraph(names, needs))
        rows = map(needs.neighbours, range(len(names)))
        pairs = ((names[needed], name) for name, row in zip(names, rows, strict=True) for needed in row)
        return directed_graph(names, pairs)

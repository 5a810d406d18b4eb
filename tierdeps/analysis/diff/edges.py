"""The edges of one side of a comparison, by the driver that waits; those of a large graph are made on look-up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge, Step


class EdgesByDriver(ABC):
    """All edges of one side, in the order of its drivers."""

    @abstractmethod
    def __iter__(self) -> Iterator[Edge]: ...

    @abstractmethod
    def of(self, driver: str) -> Sequence[Edge]:
        """Return the edges whose dependent is a driver; none where there is no such driver."""

    @abstractmethod
    def among(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return the edges whose dependent is one of these drivers, in the order of all edges."""

    @abstractmethod
    def touching(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return all edges from or to these drivers, and maybe others."""

    @abstractmethod
    def required(self, driver: str) -> Sequence[str] | None:
        """Return what a driver requires, sorted, if its edges say nothing else; None where they may."""


class ListedEdges(EdgesByDriver):
    """Edges that exist already."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._edges = tuple(edges)

    @cached_property
    def _by_driver(self) -> Mapping[str, list[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self._edges:
            found.setdefault(edge.dependent.driver, []).append(edge)
        return found

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {driver: place for place, driver in enumerate(self._by_driver)}

    def __iter__(self) -> Iterator[Edge]:
        return iter(self._edges)

    def of(self, driver: str) -> Sequence[Edge]:
        """Return the edges whose dependent is a driver."""
        return self._by_driver.get(driver, ())

    def among(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return the edges whose dependent is one of these drivers."""
        known = sorted((driver for driver in drivers if driver in self._place), key=self._place.__getitem__)
        return (edge for driver in known for edge in self._by_driver[driver])

    def touching(self, drivers: Collection[str]) -> Iterator[Edge]:  # noqa: ARG002
        """Return all edges."""
        return iter(self._edges)

    def required(self, driver: str) -> Sequence[str] | None:  # noqa: ARG002
        """Return None: an edge may say anything."""
        return None


class RequirementEdges(EdgesByDriver):
    """The edges of a graph in which drivers declare nothing but requirements, made when they are looked up."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph

    def __iter__(self) -> Iterator[Edge]:
        return self._graph.each_edge()

    def of(self, driver: str) -> Sequence[Edge]:
        """Return the edges whose dependent is a driver."""
        return self._graph.edges_of_driver(driver) if driver in self._graph.drivers else ()

    def among(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return the edges whose dependent is one of these drivers."""
        return (edge for driver in sorted(drivers) for edge in self.of(driver))

    def touching(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return the edges of these drivers, and of all that require one of them."""
        names = set(drivers)
        near = (
            driver
            for driver in self._graph.drivers
            if driver in names or (required := self.required(driver)) is None or not names.isdisjoint(required)
        )
        return (edge for driver in near for edge in self.of(driver))

    def required(self, driver: str) -> Sequence[str] | None:
        """Return what a driver requires, if that is all that is to be said of it."""
        plain = self._graph.plain_driver(driver)
        return None if plain is None else plain.requires


class RenamedEdges(EdgesByDriver):
    """The edges of a side in which some drivers have other names; ``new_names`` maps the old ones to these."""

    def __init__(self, edges: EdgesByDriver, new_names: Mapping[str, str]) -> None:
        self._edges = edges
        self._new_names = new_names
        self._old_names = {new: old for old, new in new_names.items()}

    def _renamed(self, edges: Iterable[Edge]) -> Iterator[Edge]:
        return (renamed_edge(edge, self._new_names) for edge in edges)

    def _old(self, driver: str) -> str:
        return self._old_names.get(driver, driver)

    def __iter__(self) -> Iterator[Edge]:
        return self._renamed(self._edges)

    def of(self, driver: str) -> Sequence[Edge]:
        """Return the edges whose dependent is a driver."""
        return list(self._renamed(self._edges.of(self._old(driver))))

    def among(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return the edges whose dependent is one of these drivers."""
        return self._renamed(self._edges.among(list(map(self._old, drivers))))

    def touching(self, drivers: Collection[str]) -> Iterator[Edge]:
        """Return all edges from or to these drivers, and maybe others."""
        return self._renamed(self._edges.touching(list(map(self._old, drivers))))

    def required(self, driver: str) -> Sequence[str] | None:
        """Return what a driver requires, if that is all that is to be said of it."""
        found = self._edges.required(self._old(driver))
        if found is None or self._new_names.keys().isdisjoint(found):
            return found
        return sorted(self._new_names.get(name, name) for name in found)


def renamed_edge(edge: Edge, new_names: Mapping[str, str]) -> Edge:
    """Return an edge in which drivers have other names; the edge itself where none of its own has."""
    ends = {edge.dependent.driver, edge.needed.driver, edge.declarer}
    if new_names.keys().isdisjoint(ends):
        return edge

    def name(step: Step) -> Step:
        return step._replace(driver=new_names.get(step.driver, step.driver))

    declarer = new_names.get(edge.declarer, edge.declarer)
    return replace(edge, dependent=name(edge.dependent), needed=name(edge.needed), declarer=declarer)

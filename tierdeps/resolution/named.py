"""The parts of a graph whose drivers stand in a roster: numbers do the work, and values are made when asked for."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from tierdeps.compact import CompactGraph
from tierdeps.compact.adjacency import Adjacency, from_edges, offsets_of
from tierdeps.model import Driver, Step
from tierdeps.resolution.membership import Membership
from tierdeps.resolution.resolve import Resolution, Resolver, Unresolved

if TYPE_CHECKING:
    from collections.abc import Collection

    from tierdeps.resolution.roster import Roster

#: The phase that each of them has.
PHASE = "start"
#: So many drivers are remembered: who asks for one mostly asks for it again.
REMEMBERED = 256


class NamedDrivers(Mapping[str, Driver]):
    """The drivers of a roster by their names."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self._made = lru_cache(REMEMBERED)(roster.__getitem__)

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each driver."""
        return dict(zip(self.roster.names, range(len(self.roster)), strict=True))

    def __getitem__(self, name: str) -> Driver:
        return self._made(self.number[name])

    def __contains__(self, name: object) -> bool:
        return name in self.number

    def __iter__(self) -> Iterator[str]:
        return iter(self.roster.names)

    def __len__(self) -> int:
        return len(self.roster)


class NamedSteps(Sequence[Step]):
    """The steps of drivers that have one phase each."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __getitem__(self, place: int) -> Step:  # type: ignore[override]  # nobody cuts slices out of it
        return Step(self._names[place], PHASE)

    def __len__(self) -> int:
        return len(self._names)


class StepNumbers(Mapping[Step, int]):
    """The numbers of these steps: those of their drivers."""

    def __init__(self, drivers: NamedDrivers) -> None:
        self._drivers = drivers

    def __getitem__(self, step: Step) -> int:
        return self._drivers.number[step.driver]

    def __iter__(self) -> Iterator[Step]:
        return (Step(name, PHASE) for name in self._drivers)

    def __len__(self) -> int:
        return len(self._drivers)


class NamedResolver(Resolver):
    """Looks up names, where there are no capabilities."""

    @cached_property
    def providers(self) -> dict[str, tuple[str, ...]]:
        """None at all."""
        return {}


class NamedMembership(Membership):
    """All drivers belong to the one tier."""

    def __init__(self, drivers: Mapping[str, Driver], graph: CompactGraph[str], tiers: Sequence[str]) -> None:
        super().__init__(drivers, (), tiers)
        self.__dict__["graph"] = graph

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """None: no driver names a tier."""
        return ()

    @cached_property
    def rank(self) -> dict[str, int]:
        """The first place, for all."""
        return dict.fromkeys(self._drivers, 0)


def link(
    roster: Roster, resolver: Resolver, more: Collection[tuple[int, int]] = ()
) -> tuple[CompactGraph[str], tuple[Unresolved, ...]]:
    """Return the driver graph, and the requirements that make no arrow because their target cannot be told.

    Mostly all of them make one, and none is looked at by itself: a driver that requires itself is noticed by being in
    no generation. ``more`` are arrows beside those of the roster, each as the numbers of a driver and what it needs.
    """
    graph = CompactGraph(roster.names, _joined(roster.needs, more))
    if not roster.absent and (graph.acyclic or not _any_needs_itself(graph)):
        return graph, ()
    problems: list[Unresolved] = []
    into = from_edges(len(roster), chain(_arrows(roster, resolver, problems), more))
    return CompactGraph(roster.names, into), tuple(dict.fromkeys(problems))


def _joined(needs: Adjacency, more: Collection[tuple[int, int]]) -> Adjacency:
    """Return arrows with some more; the others are copied without being looked at."""
    if not more:
        return needs
    degrees = array("q", needs.degrees)
    ends = array("i")
    copied = 0
    for node, end in sorted(more):
        degrees[node] += 1
        ends.extend(needs.targets[copied : needs.offsets[node + 1]])
        ends.append(end)
        copied = needs.offsets[node + 1]
    ends.extend(needs.targets[copied:])
    return Adjacency(offsets_of(degrees), ends)


def _any_needs_itself(graph: CompactGraph[str]) -> bool:
    return any(
        node in graph.incoming.neighbours(node) for node in set(range(len(graph))).difference(graph.generations.order)
    )


def _arrows(roster: Roster, resolver: Resolver, problems: list[Unresolved]) -> Iterator[tuple[int, int]]:
    """Yield the arrows; requirements that lead out of the roster, or back to their own driver, are looked up."""
    known = len(roster)
    number = {name: index for index, name in enumerate(roster.names)}
    for index in range(known):
        ends = roster.needs.neighbours(index)
        doubtful = {end for end in ends if end >= known or end == index}
        yield from ((index, end) for end in ends if end not in doubtful)
        if doubtful:
            found = _looked_up(roster[index], {roster.target(end) for end in doubtful}, resolver)
            problems.extend(problem for item in found for problem in item.problems)
            yield from ((index, number[edge.needed.driver]) for item in found for edge in item.edges)


def _looked_up(driver: Driver, targets: set[str], resolver: Resolver) -> list[Resolution]:
    dependencies = sorted(driver.dependencies, key=lambda item: item.sort_key)
    return [resolver.resolve(driver, item) for item in dependencies if item.target in targets]

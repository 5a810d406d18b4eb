"""For each driver the one dependency that puts it where it is; followed, they make the chain of reasons."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tierdeps.model import Edge


class Links:
    """What puts drivers into their tiers and stages.

    ``tier`` and ``stage`` say where each driver is (no stage: there is no plan); ``named`` are the drivers that name
    their tier themselves.
    """

    def __init__(
        self, edges: Iterable[Edge], tier: Mapping[str, str], stage: Mapping[str, int], named: Collection[str]
    ) -> None:
        self._tier = tier
        self._stage = stage
        self._named = named
        self._inside = [edge for edge in edges if tier[edge.needed.driver] == tier[edge.dependent.driver]]

    @cached_property
    def to_tier(self) -> Mapping[str, Edge]:
        """For each driver that has its tier from another one, the first dependency on the way to one that names it."""
        homeless = [edge for edge in self._inside if edge.dependent.driver not in self._named]
        return _nearest(homeless, self._named)

    @cached_property
    def to_stage(self) -> Mapping[str, Edge]:
        """For each driver that is not in the first stage, the first dependency on the way to the stage before."""
        stage = self._stage
        direct: dict[str, Edge] = {}
        for edge in self._inside:
            name = edge.dependent.driver
            if name in stage and stage[edge.needed.driver] == stage[name] - 1:
                direct.setdefault(name, edge)
        return {**_nearest(self.shared, direct), **direct}

    @cached_property
    def shared(self) -> Sequence[Edge]:
        """The dependencies within a stage: between drivers that need each other in different phases."""
        stage = self._stage
        return [
            edge
            for edge in self._inside
            if edge.dependent.driver in stage and stage[edge.dependent.driver] == stage[edge.needed.driver]
        ]

    @cached_property
    def companions(self) -> Mapping[str, frozenset[str]]:
        """The drivers that need each other in different phases, each with its whole group."""
        groups: dict[str, set[str]] = {}
        for edge in self.shared:
            one = groups.setdefault(edge.dependent.driver, {edge.dependent.driver})
            other = groups.setdefault(edge.needed.driver, {edge.needed.driver})
            if one is not other:
                small, large = sorted((one, other), key=len)
                large |= small
                groups.update(dict.fromkeys(small, large))
        frozen = {id(group): frozenset(group) for group in groups.values()}
        return {name: frozen[id(group)] for name, group in groups.items()}


def follow(links: Mapping[str, Edge], driver: str) -> tuple[Edge, ...]:
    """Return the chain that begins at a driver."""
    chain: list[Edge] = []
    while driver in links:
        chain.append(links[driver])
        driver = links[driver].needed.driver
    return tuple(chain)


def _nearest(edges: Iterable[Edge], goals: Iterable[str]) -> dict[str, Edge]:
    """For each driver that reaches a goal, return the first dependency of a shortest way; ties go to smaller names."""
    needed_by: dict[str, list[Edge]] = {}
    for edge in edges:
        needed_by.setdefault(edge.needed.driver, []).append(edge)
    links: dict[str, Edge] = {}
    level = sorted(goals)
    reached = set(level)
    while level:
        found: dict[str, Edge] = {}
        for name in level:
            for edge in needed_by.get(name, ()):
                if edge.dependent.driver not in reached:
                    found.setdefault(edge.dependent.driver, edge)
        links.update(found)
        reached |= found.keys()
        level = sorted(found)
    return links

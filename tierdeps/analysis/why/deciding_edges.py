"""For each driver the one edge that decides its tier, and the one that decides its stage; followed, they explain it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tierdeps.model import Edge


class DecidingEdges:
    """The edges that decide the tiers and stages of all drivers.

    ``tier`` and ``stage`` say where each driver is (without a plan there are no stages); ``named`` are the drivers that
    name their tier themselves.
    """

    def __init__(
        self, edges: Iterable[Edge], tier: Mapping[str, str], stage: Mapping[str, int], named: Collection[str]
    ) -> None:
        self._tier = tier
        self._stage = stage
        self._named = named
        self._within_tier = [edge for edge in edges if tier[edge.needed.driver] == tier[edge.dependent.driver]]

    @cached_property
    def of_tier(self) -> Mapping[str, Edge]:
        """For each driver whose tier is inferred, the first edge on the way to a driver that names the tier."""
        untiered = [edge for edge in self._within_tier if edge.dependent.driver not in self._named]
        return first_edges(untiered, self._named)

    @cached_property
    def of_stage(self) -> Mapping[str, Edge]:
        """For each driver that is not in the first stage, the first edge on the way to the stage before."""
        stage = self._stage
        direct: dict[str, Edge] = {}
        for edge in self._within_tier:
            name = edge.dependent.driver
            if name in stage and stage[edge.needed.driver] == stage[name] - 1:
                direct.setdefault(name, edge)
        return {**first_edges(self.within_stage, direct), **direct}

    @cached_property
    def within_stage(self) -> Sequence[Edge]:
        """The edges within a stage: between drivers that need each other in different phases."""
        stage = self._stage
        return [
            edge
            for edge in self._within_tier
            if edge.dependent.driver in stage and stage[edge.dependent.driver] == stage[edge.needed.driver]
        ]

    @cached_property
    def co_staged(self) -> Mapping[str, frozenset[str]]:
        """The drivers that need each other in different phases, each with its whole group.

        Groups are merged as edges connect them, the smaller into the larger; all members share one set object, so that
        ``id`` distinguishes groups while they are alive.
        """
        groups: dict[str, set[str]] = {}
        for edge in self.within_stage:
            one = groups.setdefault(edge.dependent.driver, {edge.dependent.driver})
            other = groups.setdefault(edge.needed.driver, {edge.needed.driver})
            if one is not other:
                small, large = sorted((one, other), key=len)
                large |= small
                groups.update(dict.fromkeys(small, large))
        frozen = {id(group): frozenset(group) for group in groups.values()}
        return {name: frozen[id(group)] for name, group in groups.items()}


def first_edges(edges: Iterable[Edge], goals: Iterable[str]) -> dict[str, Edge]:
    """Return, for each driver from which a goal can be reached, the first edge of a shortest way.

    A breadth-first search backwards from all goals; ties go to smaller names.
    """
    needed_by: dict[str, list[Edge]] = {}
    for edge in edges:
        needed_by.setdefault(edge.needed.driver, []).append(edge)
    first: dict[str, Edge] = {}
    level = sorted(goals)
    reached = set(level)
    while level:
        found: dict[str, Edge] = {}
        for name in level:
            for edge in needed_by.get(name, ()):
                if edge.dependent.driver not in reached:
                    found.setdefault(edge.dependent.driver, edge)
        first.update(found)
        reached |= found.keys()
        level = sorted(found)
    return first

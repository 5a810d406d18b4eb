"""The edges that decide where some drivers are, found from these drivers on; edges of other drivers are not made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tierdeps.analysis.why.deciding_edges import first_edges

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tierdeps.model import Edge


class Tiers(Protocol):
    """The tier of each driver."""

    @property
    def is_any_named(self) -> bool:
        """Whether a driver names its tier itself."""
        ...

    def is_named(self, driver: str) -> bool:
        """Return whether a driver names its tier itself."""
        ...

    def __getitem__(self, driver: str) -> str:
        """Return the name of a driver's tier."""
        ...


class NearbyEdges:
    """What ``DecidingEdges`` has of all drivers, computed for single ones and kept.

    ``edges_of`` returns the edges of a driver, sorted; ``tiers`` and ``stage`` say where drivers are (without a plan
    there are no stages).
    """

    def __init__(self, edges_of: Callable[[str], Sequence[Edge]], tiers: Tiers, stage: Mapping[str, int]) -> None:
        self._edges_of = edges_of
        self._tiers = tiers
        self._stage = stage
        self._stage_edges: dict[str, Edge | None] = {}
        self._groups: dict[str, frozenset[str]] = {}

    def _within_tier(self, driver: str) -> list[Edge]:
        tier = self._tiers[driver]
        return [edge for edge in self._edges_of(driver) if self._tiers[edge.needed.driver] == tier]

    def within_stage(self, driver: str) -> list[Edge]:
        """Return the edges of a driver to others of its stage, which need it too, in other phases."""
        stage = self._stage.get(driver)
        if stage is None:
            return []
        return [edge for edge in self._within_tier(driver) if self._stage[edge.needed.driver] == stage]

    def co_staged(self, driver: str) -> frozenset[str]:
        """Return the drivers that need each other in different phases, one of which is given; empty without others.

        An edge within a stage is always part of a cycle of drivers: what such edges lead to is the whole group.
        """
        if driver not in self._groups:
            group, unvisited = {driver}, [driver]
            while unvisited:
                needed = {edge.needed.driver for edge in self.within_stage(unvisited.pop())} - group
                group |= needed
                unvisited.extend(needed)
            self._groups.update(dict.fromkeys(group, frozenset(group if len(group) > 1 else ())))
        return self._groups[driver]

    def stage_edge(self, driver: str) -> Edge | None:
        """Return the first edge on the way from a driver to the stage before; None in the first stage."""
        if driver not in self._stage_edges:
            self._stage_edges[driver] = self._direct(driver)
            if self._stage_edges[driver] is None and (group := self.co_staged(driver)):
                self._stage_edges.update(self._edges_of_group(group))
        return self._stage_edges[driver]

    def _edges_of_group(self, group: Collection[str]) -> dict[str, Edge | None]:
        """Return the first edge of each driver of a group on the way to the stage before."""
        direct = {name: edge for name in group if (edge := self._direct(name)) is not None}
        inside = [edge for name in sorted(group) for edge in self.within_stage(name)]
        return {**dict.fromkeys(group), **first_edges(inside, direct), **direct}

    def _direct(self, driver: str) -> Edge | None:
        """Return the first edge of a driver that leads to the stage before."""
        before = self._stage.get(driver, 0) - 1
        if before <= 0:
            return None
        return next((edge for edge in self._within_tier(driver) if self._stage[edge.needed.driver] == before), None)

    def stage_chain(self, driver: str) -> tuple[Edge, ...]:
        """Return the chain of deciding edges from a driver down to the first stage."""
        chain: list[Edge] = []
        while (edge := self.stage_edge(driver)) is not None:
            chain.append(edge)
            driver = edge.needed.driver
        return tuple(chain)

    def tier_chain(self, driver: str) -> tuple[Edge, ...]:
        """Return a shortest chain from a driver whose tier is inferred to one that names it; ties by name."""
        is_named = self._tiers.is_named
        if not self._tiers.is_any_named or is_named(driver):
            return ()
        levels = [[driver]]
        reached = {driver}
        while not any(map(is_named, levels[-1])):
            needed = (edge.needed.driver for name in levels[-1] for edge in self._within_tier(name))
            following = list(dict.fromkeys(name for name in needed if name not in reached))
            if not following:
                return ()
            reached.update(following)
            levels.append(following)
        return self._descended(driver, levels[1:-1], set(filter(is_named, levels[-1])))

    def _descended(self, driver: str, between: list[list[str]], goals: Collection[str]) -> tuple[Edge, ...]:
        """Return the chain from a driver to the goals through the levels between."""
        leading = [goals]
        for level in reversed(between):
            ahead = leading[-1]
            leading.append(
                {name for name in level if any(edge.needed.driver in ahead for edge in self._within_tier(name))}
            )
        chain: list[Edge] = []
        for ahead in reversed(leading):
            edges = (edge for edge in self._within_tier(driver) if edge.needed.driver in ahead)
            chain.append(min(edges, key=lambda edge: edge.needed.driver))
            driver = chain[-1].needed.driver
        return tuple(chain)

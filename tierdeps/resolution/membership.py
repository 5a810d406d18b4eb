"""Each driver belongs to one tier: the one it names, else the latest among what it needs, else the first."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps.compact import directed_graph

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import networkx as nx

    from tierdeps.model import Driver, Edge


class Membership:
    """The tier of each driver. ``unknown`` are the drivers that name a tier that nobody declares."""

    def __init__(self, drivers: Mapping[str, Driver], edges: Sequence[Edge], tiers: Sequence[str]) -> None:
        self._drivers = drivers
        self._edges = edges
        self.tiers = tuple(tiers)
        self._index = {name: index for index, name in enumerate(tiers)}

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The drivers whose tier nobody declares, sorted."""
        return tuple(name for name, driver in self._drivers.items() if driver.tier and driver.tier not in self._index)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """The driver graph: an arrow from each driver to those that need it, whatever the phases."""
        return directed_graph(self._drivers, ((edge.needed.driver, edge.dependent.driver) for edge in self._edges))

    @cached_property
    def rank(self) -> dict[str, int]:
        """The place of each driver's tier in the order of tiers, from 0."""
        rank = {name: self._index[driver.tier] for name, driver in self._drivers.items() if driver.tier in self._index}
        if len(rank) == len(self._drivers):
            return rank
        if len(self.tiers) == 1:
            return dict.fromkeys(self._drivers, 0)
        self._infer(rank, {}, self._drivers.keys() - rank.keys())
        return rank

    def moved(self, driver: str, tier: str) -> dict[str, int]:
        """Return the new places of the drivers that have another one if one of them names a tier that is declared."""
        following, known = [driver], {driver}
        for name in following:
            for other in self.graph.succ[name]:
                if other not in known and self._drivers[other].tier not in self._index:
                    known.add(other)
                    following.append(other)
        places = {driver: self._index[tier]}
        self._infer(places, self.rank, known - {driver})
        return {name: place for name, place in places.items() if place != self.rank[name]}

    def _infer(self, rank: dict[str, int], others: Mapping[str, int], untiered: Collection[str]) -> None:
        """Put drivers that name no tier into the latest one among what they need; ``others`` ranks what has no rank."""
        if not untiered:
            return
        import networkx as nx

        whole = nx.condensation(self.graph.subgraph(untiered))
        for node in nx.topological_sort(whole):
            members = whole.nodes[node]["members"]
            needed = {other for name in members for other in self.graph.pred[name]}.difference(members)
            latest = max((rank[other] if other in rank else others[other] for other in needed), default=0)
            rank.update(dict.fromkeys(members, latest))

    def __getitem__(self, driver: str) -> str:
        """Return the name of a driver's tier."""
        return self.tiers[self.rank[driver]]

    def because(self, driver: str) -> str | None:
        """Return the needed driver that puts a driver without a tier of its own into its tier, if one does."""
        if self._drivers[driver].tier in self._index:
            return None
        rank = self.rank
        needed = sorted(name for name in self.graph.pred[driver] if rank[name] == rank[driver])
        return needed[0] if needed and rank[driver] else None

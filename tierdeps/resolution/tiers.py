"""Tiers of all plugins collapse into one total order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

    from tierdeps.model import Origin, Tier

#: The one tier of a graph in which nobody declares tiers.
DEFAULT = "default"


class TierOrder:
    """The tiers in one order: topological, ties by name. Tiers of one name are merged.

    An order is given even where there is none: the tiers of a cycle stand together by name, and ``cycles`` tells.
    """

    def __init__(self, tiers: Iterable[Tier]) -> None:
        self.declared: dict[str, tuple[Tier, ...]] = {}
        for tier in sorted(tiers, key=lambda tier: (tier.name, tier.origin.sort_key)):
            self.declared[tier.name] = (*self.declared.get(tier.name, ()), tier)

    @cached_property
    def relations(self) -> tuple[tuple[str, str, Origin], ...]:
        """All that is said: (earlier, later, who says so)."""
        said = set()
        for group in self.declared.values():
            for tier in group:
                said |= {(other, tier.name, tier.origin) for other in tier.after}
                said |= {(tier.name, other, tier.origin) for other in tier.before}
        return tuple(sorted(said, key=lambda item: (item[0], item[1], item[2].sort_key)))

    @cached_property
    def unknown(self) -> tuple[tuple[str, str, Origin], ...]:
        """The relations that name a tier that nobody declares."""
        return tuple(item for item in self.relations if not {item[0], item[1]} <= self.declared.keys())

    @cached_property
    def _graph(self) -> nx.DiGraph[str]:
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.declared)
        graph.add_edges_from(item[:2] for item in self.relations if item not in self.unknown)
        return graph

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """A shortest closed path of each component of tiers that come after each other."""
        import networkx as nx

        found = []
        for component in nx.strongly_connected_components(self._graph):
            first = min(component)
            part = self._graph.subgraph(component)
            if len(component) > 1 or part.has_edge(first, first):
                found.append(_shortest(part))
        return tuple(sorted(found))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tiers, earliest first; one, named ``default``, where none is declared."""
        import networkx as nx

        if not self.declared:
            return (DEFAULT,)
        whole = nx.condensation(self._graph)
        members = {node: sorted(data["members"]) for node, data in whole.nodes(data=True)}
        order = nx.lexicographical_topological_sort(whole, key=lambda node: members[node][0])
        return tuple(name for node in order for name in members[node])

    @cached_property
    def unordered(self) -> tuple[tuple[str, str], ...]:
        """Neighbours in the order that nothing but their names puts in it."""
        import networkx as nx

        pairs = zip(self.names, self.names[1:], strict=False)
        return tuple(
            (one, other)
            for one, other in pairs
            if not nx.has_path(self._graph, one, other) and not nx.has_path(self._graph, other, one)
        )


def _shortest(part: nx.DiGraph[str]) -> tuple[str, ...]:
    """Return a shortest cycle, each tier followed by one that it comes after; it begins at its smallest name."""
    import networkx as nx

    backwards = part.reverse(copy=False)
    best: list[str] = []
    for start in sorted(part):
        for follower in sorted(backwards[start]):
            if nx.has_path(backwards, follower, start):
                path = [start, *nx.shortest_path(backwards, follower, start)]
                best = min(best or path, path, key=len)
    pivot = best.index(min(best))
    turn = best[:-1]
    return (*turn[pivot:], *turn[:pivot], turn[pivot])

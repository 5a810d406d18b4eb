"""The tiers of all plugins in one total order, and the tier that each driver belongs to."""

from __future__ import annotations

from functools import cached_property
from itertools import chain, compress, pairwise
from operator import gt
from typing import TYPE_CHECKING

from tierdeps.compact import is_compact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import networkx as nx

    from tierdeps.compact import CompactGraph
    from tierdeps.model import Driver, Origin, Tier

#: The one tier of a graph in which is not declared tiers.
DEFAULT_TIER = "default"
#: How many tiers are visited in the search for a shortest cycle before the shortest one found so far is shown.
MAX_VISITS = 1_000_000
#: The length of the path of a cycle of two.
SHORTEST_CYCLE = 3


class TierOrder:
    """The declared tiers in one order: topological, ties by name. Tiers of the same name are merged.

    There is an order even where the declarations contradict each other: the tiers of a cycle are then next to each
    other, sorted by name, and ``cycles`` is not empty.
    """

    def __init__(self, tiers: Iterable[Tier]) -> None:
        self.declared: dict[str, tuple[Tier, ...]] = {}
        for tier in sorted(tiers, key=lambda tier: (tier.name, tier.origin.sort_key)):
            self.declared[tier.name] = (*self.declared.get(tier.name, ()), tier)

    @cached_property
    def relations(self) -> tuple[tuple[str, str, Origin], ...]:
        """All declared relations, each as (earlier tier, later tier, who declares it)."""
        found = set()
        for group in self.declared.values():
            for tier in group:
                found |= {(other, tier.name, tier.origin) for other in tier.after}
                found |= {(tier.name, other, tier.origin) for other in tier.before}
        return tuple(sorted(found, key=lambda item: (item[0], item[1], item[2].sort_key)))

    @cached_property
    def unknown(self) -> tuple[tuple[str, str, Origin], ...]:
        """The relations that name a tier that nobody declares."""
        known = self.declared
        return tuple(item for item in self.relations if item[0] not in known or item[1] not in known)

    @cached_property
    def _graph(self) -> nx.DiGraph[str]:
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.declared)
        unknown = frozenset(self.unknown)
        graph.add_edges_from(item[:2] for item in self.relations if item not in unknown)
        return graph

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """A shortest closed path of each component of tiers that come after each other."""
        import networkx as nx

        found = []
        for members in nx.strongly_connected_components(self._graph):
            # no subgraph of each component: networkx's views take a hundred times as long as a small one has edges
            earlier = {name: sorted(members.intersection(self._graph.pred[name])) for name in sorted(members)}
            if any(earlier.values()):
                found.append(_shortest_cycle(earlier))
        return tuple(sorted(found))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tiers, earliest first; one, named ``default``, where none is declared."""
        import networkx as nx

        if not self.declared:
            return (DEFAULT_TIER,)
        members = {node: sorted(data["members"]) for node, data in self._condensed.nodes(data=True)}
        order = nx.lexicographical_topological_sort(self._condensed, key=lambda node: members[node][0])
        return tuple(name for node in order for name in members[node])

    @cached_property
    def _condensed(self) -> nx.DiGraph[int]:
        import networkx as nx

        return nx.condensation(self._graph)

    @cached_property
    def unordered(self) -> tuple[tuple[str, str], ...]:
        """Neighbours in the order that are there only because of their names.

        Nothing lies between neighbours, so that tiers with a declared order between them are in one component, or
        have an edge between their components.
        """
        condensed = self._condensed
        component = condensed.graph["mapping"] if self.declared else {}
        return tuple(
            (earlier, later)
            for earlier, later in pairwise(self.names)
            if component[earlier] != component[later] and not condensed.has_edge(component[earlier], component[later])
        )


def _shortest_cycle(earlier: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a shortest cycle, each tier followed by one that it comes after, starting at its smallest name.

    ``earlier`` has the tiers of a component, and which others of it each comes after, both sorted. In a large
    component, only cycles through the first of its tiers are compared.
    """
    if alone := next((name for name, others in earlier.items() if name in others), None):
        return (alone, alone)
    visits = MAX_VISITS
    best: list[str] = []
    for start in earlier:
        path, visited = _cycle_through(start, earlier, len(best))
        best, visits = path or best, visits - visited
        if visits < 0 or len(best) == SHORTEST_CYCLE:
            break
    first = best.index(min(best))
    members = best[:-1]
    return (*members[first:], *members[:first], members[first])


def _cycle_through(start: str, earlier: Mapping[str, Sequence[str]], below: int) -> tuple[list[str], int]:
    """Return a shortest cycle through a tier, and how many tiers were visited; none unless it is shorter than a limit.

    There is no limit if it is 0.
    """
    reached: dict[str, str] = {}
    level, length = [start], 1
    while start not in reached and level and not (below and length + 1 >= below):
        length += 1
        following: list[str] = []
        for name in level:
            for other in earlier[name]:
                if other not in reached:
                    reached[other] = name
                    following.append(other)
        level = following
    if start not in reached:
        return [], len(reached)
    path = [start, reached[start]]
    while path[-1] != start:
        path.append(reached[path[-1]])
    return path[::-1], len(reached)


class Membership:
    """The tier of each driver: the one it names, else the latest among what it needs, else the first."""

    def __init__(
        self, drivers: Mapping[str, Driver], build_graph: Callable[[], nx.DiGraph[str]], order: TierOrder
    ) -> None:
        self._drivers = drivers
        self._build_graph = build_graph
        self.order = order

    @cached_property
    def tiers(self) -> tuple[str, ...]:
        """The tiers in their order."""
        return tuple(self.order.names)

    @cached_property
    def _rank_of_tier(self) -> dict[str, int]:
        return {name: rank for rank, name in enumerate(self.tiers)}

    @cached_property
    def named(self) -> Mapping[str, str | None]:
        """The tier that each driver names, known or not."""
        return {name: driver.tier for name, driver in self._drivers.items()}

    @property
    def untiered(self) -> Iterator[str]:
        """The drivers that name no tier, sorted."""
        return (name for name, tier in self.named.items() if tier is None)

    @property
    def used(self) -> int:
        """How many tiers have a driver."""
        return min(len(self._drivers), 1) if len(self.tiers) == 1 else len(set(self.rank.values()))

    @cached_property
    def is_any_named(self) -> bool:
        """Whether a driver names its tier itself."""
        return any(map(self.is_named, self._drivers))

    def is_named(self, driver: str) -> bool:
        """Return whether a driver names its tier itself, and that tier is known."""
        return self.named[driver] in self._rank_of_tier

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The drivers that name a tier that nobody declares, sorted."""
        known = self._rank_of_tier
        return tuple(name for name, tier in self.named.items() if tier and tier not in known)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """The driver graph: an edge from each driver to those that need it, whatever the phases."""
        return self._build_graph()

    @cached_property
    def rank(self) -> dict[str, int]:
        """The rank of each driver's tier in the order of tiers, from 0."""
        known = self._rank_of_tier
        rank = {name: known[tier] for name, tier in self.named.items() if tier in known}
        if len(rank) == len(self._drivers):
            return rank
        if len(self.tiers) == 1:
            return dict.fromkeys(self._drivers, 0)
        import networkx as nx

        if not nx.is_directed_acyclic_graph(self.graph):
            self._infer(rank, {}, self._drivers.keys() - rank.keys())
            return rank
        if is_compact(self.graph):
            return dict(zip(self.graph.nodes, _inferred(self.graph, rank), strict=True))
        pred = self.graph.pred
        for name in chain.from_iterable(nx.topological_generations(self.graph)):
            if name not in rank:
                rank[name] = max(map(rank.__getitem__, pred[name]), default=0)
        return rank

    @property
    def inverted(self) -> Sequence[str]:
        """The drivers that need one of a later tier."""
        rank, graph = self.rank, self.graph
        if is_compact(graph):
            ranks = list(map(rank.__getitem__, graph.nodes))
            return list(compress(graph.nodes, map(gt, graph.maxima(ranks), ranks)))
        pred = graph.pred
        return [name for name in self._drivers if any(rank[other] > rank[name] for other in pred[name])]

    def ranks_if_moved(self, driver: str, tier: str) -> dict[str, int]:
        """Return the ranks that change if a driver names another declared tier: its own, and those inferred from it."""
        reached, seen = [driver], {driver}
        for name in reached:  # grows while it is walked
            for other in self.graph.succ[name]:
                if other not in seen and not self.is_named(other):
                    seen.add(other)
                    reached.append(other)
        ranks = {driver: self._rank_of_tier[tier]}
        self._infer(ranks, self.rank, seen - {driver})
        return {name: rank for name, rank in ranks.items() if rank != self.rank[name]}

    def _infer(self, rank: dict[str, int], others: Mapping[str, int], untiered: Collection[str]) -> None:
        """Add the ranks of untiered drivers to ``rank``; ``others`` has the ranks of drivers that are not in it.

        Untiered drivers that need each other get the same one: the latest among what any of them needs.
        """
        if not untiered:
            return
        import networkx as nx

        condensed = nx.condensation(self.graph.subgraph(untiered))
        for node in nx.topological_sort(condensed):
            members = condensed.nodes[node]["members"]
            needed = {other for name in members for other in self.graph.pred[name]}.difference(members)
            latest = max((rank[other] if other in rank else others[other] for other in needed), default=0)
            rank.update(dict.fromkeys(members, latest))

    def __getitem__(self, driver: str) -> str:
        """Return the name of a driver's tier."""
        return self.tiers[self.rank[driver]]

    def inferred_from(self, driver: str) -> str | None:
        """Return the needed driver from which an untiered driver has its tier; None where it has it from nobody."""
        if self.is_named(driver):
            return None
        rank = self.rank
        needed = sorted(name for name in self.graph.pred[driver] if rank[name] == rank[driver])
        return needed[0] if needed and rank[driver] else None


def _inferred(graph: CompactGraph[str], named: Mapping[str, int]) -> list[int]:
    """Return the rank of each node of a graph without a cycle: that in ``named``, else the latest of what it needs."""
    unnamed = -1
    ranks = [named.get(name, unnamed) for name in graph.nodes]
    for index in graph.generations.order:
        if ranks[index] == unnamed:
            ranks[index] = max(map(ranks.__getitem__, graph.incoming.neighbours(index)), default=0)
    return ranks

"""How two drivers stand to each other."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.analysis.why.chain import Chain, find_chain, shortest_chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge


class Relation(StrEnum):
    """What orders two drivers."""

    DEPENDS = "depends"
    NEEDED = "needed"
    TIERS = "tiers"
    NONE = "none"


class Route(Value):
    """How one driver comes to depend on another, or the other on it, or what else orders them.

    ``earlier`` is the one whose tier comes first, if the tiers differ. ``dormant`` is a chain that would be there, or
    would be shorter, if the facts that it hangs on held.
    """

    dependent: str
    needed: str
    facts: Mapping[str, bool]
    forth: Chain | None
    back: Chain | None
    in_cycle: bool
    tiers: tuple[str, str]
    earlier: str | None
    dormant: tuple[Edge, ...]

    @property
    def relation(self) -> Relation:
        """What orders them."""
        if self.forth is not None:
            return Relation.DEPENDS
        if self.back is not None:
            return Relation.NEEDED
        return Relation.NONE if self.earlier is None else Relation.TIERS


def explain_route(graph: DependencyGraph, dependent: str, needed: str) -> Route:
    """Return how one driver comes to depend on another."""
    forth = find_chain(graph, dependent, needed)
    rank = graph.membership.rank
    apart = rank[dependent] != rank[needed] and not graph.tier_order.cycles
    dormant = () if all(graph.facts.values()) else shortest_chain(graph.with_all_facts(), dependent, needed)
    return Route(
        dependent,
        needed,
        graph.facts,
        forth,
        find_chain(graph, needed, dependent),
        in_cycle=any(dependent in cycle.members and needed in cycle.members for cycle in graph.cycles()),
        tiers=(graph.membership[dependent], graph.membership[needed]),
        earlier=min((dependent, needed), key=rank.__getitem__) if apart else None,
        dormant=() if forth is not None and len(dormant) >= len(forth.edges) else dormant,
    )

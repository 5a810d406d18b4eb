"""How one driver comes to depend on another, or what else orders them."""

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

    ``forward`` is the chain from the dependent to the needed driver, ``backward`` the reverse. ``earlier`` is the one
    whose tier comes first, if the tiers differ. ``inactive`` is a chain that would be there, or would be shorter, if
    the facts that it depends on were true.
    """

    dependent: str
    needed: str
    facts: Mapping[str, bool]
    forward: Chain | None
    backward: Chain | None
    in_cycle: bool
    tiers: tuple[str, str]
    earlier: str | None
    inactive: tuple[Edge, ...]

    @property
    def relation(self) -> Relation:
        """What orders them."""
        if self.forward is not None:
            return Relation.DEPENDS
        if self.backward is not None:
            return Relation.NEEDED
        return Relation.NONE if self.earlier is None else Relation.TIERS


def explain_route(graph: DependencyGraph, dependent: str, needed: str) -> Route:
    """Return how one driver comes to depend on another."""
    forward = find_chain(graph, dependent, needed)
    rank = graph.membership.rank
    differ = rank[dependent] != rank[needed] and not graph.tier_order.cycles
    inactive = () if all(graph.facts.values()) else shortest_chain(graph.with_all_facts(), dependent, needed)
    return Route(
        dependent,
        needed,
        graph.facts,
        forward,
        find_chain(graph, needed, dependent),
        in_cycle=any(dependent in cycle.members and needed in cycle.members for cycle in graph.cycles()),
        tiers=(graph.membership[dependent], graph.membership[needed]),
        earlier=min((dependent, needed), key=rank.__getitem__) if differ else None,
        inactive=() if forward is not None and len(inactive) >= len(forward.edges) else inactive,
    )

"""The lock: a plan with what it was made from."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, force_setattr
from tierdeps.model.statement import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Plan


class Lock(Value):
    """A plan as it was reviewed.

    ``tiers`` maps each declared tier to those that it is declared to come after; ``inferred`` are the drivers that name
    no tier; ``distributions`` maps those that declared something to their versions; ``fact_sources`` says who stated
    each of the plan's facts; ``targets`` are those of the graph, of whose active part it is the plan.
    """

    plan: Plan
    tiers: Mapping[str, tuple[str, ...]]
    inferred: frozenset[str]
    distributions: Mapping[str, str]
    fact_sources: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        force_setattr(self, "tiers", MappingProxyType(dict(self.tiers)))
        for name in ("distributions", "fact_sources"):
            force_setattr(self, name, MappingProxyType(dict(sorted(getattr(self, name).items()))))

    @classmethod
    def of(cls, graph: DependencyGraph) -> Lock:
        """Lock the plan of a graph. Raises as ``graph.collapse()`` does where there is none."""
        tiers = declared_tiers(graph)
        in_order = {name: tiers[name] for name in graph.tier_order.names if name in tiers}
        stated = graph.declarations.fact_sources
        sources = {name: stated.get(name, NOBODY) for name in graph.mentioned_facts}
        return cls(
            graph.collapse(),
            in_order,
            untiered_drivers(graph),
            distributions(graph),
            sources,
            graph.declarations.targets,
        )


def declared_tiers(graph: DependencyGraph) -> dict[str, tuple[str, ...]]:
    """Return the declared tiers, each with the tiers that it comes after; they are not sorted."""
    order = graph.tier_order
    found: dict[str, set[str]] = {name: set() for name in order.declared}
    for earlier, later, _ in order.relations:
        found.setdefault(later, set()).add(earlier)
    return {name: tuple(sorted(earlier)) for name, earlier in found.items()}


def untiered_drivers(graph: DependencyGraph) -> frozenset[str]:
    """Return the drivers that name no tier, in a graph that declares tiers."""
    if not graph.tier_order.declared:
        return frozenset()
    return frozenset(graph.membership.untiered)


def distributions(graph: DependencyGraph) -> dict[str, str]:
    """Return the distributions that declare drivers, dependencies or tiers, with their versions."""
    return {origin.distribution: origin.version for origin in graph.origins if origin.distribution}


def reference(lifecycle: type | str | None) -> str | None:
    """Return a lifecycle as text: ``package.module:Class``."""
    if isinstance(lifecycle, type):
        return f"{lifecycle.__module__}:{lifecycle.__qualname__}"
    return lifecycle

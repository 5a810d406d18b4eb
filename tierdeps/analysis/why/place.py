"""Where a driver is, and what puts it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.analysis.why.links import Links, follow
from tierdeps.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge, Origin, Plan


class Place(Value):
    """Where one driver is, and why.

    ``tier_chain`` leads to ``named_by``, the driver that names the tier; nobody does where the tier is the first by
    default, or where none is declared. ``undeclared`` is the tier that the driver names and nobody declares.
    ``stage_chain`` is a longest chain within the tier; ``stage`` is None where the graph has no order. ``companions``
    share the stage, needed in different phases; ``entangled`` are the drivers of the cycle that it is in. ``dormant``
    are its dependencies whose fact is no.
    """

    driver: str
    facts: Mapping[str, bool]
    disabled: bool
    tier: str
    tiers_declared: bool
    undeclared: str
    tier_chain: tuple[Edge, ...]
    named_by: str
    named_at: Origin | None
    stage: int | None
    stages: int
    stage_chain: tuple[Edge, ...]
    companions: tuple[str, ...]
    entangled: tuple[str, ...]
    dormant: tuple[Edge, ...]


class Explanation(Value):
    """A plan, with the one dependency that puts each driver into its tier and the one that puts it into its stage.

    ``homeless`` are the drivers that name no tier though tiers are declared.
    """

    plan: Plan
    to_tier: Mapping[str, Edge]
    to_stage: Mapping[str, Edge]
    companions: Mapping[str, frozenset[str]]
    homeless: frozenset[str]


def links_of(graph: DependencyGraph, plan: Plan | None) -> Links:
    """Return what puts a graph's drivers where they are; ``plan`` is None where it has no order."""
    membership = graph.membership
    unknown = set(membership.unknown)
    stages = {driver.name: driver.stage for driver in plan} if plan is not None else {}
    named = [name for name, driver in graph.drivers.items() if driver.tier is not None and name not in unknown]
    tiers = {name: membership.tiers[rank] for name, rank in membership.rank.items()}
    return Links(graph.edges, tiers, stages, frozenset(named))


def explain_plan(graph: DependencyGraph, plan: Plan) -> Explanation:
    """Return what puts each driver of a plan where it is."""
    links = links_of(graph, plan)
    homeless = (name for name, driver in graph.drivers.items() if graph.tier_order.declared and driver.tier is None)
    return Explanation(plan, links.to_tier, links.to_stage, links.companions, frozenset(homeless))


def explain_place(graph: DependencyGraph, name: str) -> Place:
    """Return where a driver is and why; also where the graph has no order, as far as that can be told."""
    plan = _plan(graph)
    links = links_of(graph, plan)
    tier = graph.membership[name]
    tier_chain = follow(links.to_tier, name)
    last = graph.drivers[tier_chain[-1].needed.driver if tier_chain else name]
    names_it = last.tier == tier
    return Place(
        driver=name,
        facts=graph.facts,
        disabled=name in graph.declarations.disabled,
        tier=tier,
        tiers_declared=bool(graph.tier_order.declared),
        undeclared=(graph.drivers[name].tier or "") if name in graph.membership.unknown else "",
        tier_chain=tier_chain,
        named_by=last.name if names_it else "",
        named_at=last.origin if names_it else None,
        stage=plan.drivers[name].stage if plan is not None else None,
        stages=_stages(plan, tier),
        stage_chain=follow(links.to_stage, name),
        companions=tuple(sorted(links.companions.get(name, frozenset()) - {name})),
        entangled=_entangled(graph, name),
        dormant=_dormant(graph, name),
    )


def _plan(graph: DependencyGraph) -> Plan | None:
    try:
        return graph.collapse()
    except GraphError:
        return None


def _stages(plan: Plan | None, tier: str) -> int:
    tiers = plan.tiers if plan is not None else ()
    return next((len(item.stages) for item in tiers if item.name == tier), 0)


def _entangled(graph: DependencyGraph, name: str) -> tuple[str, ...]:
    return next((cycle.members for cycle in graph.cycles() if name in cycle.members), ())


def _dormant(graph: DependencyGraph, name: str) -> tuple[Edge, ...]:
    """List the dependencies of a driver that would hold if their facts did."""
    if all(graph.facts.values()):
        return ()
    present = set(graph.edges)
    everything = (edge for edge in graph.with_all_facts().edges if edge.dependent.driver == name)
    return tuple(edge for edge in everything if edge not in present)

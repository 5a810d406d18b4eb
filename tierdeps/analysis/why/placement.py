"""Where a driver is, and which edges put it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.analysis.why.activation import Activation, explain_activation
from tierdeps.analysis.why.deciding_edges import DecidingEdges
from tierdeps.analysis.why.nearby_edges import NearbyEdges
from tierdeps.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge, Origin, Plan


class Placement(Value):
    """Where one driver is, and why.

    ``tier_chain`` leads to ``named_by``, the driver that names the tier. Nobody does where the tier is the first one by
    default, or where none is declared. ``undeclared`` is the tier that the driver names and nobody declares.
    ``stage_chain`` is a longest chain within the tier; ``stage`` is None where the graph has no order. ``co_staged``
    are the drivers that share the stage, needed in different phases; ``cycle_members`` those of the cycle that it is
    in. ``inactive`` are its dependencies whose fact is false. ``activation`` is what makes it active, in a graph with
    targets.
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
    co_staged: tuple[str, ...]
    cycle_members: tuple[str, ...]
    inactive: tuple[Edge, ...]
    activation: Activation | None = None
    host: str | None = None


class PlanExplanation(Value):
    """A plan, with the edges that decide the tier and the stage of each driver.

    ``untiered`` are the drivers that name no tier though tiers are declared.
    """

    plan: Plan
    tier_edges: Mapping[str, Edge]
    stage_edges: Mapping[str, Edge]
    co_staged: Mapping[str, frozenset[str]]
    untiered: frozenset[str]


def explain_plan(graph: DependencyGraph, plan: Plan) -> PlanExplanation:
    """Return the edges that decide where each driver of a plan is."""
    membership = graph.membership
    unknown = set(membership.unknown)
    named = [name for name, driver in graph.drivers.items() if driver.tier is not None and name not in unknown]
    tiers = {name: membership.tiers[rank] for name, rank in membership.rank.items()}
    deciding = DecidingEdges(graph.edges, tiers, plan.stages, frozenset(named))
    untiered = (name for name, driver in graph.drivers.items() if graph.tier_order.declared and driver.tier is None)
    return PlanExplanation(plan, deciding.of_tier, deciding.of_stage, deciding.co_staged, frozenset(untiered))


def explain_placement(graph: DependencyGraph, name: str) -> Placement:
    """Return where a driver is and why; without an order of the graph, as far as can be said."""
    plan = _plan(graph)
    stages = plan.stages if plan is not None else {}
    nearby = NearbyEdges(graph.edges_of_driver, graph.membership, stages)
    tier = graph.membership[name]
    tier_chain = nearby.tier_chain(name)
    last = graph.drivers[tier_chain[-1].needed.driver if tier_chain else name]
    is_named = last.tier == tier
    return Placement(
        driver=name,
        facts=graph.facts,
        disabled=name in graph.declarations.disabled,
        tier=tier,
        tiers_declared=bool(graph.tier_order.declared),
        undeclared=(graph.drivers[name].tier or "") if name in graph.membership.unknown else "",
        tier_chain=tier_chain,
        named_by=last.name if is_named else "",
        named_at=last.origin if is_named else None,
        stage=stages.get(name),
        stages=_stage_count(plan, tier),
        stage_chain=nearby.stage_chain(name),
        co_staged=tuple(sorted(nearby.co_staged(name) - {name})),
        cycle_members=_cycle_members(graph, name),
        inactive=_inactive(graph, name),
        activation=explain_activation(graph, name),
        host=graph.drivers[name].host,
    )


def _plan(graph: DependencyGraph) -> Plan | None:
    try:
        return graph.collapse()
    except GraphError:
        return None


def _stage_count(plan: Plan | None, tier: str) -> int:
    tiers = plan.tiers if plan is not None else ()
    return next((len(item.stages) for item in tiers if item.name == tier), 0)


def _cycle_members(graph: DependencyGraph, name: str) -> tuple[str, ...]:
    return next((cycle.members for cycle in graph.cycles() if name in cycle.members), ())


def _inactive(graph: DependencyGraph, name: str) -> tuple[Edge, ...]:
    """Return the edges of a driver that would be there if their facts were true."""
    if all(graph.facts.values()):
        return ()
    present = set(graph.edges_of_driver(name))
    return tuple(edge for edge in graph.with_all_facts().edges_of_driver(name) if edge not in present)

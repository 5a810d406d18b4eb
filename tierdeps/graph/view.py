"""What there is to draw of a graph: tiers, nodes and edges; of a graph without an order too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.graph.errors import GraphError

if TYPE_CHECKING:
    from tierdeps.graph.graph import DependencyGraph
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.model import Driver, Edge, Plan, Step


class NodeView(Value):
    """A driver."""

    driver: Driver
    tier: str
    disabled: bool = False

    @property
    def name(self) -> str:
        """Its name, which no other node has."""
        return self.driver.name


class EdgeView(Value):
    """A dependency, drawn from the dependent to what it needs.

    ``label`` names the phases where they are not the default: the first one of the dependent needs the last one of the
    other. ``in_cycle`` says that some cycle contains it, whether that cycle is reported or not.
    """

    edge: Edge
    label: str = ""
    in_cycle: bool = False
    inversion: bool = False

    @property
    def dependent(self) -> str:
        """The name of the node that it starts at."""
        return self.edge.dependent.driver

    @property
    def needed(self) -> str:
        """The name of the node that it leads to."""
        return self.edge.needed.driver


class TierView(Value):
    """A tier with its drivers; ``stages`` are empty where the graph has no order."""

    name: str
    drivers: tuple[str, ...]
    stages: tuple[tuple[str, ...], ...] = ()


class GraphView(Value):
    """All that there is to draw.

    ``conflicts`` have no direction; ``dangling`` are the dependencies whose target cannot be resolved. ``pulls`` order
    nothing: their needed driver is what the other one brings into the plan.
    """

    tiers: tuple[TierView, ...]
    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    conflicts: tuple[EdgeView, ...] = ()
    dangling: tuple[Unresolved, ...] = ()
    pulls: tuple[EdgeView, ...] = ()

    @property
    def dangling_targets(self) -> tuple[str, ...]:
        """What the dangling dependencies name, with the problem; each once."""
        return tuple(dict.fromkeys(map(dangling_target, self.dangling)))

    @property
    def ordered(self) -> bool:
        """Whether the graph has an order."""
        return all(tier.stages for tier in self.tiers)


def dangling_target(item: Unresolved) -> str:
    """Return what a dangling dependency names, with the problem."""
    return f"{item.subject} ({item.problem})"


def build_view(graph: DependencyGraph) -> GraphView:
    """Return what there is to draw of a graph under its facts."""
    component = _component_numbers(graph)
    inversions = set(graph.inversions)
    edges = tuple(
        EdgeView(edge, _label(graph, edge), component[edge.dependent] == component[edge.needed], edge in inversions)
        for edge in graph.edges
    )
    membership, disabled = graph.membership, graph.declarations.disabled
    return GraphView(
        _tiers(graph, None if any(edge.in_cycle for edge in edges) else _plan(graph)),
        tuple(NodeView(driver, membership[name], name in disabled) for name, driver in graph.drivers.items()),
        edges,
        tuple(EdgeView(edge) for edge in graph.conflicts),
        graph.unresolved,
        tuple(EdgeView(edge) for edge in graph.pulls),
    )


def _component_numbers(graph: DependencyGraph) -> dict[Step, int]:
    """Return a number for the component of each step; an edge inside a component is on a cycle."""
    import networkx as nx

    components = nx.strongly_connected_components(graph.steps)
    return {step: number for number, component in enumerate(components) for step in component}


def _label(graph: DependencyGraph, edge: Edge) -> str:
    dependent, needed = graph.drivers[edge.dependent.driver], graph.drivers[edge.needed.driver]
    if (edge.dependent.phase, edge.needed.phase) == (dependent.phases[0], needed.phases[-1]):
        return ""
    return f"{edge.dependent.phase} -> {edge.needed.phase}"


def _plan(graph: DependencyGraph) -> Plan | None:
    try:
        return graph.collapse()
    except GraphError:
        return None


def _tiers(graph: DependencyGraph, plan: Plan | None) -> tuple[TierView, ...]:
    if plan is not None:
        return tuple(TierView(tier.name, tier.drivers, tier.stages) for tier in plan.tiers)
    members: dict[str, list[str]] = {tier: [] for tier in graph.membership.tiers}
    for name in graph.drivers:
        members[graph.membership[name]].append(name)
    return tuple(TierView(tier, tuple(names)) for tier, names in members.items() if names)

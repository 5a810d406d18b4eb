"""A graph as a picture: groups, nodes and arrows, of a graph with cycles too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import GraphError

if TYPE_CHECKING:
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Driver, Edge, Plan, Step
    from tierdeps.resolution.resolve import Unresolved


class Node(Value):
    """A driver."""

    driver: Driver
    tier: str
    disabled: bool = False

    @property
    def name(self) -> str:
        """Its name, which no other node has."""
        return self.driver.name


class Arrow(Value):
    """A dependency, from the dependent to what it needs.

    ``label`` names the phases where they are not the usual ones: that the first of the one needs the last of the other.
    An arrow is ``in_cycle`` where some cycle goes along it, shown or not.
    """

    edge: Edge
    label: str = ""
    in_cycle: bool = False
    inversion: bool = False

    @property
    def dependent(self) -> str:
        """The name of the node that it begins at."""
        return self.edge.dependent.driver

    @property
    def needed(self) -> str:
        """The name of the node that it leads to."""
        return self.edge.needed.driver


class Group(Value):
    """A tier with its drivers; ``stages`` are empty where the graph has no order."""

    name: str
    drivers: tuple[str, ...]
    stages: tuple[tuple[str, ...], ...] = ()


class Picture(Value):
    """All that there is to draw.

    ``conflicts`` are arrows without a direction; ``loose`` are the dependencies that lead nowhere.
    """

    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    conflicts: tuple[Arrow, ...] = ()
    loose: tuple[Unresolved, ...] = ()

    @property
    def ghosts(self) -> tuple[str, ...]:
        """What the loose dependencies are said to lead to, and why there is no such thing; each once."""
        return tuple(dict.fromkeys(map(ghost, self.loose)))

    @property
    def ordered(self) -> bool:
        """Whether the graph has an order."""
        return all(group.stages for group in self.groups)


def ghost(loose: Unresolved) -> str:
    """Name what a dependency that leads nowhere is said to lead to."""
    return f"{loose.subject} ({loose.problem})"


def draw(graph: DependencyGraph) -> Picture:
    """Return the picture of a graph under its facts."""
    component = _components(graph)
    inversions = set(graph.inversions)
    arrows = tuple(
        Arrow(edge, _label(graph, edge), component[edge.dependent] == component[edge.needed], edge in inversions)
        for edge in graph.edges
    )
    membership, disabled = graph.membership, graph.declarations.disabled
    return Picture(
        _groups(graph, None if any(arrow.in_cycle for arrow in arrows) else _plan(graph)),
        tuple(Node(driver, membership[name], name in disabled) for name, driver in graph.drivers.items()),
        arrows,
        tuple(Arrow(edge) for edge in graph.conflicts),
        graph.unresolved,
    )


def _components(graph: DependencyGraph) -> dict[Step, int]:
    """Return the number of each step's component; an arrow inside one is on a cycle."""
    import networkx as nx

    parts = nx.strongly_connected_components(graph.steps)
    return {step: number for number, part in enumerate(parts) for step in part}


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


def _groups(graph: DependencyGraph, plan: Plan | None) -> tuple[Group, ...]:
    if plan is not None:
        return tuple(Group(tier.name, tier.drivers, tier.stages) for tier in plan.tiers)
    inside: dict[str, list[str]] = {tier: [] for tier in graph.membership.tiers}
    for name in graph.drivers:
        inside[graph.membership[name]].append(name)
    return tuple(Group(tier, tuple(names)) for tier, names in inside.items() if names)

"""What there is to draw of a graph: tiers, nodes and edges; of a graph without an order too."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, overload

from tierdeps._util.frozen import Value
from tierdeps.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tierdeps.graph.graph import DependencyGraph
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.model import Cycle, Driver, Edge, Plan, Step


Item = TypeVar("Item")
#: The nodes and edges of a graph with more drivers are made each time that they are read: a format that writes them
#: one after the other then needs memory for one of them.
MAX_KEPT_DRIVERS = 10_000


class Made(Sequence[Item]):
    """So many values that are made whenever they are read, in the same order each time."""

    def __init__(self, make: Callable[[], Iterable[Item]], length: int) -> None:
        self._make = make
        self._length = length

    def __iter__(self) -> Iterator[Item]:
        return iter(self._make())

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        """Return one value, or some; all values before it are made too."""
        if isinstance(index, slice):
            return tuple(self)[index]
        place = range(len(self))[index]
        return next(islice(self, place, None))


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
    other. ``in_cycle`` says that some cycle contains it, whether that cycle is reported or not. ``named``
    says that the cycle that is shown of its component contains it, and ``cut`` that its removal is proposed.
    """

    edge: Edge
    label: str = ""
    in_cycle: bool = False
    inversion: bool = False
    named: bool = False
    cut: bool = False

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
    nodes: Sequence[NodeView]
    edges: Sequence[EdgeView]
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


def build_view(graph: DependencyGraph, *, with_cycles: bool = False) -> GraphView:
    """Return what there is to draw of a graph under its facts.

    With ``with_cycles``, a shortest cycle of each component and the proposed cut are marked, which takes longer.
    """
    component = component_numbers(graph)
    cycles = graph.cycles() if with_cycles and component else ()
    many = len(graph.drivers) > MAX_KEPT_DRIVERS

    def kept(make: Callable[[], Iterator[NodeView | EdgeView]], length: int) -> Sequence[Any]:
        return Made(make, length) if many else tuple(make())

    return GraphView(
        _tiers(graph, None if component else _plan(graph)),
        kept(lambda: _nodes(graph), len(graph.drivers)),
        kept(lambda: _edges(graph, component, cycles), graph.edge_count),
        tuple(EdgeView(edge) for edge in graph.conflicts),
        graph.unresolved,
        tuple(EdgeView(edge) for edge in graph.pulls),
    )


def _nodes(graph: DependencyGraph) -> Iterator[NodeView]:
    membership, disabled = graph.membership, graph.declarations.disabled
    return (NodeView(driver, membership[name], name in disabled) for name, driver in graph.drivers.items())


def _edges(graph: DependencyGraph, component: Mapping[Step, int], cycles: Iterable[Cycle]) -> Iterator[EdgeView]:
    inversions = set(graph.inversions)
    named = {edge for cycle in cycles for edge in cycle.edges}
    cut = {edge for cycle in cycles for edge in cycle.feedback_arcs}
    for edge in graph.each_edge():
        number = component.get(edge.dependent)
        in_cycle = number is not None and number == component.get(edge.needed)
        inversion = bool(inversions) and edge in inversions
        yield EdgeView(
            edge,
            _label(graph, edge),
            in_cycle,
            inversion,
            named=in_cycle and edge in named,
            cut=in_cycle and edge in cut,
        )


def component_numbers(graph: DependencyGraph) -> dict[Step, int]:
    """Return a number for each step that is on a cycle, the same for all steps of one component."""
    import networkx as nx

    if nx.is_directed_acyclic_graph(graph.steps):
        return {}
    components = [members for members in nx.strongly_connected_components(graph.steps) if len(members) > 1]
    return {step: number for number, members in enumerate(components) for step in members}


def _label(graph: DependencyGraph, edge: Edge) -> str:
    first, last = graph.phases_of(edge.dependent.driver)[0], graph.phases_of(edge.needed.driver)[-1]
    if (edge.dependent.phase, edge.needed.phase) == (first, last):
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

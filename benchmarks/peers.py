"""What is compared: from names to an order and from names to all cycles."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import networkx as nx
    import rustworkx as rx

    from benchmarks.graphs import Requirements
    from tierdeps.model import Driver


def _networkx(names: Requirements) -> nx.DiGraph[str]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((other, name) for name, others in names.items() for other in others)
    return graph


def networkx_order(names: Requirements) -> int:
    """Build a DiGraph and return how many generations it has."""
    import networkx as nx

    return len([sorted(generation) for generation in nx.topological_generations(_networkx(names))])


def networkx_cycles(names: Requirements) -> int:
    """Build a DiGraph and return how many components have a cycle."""
    import networkx as nx

    return sum(len(part) > 1 for part in nx.strongly_connected_components(_networkx(names)))


def _rustworkx(names: Requirements) -> rx.PyDiGraph[str, None]:
    import rustworkx as rx

    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
    number = dict(zip(names, graph.add_nodes_from(list(names)), strict=True))
    graph.add_edges_from_no_data([(number[other], number[name]) for name, others in names.items() for other in others])
    return graph


def rustworkx_order(names: Requirements) -> int:
    """Build a PyDiGraph and return how many generations it has."""
    import rustworkx as rx

    graph = _rustworkx(names)
    return len([[graph[index] for index in generation] for generation in rx.topological_generations(graph)])


def igraph_order(names: Requirements) -> int:
    """Build a Graph and return how many generations it has; igraph sorts, but has no function for generations."""
    import igraph

    number = {name: place for place, name in enumerate(names)}
    edges = [(number[other], number[name]) for name, others in names.items() for other in others]
    graph = igraph.Graph(len(names), edges, directed=True)
    depths = [0] * len(names)
    needs = graph.get_adjlist("in")
    for node in graph.topological_sorting():
        depths[node] = 1 + max(map(depths.__getitem__, needs[node]), default=-1)
    generations: list[list[str]] = [[] for _ in range(max(depths) + 1)]
    for name, depth in zip(names, depths, strict=True):
        generations[depth].append(name)
    return len(generations)


def rustworkx_cycles(names: Requirements) -> int:
    """Build a PyDiGraph and return how many components have a cycle."""
    import rustworkx as rx

    return sum(len(part) > 1 for part in rx.strongly_connected_components(_rustworkx(names)))


def rustworkx_redundant(names: Requirements) -> Callable[[], int]:
    """Return a function that counts the edges that a transitive reduction omits."""
    import rustworkx as rx

    graph = _rustworkx({name: list(set(others)) for name, others in names.items()})
    return lambda: graph.num_edges() - rx.transitive_reduction(graph)[0].num_edges()


def tierdeps_redundant(names: Requirements) -> Callable[[], int]:
    """Return a function that counts the edges that follow from others, found as TD201 finds them."""
    from graphlib import TopologicalSorter

    from tierdeps.analysis.transitive_reduction import redundant_edges

    place = {name: number for number, name in enumerate(TopologicalSorter(names).static_order())}
    needs = [sorted({place[other] for other in names[name]}, reverse=True) for name in place]
    return lambda: sum(len(part.edges) for part in redundant_edges(needs))


def _drivers(names: Requirements) -> list[Driver]:
    """Declare a graph with the full vocabulary; the order is that of the names alone.

    Each second driver names one of four tiers, the others infer theirs. Of five dependencies one is a want, one an
    order, and one conditional; each tenth driver has two phases, and each twentieth is needed by a capability.
    """
    from graphlib import TopologicalSorter

    from tierdeps.model import Dependency, Driver, Kind, Origin

    depth: dict[str, int] = {}
    for name in TopologicalSorter(names).static_order():
        depth[name] = 1 + max((depth[other] for other in names[name]), default=-1)
    number, deepest = {name: place for place, name in enumerate(names)}, max(depth.values()) + 1
    verbs = (
        (Kind.REQUIRES, None),
        (Kind.WANTS, None),
        (Kind.AFTER, None),
        (Kind.REQUIRES, "hot"),
        (Kind.REQUIRES, None),
    )

    def dependency(place: int, other: str) -> Dependency:
        target = f"capability {other}" if number[other] % 20 == 0 else other
        kind, fact = verbs[place % len(verbs)]
        return Dependency(kind, target, when=fact, origin=Origin("x"))

    return [
        Driver(
            name,
            f"tier{4 * depth[name] // deepest}" if number[name] % 2 else None,
            ("prepare", "start") if number[name] % 10 == 0 else ("start",),
            tuple(dependency(place, other) for place, other in enumerate(dict.fromkeys(others))),
            (f"capability {name}",) if number[name] % 20 == 0 else (),
            origin=Origin("x"),
        )
        for name, others in names.items()
    ]


def tierdeps_declared(names: Requirements) -> Callable[[], int]:
    """Return a function that orders drivers that are declared one by one."""
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Origin, Tier

    drivers = _drivers(names)
    tiers = [Tier(f"tier{number}", (f"tier{number - 1}",) if number else (), origin=Origin("x")) for number in range(4)]
    return lambda: sum(
        len(tier.stages) for tier in DependencyGraph(drivers, tiers, facts={"hot": True}).collapse().tiers
    )


def graphlib_order(names: Requirements) -> int:
    """Sort and return how many generations there are."""
    from graphlib import TopologicalSorter

    sorter = TopologicalSorter(names)
    sorter.prepare()
    generations = 0
    while ready := sorter.get_ready():
        sorter.done(*ready)
        generations += 1
    return generations


def tierdeps_order(names: Requirements) -> int:
    """Collapse and return how many stages there are."""
    from tierdeps import DependencyGraph

    return sum(len(tier.stages) for tier in DependencyGraph.from_names(names).collapse().tiers)


def tierdeps_cycles(names: Requirements) -> int:
    """Return how many components have a cycle; each is explained, which the peers do not."""
    from tierdeps import DependencyGraph

    return len(DependencyGraph.from_names(names).cycles())


IMPORTS = {
    "tierdeps": (
        "graphlib",
        "tierdeps.graph.graph",
        "tierdeps.graph.bulk.graph",
        "tierdeps.graph.collapse",
        "tierdeps.compact.backend",
        "tierdeps.analysis.transitive_reduction",
    ),
    "tierdeps, numpy": (
        "numpy",
        "tierdeps.graph.graph",
        "tierdeps.graph.bulk.graph",
        "tierdeps.graph.collapse",
        "tierdeps.compact.backend",
    ),
    "rustworkx": ("rustworkx",),
    "networkx": ("networkx",),
    "igraph": ("igraph",),
    "graphlib": ("graphlib",),
}


def without_numpy() -> None:
    """Make numpy as if it were not installed."""
    sys.modules["numpy"] = None  # type: ignore[assignment]


ORDERS: dict[str, Callable[[Requirements], int]] = {
    "tierdeps": tierdeps_order,
    "tierdeps, numpy": tierdeps_order,
    "rustworkx": rustworkx_order,
    "networkx": networkx_order,
    "igraph": igraph_order,
    "graphlib": graphlib_order,
}
CYCLES: dict[str, Callable[[Requirements], int]] = {
    "tierdeps": tierdeps_cycles,
    "tierdeps, numpy": tierdeps_cycles,
    "rustworkx": rustworkx_cycles,
    "networkx": networkx_cycles,
}
#: The reduction alone: what goes before it is done before.
REDUNDANT: dict[str, Callable[[Requirements], Callable[[], int]]] = {
    "tierdeps": tierdeps_redundant,
    "rustworkx": rustworkx_redundant,
}
#: Drivers that are declared one by one, before; the peers get the same graph as names.
DECLARED: dict[str, Callable[[Requirements], Callable[[], int]]] = {
    "tierdeps": tierdeps_declared,
    "rustworkx": lambda names: lambda: rustworkx_order(names),
    "networkx": lambda names: lambda: networkx_order(names),
}

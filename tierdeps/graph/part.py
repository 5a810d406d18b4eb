"""A part of what there is to draw of a graph: around a driver, of some tiers, or with tiers as one node each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.errors import UnknownNameError
from tierdeps.graph.view import EdgeView, GraphView, NodeView, TierView
from tierdeps.model import Driver, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


def around(graph: GraphView, name: str, depth: int | None = None) -> GraphView:
    """Return the part around a driver: what it needs and what depends on it, over at most so many dependencies.

    Raises UnknownNameError.
    """
    known = {node.name for node in graph.nodes}
    if name not in known:
        raise UnknownNameError("driver", name, known)
    needs, dependents = _neighbours(graph)
    return _restricted(graph, _reached(name, needs, depth) | _reached(name, dependents, depth))


def of_tiers(graph: GraphView, tiers: Iterable[str]) -> GraphView:
    """Return the part with the drivers of some tiers. Raises UnknownNameError."""
    chosen = _known_tiers(graph, tiers)
    return _restricted(graph, {node.name for node in graph.nodes if node.tier in chosen})


def collapsed(graph: GraphView, tiers: Iterable[str]) -> GraphView:
    """Return the graph with each of some tiers as one node, which has all edges that leave the tier or lead to it.

    Raises UnknownNameError.
    """
    chosen = _known_tiers(graph, tiers)
    sizes = Counter(node.tier for node in graph.nodes)
    names = {node.name for node in graph.nodes if node.tier not in chosen}
    boxes = {tier: _free_name(f"{tier} ({sizes[tier]} drivers)", names) for tier in chosen if sizes[tier]}
    node_names = {node.name: boxes.get(node.tier, node.name) for node in graph.nodes}
    nodes = [node for node in graph.nodes if node.tier not in chosen]
    nodes += [NodeView(Driver(name, tier=tier), tier) for tier, name in boxes.items()]

    def moved(edges: Iterable[EdgeView]) -> tuple[EdgeView, ...]:
        found: dict[tuple[object, ...], EdgeView] = {}
        for edge in edges:
            dependent, needed = node_names[edge.dependent], node_names[edge.needed]
            if (dependent, needed) == (edge.dependent, edge.needed):
                found[edge.edge.sort_key] = edge
            elif dependent != needed:
                found.setdefault((dependent, needed, edge.edge.kind, edge.edge.when), _between(edge, dependent, needed))
        return tuple(found.values())

    return replace(
        graph,
        tiers=tuple(
            TierView(tier.name, (boxes[tier.name],), ((boxes[tier.name],),) if tier.stages else ())
            if tier.name in boxes
            else tier
            for tier in graph.tiers
        ),
        nodes=tuple(nodes),
        edges=moved(graph.edges),
        conflicts=moved(graph.conflicts),
        pulls=moved(graph.pulls),
        dangling=tuple(item for item in graph.dangling if item.driver in names),
    )


def _between(edge: EdgeView, dependent: str, needed: str) -> EdgeView:
    """Return an edge with other ends, and without the phases, which are those of the drivers."""
    ends = replace(
        edge.edge, dependent=Step(dependent, edge.edge.dependent.phase), needed=Step(needed, edge.edge.needed.phase)
    )
    return replace(edge, edge=ends, label="")


def _free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "'"
    return name


def _known_tiers(graph: GraphView, tiers: Iterable[str]) -> set[str]:
    known = {tier.name for tier in graph.tiers}
    chosen = set(tiers)
    for tier in sorted(chosen - known):
        raise UnknownNameError("tier", tier, known)
    return chosen


def _neighbours(graph: GraphView) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    needs: dict[str, list[str]] = {}
    dependents: dict[str, list[str]] = {}
    for edge in (*graph.edges, *graph.pulls):
        needs.setdefault(edge.dependent, []).append(edge.needed)
        dependents.setdefault(edge.needed, []).append(edge.dependent)
    return needs, dependents


def _reached(name: str, after: dict[str, list[str]], depth: int | None) -> set[str]:
    found, layer = {name}, [name]
    while layer and (depth is None or depth > 0):
        layer = list(dict.fromkeys(other for one in layer for other in after.get(one, ()) if other not in found))
        found.update(layer)
        depth = None if depth is None else depth - 1
    return found


def _restricted(graph: GraphView, kept: Collection[str]) -> GraphView:
    """Return the part with some drivers, and the edges between them."""

    def inside(edge: EdgeView) -> bool:
        return edge.dependent in kept and edge.needed in kept

    return replace(
        graph,
        tiers=tuple(tier for tier in (_tier(tier, kept.__contains__) for tier in graph.tiers) if tier.drivers),
        nodes=tuple(node for node in graph.nodes if node.name in kept),
        edges=tuple(filter(inside, graph.edges)),
        conflicts=tuple(filter(inside, graph.conflicts)),
        pulls=tuple(filter(inside, graph.pulls)),
        dangling=tuple(item for item in graph.dangling if item.driver in kept),
    )


def _tier(tier: TierView, kept: Callable[[str], bool]) -> TierView:
    stages = (tuple(filter(kept, stage)) for stage in tier.stages)
    return TierView(tier.name, tuple(filter(kept, tier.drivers)), tuple(stage for stage in stages if stage))

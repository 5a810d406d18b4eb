"""The data of a page: tiers, drivers and edges, which refer to each other by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.graph.view import build_view, dangling_target
from tierdeps.model import Kind
from tierdeps.page.values import driver_value, edge_value, origin_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tierdeps.graph import DependencyGraph
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.graph.view import EdgeView, GraphView, NodeView
    from tierdeps.model import Edge, Plan
    from tierdeps.words.documents import Json

#: The most drivers that a page contains; what is omitted is counted on the page.
MAX_DRIVERS = 10_000
UNRESOLVED = "not resolved"


class Contents(Value):
    """What a page contains of a graph: its drivers and edges with their numbers.

    The document may have more edges after them: those whose target cannot be resolved.
    """

    drivers: Mapping[str, int]
    arrows: Sequence[EdgeView]
    document: dict[str, Json]

    @property
    def edges(self) -> Sequence[Edge]:
        """The edges, in the order of their numbers."""
        return [arrow.edge for arrow in self.arrows]


def graph_document(graph: GraphView, *, most: int = MAX_DRIVERS) -> dict[str, Json]:
    """Return the data of the page that shows a graph, with every fact true, and at most so many drivers."""
    return contents_of(graph, "graph", "Dependencies of drivers", most=most).document


def order_document(graph: DependencyGraph, plan: Plan) -> dict[str, Json]:
    """Return the data of the page that shows a plan: its graph, under the facts of the plan.

    The tiers are those of the plan: a driver that declares none may be in another one under other facts.
    """
    whole = build_view(graph.with_all_facts().active)
    placed = {driver.name: driver.tier for driver in plan}
    return contents_of(whole, "order", "Start order of drivers", placed=placed, facts=plan.facts).document


def contents_of(
    graph: GraphView,
    kind: str,
    title: str,
    *,
    kept: Iterable[str] = (),
    placed: Mapping[str, str] | None = None,
    facts: Mapping[str, bool] | None = None,
    most: int = MAX_DRIVERS,
) -> Contents:
    """Return what a page contains of a graph: at most so many drivers.

    The drivers in ``kept`` are never omitted, those in ``placed`` are in the tier that it says, and ``facts`` are not
    true where they say so.
    """
    nodes = _chosen(graph, frozenset(kept), most)
    numbers = {node.name: number for number, node in enumerate(nodes)}
    tiers = list(dict.fromkeys((*(tier.name for tier in graph.tiers), *(placed or {}).values())))
    arrows = [arrow for arrow in (*graph.edges, *graph.conflicts, *graph.pulls) if _is_inside(arrow, numbers)]
    drivers = list(_driver_values(graph, nodes, tiers, placed))
    edges: list[Json] = [
        edge_value(arrow.edge, numbers, label=arrow.label, inversion=arrow.inversion) for arrow in arrows
    ]
    _add_unresolved(graph, numbers, tiers, drivers, edges)
    document: dict[str, Json] = {
        "schema": "tierdeps/page/1",
        "kind": kind,
        "title": title,
        "tiers": [{"name": name} for name in tiers],
        "drivers": drivers,
        "edges": edges,
        "facts": {name: (facts or {}).get(name, True) for name in _facts_of(graph, nodes, arrows)},
        "omitted": {
            "drivers": len(graph.nodes) - len(nodes),
            "edges": sum(not _is_inside(arrow, numbers) for arrow in graph.edges),
        },
    }
    return Contents(numbers, arrows, document)


def _driver_values(
    graph: GraphView, nodes: Sequence[NodeView], tiers: Sequence[str], placed: Mapping[str, str] | None
) -> Iterator[Json]:
    """Yield the drivers; their stages are those of the graph, or of a plan left to the page."""
    stages = {name: at for tier in graph.tiers for at, stage in enumerate(tier.stages, 1) for name in stage}
    models_order = all(node.driver.lifecycle is None and node.driver.process is None for node in nodes)
    for node in nodes:
        tier = tiers.index((placed or {}).get(node.name, node.tier))
        stage = stages.get(node.name) if placed is None else None
        yield driver_value(node, tier, stage, models_order=models_order)


def _facts_of(graph: GraphView, nodes: Iterable[NodeView], arrows: Iterable[EdgeView]) -> list[str]:
    """Return the facts that the page mentions."""
    mentioned = {arrow.edge.when for arrow in arrows} | {node.driver.when for node in nodes}
    return sorted(filter(None, mentioned | {item.dependency.when for item in graph.dangling}))


def _chosen(graph: GraphView, kept: frozenset[str], most: int) -> Sequence[NodeView]:
    """Return the drivers of the page: all of them, or of a large graph the first ones in the order of tiers."""
    if len(graph.nodes) <= most:
        return graph.nodes
    at = {name: number for number, name in enumerate(name for tier in graph.tiers for name in tier.drivers)}
    ranked = sorted(graph.nodes, key=lambda node: (node.name not in kept, at[node.name]))
    chosen = {node.name for node in ranked[:most]}
    return tuple(node for node in graph.nodes if node.name in chosen)


def _is_inside(arrow: EdgeView, numbers: Mapping[str, int]) -> bool:
    return arrow.dependent in numbers and arrow.needed in numbers


def _add_unresolved(
    graph: GraphView, numbers: Mapping[str, int], tiers: list[str], drivers: list[Json], edges: list[Json]
) -> None:
    """Add a tier of its own for the targets that cannot be resolved, with the dependencies on them."""
    dangling = [item for item in graph.dangling if item.driver in numbers]
    targets = {name: len(drivers) + at for at, name in enumerate(dict.fromkeys(map(dangling_target, dangling)))}
    if not targets:
        return
    drivers.extend({"name": name, "tier": len(tiers), "state": "missing"} for name in targets)
    tiers.append(UNRESOLVED)
    edges.extend(_dangling(item, numbers, targets[dangling_target(item)]) for item in dangling)


def _dangling(item: Unresolved, numbers: Mapping[str, int], target: int) -> Json:
    dependency = item.dependency
    return {
        "from": numbers[item.driver],
        "to": target,
        "kind": str(dependency.kind),
        **({"when": dependency.when} if dependency.when else {}),
        **({"reason": dependency.reason} if dependency.reason else {}),
        **origin_value(dependency.origin),
        **({"required": True} if dependency.kind is Kind.REQUIRES else {}),
    }

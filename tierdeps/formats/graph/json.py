"""A graph as JSON: ``tierdeps/graph/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tierdeps._util.json_text import Pairs, lines, record
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import dependency_marks, edge_document, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph.resolve import Unresolved
    from tierdeps.graph.view import EdgeView, GraphView, NodeView, TierView
    from tierdeps.words.documents import Json


def _document(graph: GraphView) -> dict[str, object]:
    """Return the document; its long parts are made while they are written."""
    return {
        "schema": "tierdeps/graph/1",
        "ordered": graph.ordered,
        "tiers": [_group(group) for group in graph.tiers],
        "drivers": Pairs((node.name, record(_node(node))) for node in graph.nodes),
        "edges": (record(_arrow(arrow)) for arrow in graph.edges),
        "conflicts": [edge_document(arrow.edge) for arrow in graph.conflicts],
        **({"pulls": [edge_document(arrow.edge) for arrow in graph.pulls]} if graph.pulls else {}),
        "unresolved": [_dangling(dangling) for dangling in graph.dangling],
    }


def _group(group: TierView) -> Json:
    stages: list[Json] = [list(stage) for stage in group.stages]
    return {"name": group.name, "drivers": list(group.drivers), "stages": stages or None}


def _node(node: NodeView) -> dict[str, Json]:
    driver = node.driver
    return {
        "tier": node.tier,
        "phases": list(driver.phases),
        "provides": list(driver.provides),
        "description": driver.description,
        "disabled": node.disabled,
        **({"host": driver.host} if driver.host is not None else {}),
        **({"when": driver.when} if driver.when is not None else {}),
        "origin": origin_document(driver.origin),
    }


def _arrow(arrow: EdgeView) -> dict[str, Json]:
    edge = cast("dict[str, Json]", edge_document(arrow.edge))
    extra: dict[str, Json] = {
        "via": arrow.edge.via or None,
        "label": arrow.label or None,
        "in_cycle": arrow.in_cycle,
        "inversion": arrow.inversion,
    }
    return {**edge, **extra}


def _dangling(dangling: Unresolved) -> Json:
    dependency = dangling.dependency
    return {
        "from": dangling.driver,
        "target": dependency.target,
        "problem": str(dangling.problem),
        "kind": str(dependency.kind),
        "when": dependency.when,
        "reason": dependency.reason,
        "origin": origin_document(dependency.origin),
        **dependency_marks(dependency),
    }


def render(graph: GraphView, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(_document(graph))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("graph", "json", render),)

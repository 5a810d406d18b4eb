"""A picture as JSON: ``tierdeps/graph/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import dependency_marks, edge_document, lines, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.picture import Arrow, Group, Node, Picture
    from tierdeps.resolution.resolve import Unresolved
    from tierdeps.words.documents import Json


def document(picture: Picture) -> Json:
    """Return the whole document."""
    return {
        "schema": "tierdeps/graph/1",
        "ordered": picture.ordered,
        "tiers": [_group(group) for group in picture.groups],
        "drivers": {node.name: _node(node) for node in picture.nodes},
        "edges": [_arrow(arrow) for arrow in picture.arrows],
        "conflicts": [edge_document(arrow.edge) for arrow in picture.conflicts],
        "unresolved": [_loose(loose) for loose in picture.loose],
    }


def _group(group: Group) -> Json:
    stages: list[Json] = [list(stage) for stage in group.stages]
    return {"name": group.name, "drivers": list(group.drivers), "stages": stages or None}


def _node(node: Node) -> Json:
    driver = node.driver
    return {
        "tier": node.tier,
        "phases": list(driver.phases),
        "provides": list(driver.provides),
        "description": driver.description,
        "disabled": node.disabled,
        "origin": origin_document(driver.origin),
    }


def _arrow(arrow: Arrow) -> Json:
    edge = cast("dict[str, Json]", edge_document(arrow.edge))
    marks: dict[str, Json] = {
        "via": arrow.edge.via or None,
        "label": arrow.label or None,
        "in_cycle": arrow.in_cycle,
        "inversion": arrow.inversion,
    }
    return {**edge, **marks}


def _loose(loose: Unresolved) -> Json:
    dependency = loose.dependency
    return {
        "from": loose.driver,
        "target": dependency.target,
        "problem": str(loose.problem),
        "kind": str(dependency.kind),
        "when": dependency.when,
        "reason": dependency.reason,
        "origin": origin_document(dependency.origin),
        **dependency_marks(dependency),
    }


def render(picture: Picture, _view: View) -> Iterator[str]:
    """Yield its lines."""
    return lines(document(picture))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("graph", "json", render),)

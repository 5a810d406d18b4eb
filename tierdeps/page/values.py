"""Drivers, edges and origins as the page has them; what is empty is omitted, since a page is sent to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.words.sentences import quorum_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.graph.view import NodeView
    from tierdeps.model import Edge, Origin
    from tierdeps.words.documents import Json


def origin_value(origin: Origin | None) -> dict[str, Json]:
    """Return where something is declared: the text, and the file and the line if they are known."""
    if origin is None:
        return {}
    found: dict[str, Json] = {"origin": str(origin)}
    if origin.file:
        found["file"] = origin.file
    if origin.line:
        found["line"] = origin.line
    return found


def driver_value(node: NodeView, tier: int, stage: int | None, *, models_order: bool) -> dict[str, Json]:
    """Return a driver; where some drivers run something, those that run nothing are milestones."""
    driver = node.driver
    runs_nothing = driver.lifecycle is None and driver.process is None
    state = "disabled" if node.disabled else "milestone" if runs_nothing and not models_order else ""
    origin = driver.origin
    optional: dict[str, Json] = {
        "stage": stage,
        "state": state,
        "when": driver.when,
        "host": driver.host,
        "description": driver.description,
        "provides": list(driver.provides),
        "plugin": origin.package if origin is not None else "",
    }
    shown = {key: value for key, value in optional.items() if value}
    return {"name": driver.name, "tier": tier, "phases": list(driver.phases), **shown, **origin_value(origin)}


def edge_value(edge: Edge, numbers: Mapping[str, int], *, label: str = "", inversion: bool = False) -> dict[str, Json]:
    """Return an edge between two drivers of the page."""
    optional: dict[str, Json] = {
        "when": edge.when,
        "reason": edge.reason,
        "via": edge.via,
        "label": label,
        "quorum": quorum_note(edge),
        "atleast": edge.coupling.atleast,
        "target": edge.dependency.target if edge.dependency.needs_target else "",
        "inversion": inversion,
        "orders": edge.kind.orders,
        "required": edge.is_required,
    }
    return {
        "from": numbers[edge.dependent.driver],
        "to": numbers[edge.needed.driver],
        "from_phase": edge.dependent.phase,
        "to_phase": edge.needed.phase,
        "kind": str(edge.kind),
        **{key: value for key, value in optional.items() if value},
        **origin_value(edge.origin),
    }

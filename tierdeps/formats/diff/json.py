"""The difference between two graphs as JSON, ``tierdeps/diff/1``; there is a document even if nothing differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import dependency_marks, edge_document, lines, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.diff import Cause, Difference, Move, PlacedDriver, Unmet
    from tierdeps.model import Cycle, Edge
    from tierdeps.words.documents import Json


def document(difference: Difference) -> Json:
    """Return the document as plain values."""
    before, after = difference.ordered
    return {
        "schema": "tierdeps/diff/1",
        "old": difference.old,
        "new": difference.new,
        "changed": bool(difference),
        "ordered": {"old": before, "new": after},
        "graphs": {
            "added": list(difference.graphs.new),
            "removed": list(difference.graphs.gone),
            "renamed": _renamed(difference.graphs_renamed),
        },
        "tiers": _tiers(difference),
        **_targets(difference),
        "drivers": _drivers(difference),
        "dependencies": {
            "added": _edges(difference.edges.new),
            "removed": _edges(difference.edges.gone),
            "changed": [
                {"old": edge_document(item.old), "new": edge_document(item.new)} for item in difference.edges_changed
            ],
            "unmet_added": [_unmet(item) for item in difference.unmet.new],
            "unmet_removed": [_unmet(item) for item in difference.unmet.gone],
        },
        "facts": [{"name": fact.name, "old": fact.old, "new": fact.new} for fact in difference.facts],
        "cycles": {
            "added": [_cycle(cycle) for cycle in difference.cycles.new],
            "removed": [_cycle(cycle) for cycle in difference.cycles.gone],
        },
        "inversions": {"added": _edges(difference.inversions.new), "removed": _edges(difference.inversions.gone)},
    }


def _targets(difference: Difference) -> dict[str, Json]:
    """Return the targets where they differ."""
    if difference.targets is None:
        return {}
    old, new = difference.targets
    return {"targets": {"old": list(old), "new": list(new)}}


def _tiers(difference: Difference) -> Json:
    order = difference.tier_order
    return {
        "added": list(difference.tiers.new),
        "removed": list(difference.tiers.gone),
        "renamed": _renamed(difference.tiers_renamed),
        "order": None if order is None else {"old": list(order[0]), "new": list(order[1])},
    }


def _drivers(difference: Difference) -> Json:
    return {
        "added": [{"name": name, **_place(placed)} for name, placed in difference.drivers.new],
        "removed": [{"name": name, **_place(placed)} for name, placed in difference.drivers.gone],
        "renamed": _renamed(difference.drivers_renamed),
        "moved": [_move(move) for move in difference.moves],
        "altered": [
            {"name": altered.driver, "old": _state(altered.old), "new": _state(altered.new)}
            for altered in difference.drivers_changed
        ],
    }


def _renamed(pairs: Iterable[tuple[str, str]]) -> Json:
    return [{"old": old, "new": new} for old, new in pairs]


def _place(placed: PlacedDriver) -> dict[str, Json]:
    return {"tier": placed.tier, "stage": placed.stage}


def _state(placed: PlacedDriver) -> Json:
    host: dict[str, Json] = {} if placed.host is None else {"host": placed.host}
    return {"phases": list(placed.phases), "disabled": placed.disabled, **host}


def _move(move: Move) -> Json:
    return {"name": move.driver, "old": _place(move.old), "new": _place(move.new), "because": _cause(move.cause)}


def _cause(cause: Cause) -> Json:
    dependency = edge_document(cause.edge) if cause.edge is not None else None
    return {"what": str(cause.kind), "dependency": dependency, "name": cause.name or None}


def _edges(edges: Iterable[Edge]) -> Json:
    return [edge_document(edge) for edge in edges]


def _unmet(item: Unmet) -> Json:
    dependency = item.dependency
    return {
        "driver": item.driver,
        "kind": str(dependency.kind),
        "target": dependency.target,
        "phase": dependency.phase,
        "when": dependency.when,
        "reason": dependency.reason,
        "origin": origin_document(dependency.origin),
        **dependency_marks(dependency),
    }


def _cycle(cycle: Cycle) -> Json:
    return {
        "members": list(cycle.members),
        "path": list(cycle.path),
        "edges": _edges(cycle.edges),
        "when": list(cycle.when),
    }


def render(difference: Difference, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(difference))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("diff", "json", render),)

"""The common parts of JSON documents: plain values, made from frozen ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Dependency, Edge, Origin

#: A value that JSON can express.
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def origin_document(origin: Origin | None) -> Json:
    """Return an origin; null where it is unknown."""
    if origin is None:
        return None
    return {
        "distribution": origin.distribution or None,
        "version": origin.version or None,
        "file": origin.file or None,
        "line": origin.line,
        "key": origin.key or None,
        **({"changed_by": [origin_document(one) for one in origin.changed_by]} if origin.changed_by else {}),
    }


def edge_document(edge: Edge) -> Json:
    """Return a dependency: ``from`` is the dependent, ``to`` what it needs."""
    return {
        "from": edge.dependent.driver,
        "to": edge.needed.driver,
        "from_phase": edge.dependent.phase,
        "to_phase": edge.needed.phase,
        "kind": str(edge.kind),
        "when": edge.when,
        "reason": edge.reason,
        "origin": origin_document(edge.origin),
        **dependency_marks(edge.dependency),
    }


def dependency_marks(dependency: Dependency) -> dict[str, Json]:
    """Return the keys of a dependency that are omitted at their default."""
    skipped: dict[str, Json] = {"skipped": str(dependency.skipped)} if dependency.blocks_skipped else {}
    terms: dict[str, Json] = {**dependency.coupling.terms}
    return ({"optional": True} if dependency.optional else {}) | skipped | terms


def lines(document: Json) -> Iterator[str]:
    """Yield the lines of a document, in ASCII, so that they are the same on every machine."""
    from tierdeps._util.json_text import text

    yield from text(document).split("\n")

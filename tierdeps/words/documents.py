"""The JSON documents' common parts: plain values, made from frozen ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Dependency, Edge, Origin

#: What JSON is made of.
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def origin_document(origin: Origin | None) -> Json:
    """Return who declared something, and where; null where nobody is known."""
    if origin is None:
        return None
    return {
        "distribution": origin.distribution or None,
        "version": origin.version or None,
        "file": origin.file or None,
        "line": origin.line,
        "key": origin.key or None,
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
    """Return the keys that a dependency has where it is not as most are."""
    skipped: dict[str, Json] = {"skipped": str(dependency.skipped)} if dependency.blocks_skipped else {}
    return ({"optional": True} if dependency.optional else {}) | skipped


def lines(document: Json) -> Iterator[str]:
    """Yield a document's lines, the same on every machine."""
    import json

    yield from json.dumps(document, indent=2, ensure_ascii=True).splitlines()

"""Graph files are changed as text: whatever is not changed keeps its bytes, comments included.

TOML is parsed by tomlkit, which keeps its formatting; YAML is changed in the places that its parser names; JSON is
changed if it is formatted as ``json`` does it. A file that would not be written back as it was is not changed.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tierdeps.errors import InputError
from tierdeps.importers.graphfile.detect import KIND_BY_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    #: Changes a document in place; a document is made of tables and lists.
    Mutation = Callable[[Any], None]

JSON_INDENTS = (2, 4, None, 1, 3, 8, "\t")


def edited(name: str, text: str, mutations: Iterable[Mutation]) -> str | None:
    """Return the text of a graph file with changes made in it; None where its formatting would be lost.

    Raises InputError where the library for this kind of file is not installed.
    """
    kind = KIND_BY_SUFFIX.get(PurePath(name).suffix.lower(), "")
    has_crlf = "\r\n" in text
    plain = text.replace("\r\n", "\n")
    if kind not in _READERS or (has_crlf and plain.count("\n") != text.count("\r\n")):
        return None
    found = _READERS[kind](name, plain)
    if found is None:
        return None
    document, write = found
    for mutation in mutations:
        mutation(document)
    changed = write()
    if plain.endswith("\n") and not changed.endswith("\n"):
        changed += "\n"  # tomlkit adds a last key without one
    return changed.replace("\n", "\r\n") if has_crlf else changed


def _toml(_name: str, text: str) -> tuple[Any, Callable[[], str]] | None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError:  # it is stricter than tomllib in places
        return None
    return (document, lambda: tomlkit.dumps(document)) if tomlkit.dumps(document) == text else None


def _json(_name: str, text: str) -> tuple[Any, Callable[[], str]] | None:
    document = json.loads(text)
    end = text[len(text.rstrip()) :]
    for indent in JSON_INDENTS:
        for ensure_ascii in (False, True):

            def write(indent: int | str | None = indent, ensure_ascii: bool = ensure_ascii) -> str:
                return json.dumps(document, indent=indent, ensure_ascii=ensure_ascii) + end

            if write() == text:
                return document, write
    return None


def _yaml(name: str, text: str) -> tuple[Any, Callable[[], str]] | None:
    try:
        from tierdeps.importers.graphfile import yaml_editing
    except ImportError:
        raise InputError(name, "changing YAML needs PyYAML: pip install tierdeps[yaml]") from None
    return yaml_editing.read(text)


_READERS: dict[str, Callable[[str, str], tuple[Any, Callable[[], str]] | None]] = {
    "toml": _toml,
    "json": _json,
    "yaml": _yaml,
}

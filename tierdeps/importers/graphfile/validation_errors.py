"""What is wrong in a graph file, as one sentence with its location, in the words of the schema's descriptions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tierdeps._util import validation
from tierdeps._util.suggest import suggestion
from tierdeps._util.validation import Difference, Problem, SchemaError, description, keys_of, type_of_key
from tierdeps.errors import together
from tierdeps.importers.graphfile.schema import DriverTable, Terms

if TYPE_CHECKING:
    from collections.abc import Collection

    from tierdeps.errors import DeclarationError, InputError
    from tierdeps.importers.graphfile.location import SourceLocation

Table = TypeVar("Table", bound=msgspec.Struct)

#: Longer values are shown in part.
MAX_VALUE_LENGTH = 60
#: Keys that a dependency has and a driver has not; phase is none, for a driver has phases.
TERMS_ALONE = frozenset(keys_of(Terms)) - frozenset(keys_of(DriverTable)) - {"phase"}
#: Larger numbers are not shown.
MAX_SHOWN_NUMBER = 10**15
#: Keys of a pyproject.toml.
PROJECT_KEYS = ("project", "build-system", "tool")
_SHAPES: dict[type, str] = {type(None): "nothing", dict: "a table"}


def convert(raw: object, kind: type[Table], location: SourceLocation) -> Table:
    """Return a raw value as a table of the schema. Raises InputError for all that is wrong in it."""
    if isinstance(raw, dict) and not location.key and raw.keys().isdisjoint(known := keys_of(kind)):
        _refuse_other_file(raw, known, location)
    try:
        return validation.convert(raw, kind)
    except SchemaError as error:
        raise together([_input_error(found, location) for found in error.differences]) from None


def _refuse_other_file(raw: dict[str, object], known: Collection[str], location: SourceLocation) -> None:
    """Raise InputError for a document whose keys are those of another kind of file, and not misspelt ones."""
    first = next(iter(raw), "")
    is_misspelt = first not in PROJECT_KEYS and any(suggestion(key, known) for key in raw)
    if "drivers" in known and raw and not is_misspelt:
        kind = "a pyproject.toml" if first in PROJECT_KEYS else "another kind of file"
        problem = f"not a graph file but {kind}: it has {first!r}, and none of the keys {', '.join(known)}"
        raise (location / first).error(problem)


def _input_error(error: Difference, location: SourceLocation) -> InputError:
    for step in error.path:
        location /= step
    if error.problem is Problem.UNKNOWN_KEY:
        return (location / error.key).error(f"unknown key {error.key!r}{_hint(error.key, keys_of(error.expected))}")
    if error.problem is Problem.MISSING_KEY:
        return location.error(f"expected the key {error.key!r}: {_expected(type_of_key(error.expected, error.key))}")
    return location.error(f"expected {_expected(error.expected)}, got {_described(error.value)}")


def _hint(key: str, known: Collection[str]) -> str:
    """Return where a key belongs, which known one is similar, or which there are."""
    if "requires" in known and key in TERMS_ALONE:
        return f'; it belongs to a dependency: requires = [{{ on = "NAME", {key} = ... }}]'
    return suggestion(key, known) or f"; expected one of {', '.join(known)}"


def declaration_error(error: DeclarationError, location: SourceLocation) -> InputError:
    """Return what the model refuses as an error with a place; the first word of ``what`` is the key, if it has one.

    ``what`` ends with ``of alive`` for a key of that table.
    """
    key = error.what.split(" ", 1)[0]
    table = location / "alive" if error.what.endswith(" of alive") else location
    here = table if key == "the" else table / key
    return here.error(f"expected {error.expected}, got {_described(error.got, listed=True)}")


def _expected(kind: object) -> str:
    """Return what the schema says is expected at a type."""
    return description(kind) or "a table"


def _described(value: object, *, listed: bool = False) -> str:
    """Return a phrase for the value that was found; with ``listed``, the items of a list are shown."""
    if isinstance(value, str):
        return f"the string {_short(value)!r}" if value else "an empty string"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}"
    if isinstance(value, (int, float)):
        return f"the number {value}" if abs(value) < MAX_SHOWN_NUMBER else "a number out of range"
    if isinstance(value, (list, tuple)):
        shown = ", ".join(map(repr, value)) if listed else ""
        return _short(shown) or ("a list" if value else "an empty list")
    return _SHAPES.get(type(value), "a date or time")


def _short(text: str) -> str:
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}..."

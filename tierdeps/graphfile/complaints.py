"""What the validator finds becomes one sentence with a place, in the words of the schema."""

from __future__ import annotations

import math
import re
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from tierdeps._util.suggest import suggestion

if TYPE_CHECKING:
    from tierdeps.errors import DeclarationError, InputError
    from tierdeps.graphfile.place import Place

_AT = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
_TOKEN = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = "Object contains unknown field"
_MISSING = re.compile(r"Object missing required field `(\w+)`")
Table = TypeVar("Table", bound=msgspec.Struct)

#: Longer values than this are not shown.
_LONGEST = 60
#: Nor are numbers from here on.
_LARGEST = 10**15
_SHAPES: dict[type, str] = {type(None): "nothing", dict: "a table"}


def convert(raw: object, kind: type[Table], place: Place) -> Table:
    """Return a raw value as the schema's type, or raise InputError."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise _complaint(str(error), raw, kind, place) from None


def _complaint(message: str, raw: Any, kind: Any, place: Place) -> InputError:
    """Follow the validator's path; where it only says that some value of a table is wrong, look for that value."""
    at = _AT.search(message)
    tokens = _TOKEN.findall(at["path"]) if at else []
    for name, index in tokens:
        if index == "...":
            return _in_table(raw, kind, place)
        step: str | int = int(index) if index else name
        raw, kind, place = raw[step], _below(kind, step), place / step
    if at and at["key"]:
        return _in_table(raw, kind, place)
    return _sentence(message, raw, kind, place)


def _in_table(raw: dict[object, object], kind: Any, place: Place) -> InputError:
    """Find the first entry of a table that is wrong: its name or its value."""
    names, values = get_args(_container(kind))
    for name, value in raw.items():
        here = place / name if isinstance(name, str) else place
        for part, expected in ((name, names), (value, values)):
            try:
                msgspec.convert(part, expected)
            except msgspec.ValidationError as error:
                return _complaint(str(error), part, expected, here)
    return place.error(f"expected {_expected(kind)}")


def _sentence(message: str, raw: Any, kind: Any, place: Place) -> InputError:
    if message.startswith(_UNKNOWN):
        known = _struct(kind).__struct_fields__
        unknown: str = next(name for name in raw if name not in known)
        hint = suggestion(unknown, known) or f"; expected one of {', '.join(known)}"
        return (place / unknown).error(f"unknown key {unknown!r}{hint}")
    if missing := _MISSING.match(message):
        return place.error(f"expected the key {missing[1]!r}: {_expected(_below(kind, missing[1]))}")
    return place.error(f"expected {_expected(kind)}, got {_described(raw)}")


def declared_wrongly(error: DeclarationError, place: Place) -> InputError:
    """Turn what a noun refuses into an error with a place; its first word is the key, where there is one."""
    key = error.what.split(" ", 1)[0]
    here = place if key == "the" else place / key
    return here.error(f"expected {error.expected}, got {_described(error.got, listed=True)}")


def _bare(kind: Any) -> Any:
    """Take the annotations off a type."""
    return _bare(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


def _choices(kind: Any) -> tuple[Any, ...]:
    kind = _bare(kind)
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _struct(kind: Any) -> type[msgspec.Struct]:
    """Return the one table among the types that a value may have."""
    types = (item for item in map(_bare, _choices(kind)) if isinstance(item, type))
    return next(item for item in types if issubclass(item, msgspec.Struct))


def _below(kind: Any, step: str | int) -> Any:
    """Return the type of a key of a table, or of an item of a list."""
    if isinstance(step, str):
        return get_type_hints(_struct(kind), include_extras=True)[step]
    return get_args(_container(kind))[0]


def _container(kind: Any) -> Any:
    """Return the one list or table of any names among the types that a value may have."""
    return next(item for item in map(_bare, _choices(kind)) if get_args(item))


def _expected(kind: Any) -> str:
    """Return the description that stands at a type in the schema."""
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.description for note in notes if note.description), "a table")


def _described(value: object, *, listed: bool = False) -> str:
    """Say what there is instead."""
    if isinstance(value, str):
        return f"the string {_short(value)!r}" if value else "an empty string"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}"
    if isinstance(value, (int, float)):
        return f"the number {value}" if abs(value) < _LARGEST else "a number out of all bounds"
    if isinstance(value, (list, tuple)):
        shown = ", ".join(map(repr, value)) if listed else ""
        return _short(shown) or ("a list" if value else "an empty list")
    return _SHAPES.get(type(value), "a date or time")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

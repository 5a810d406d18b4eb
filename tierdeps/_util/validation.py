"""Where and how a document differs from its schema, as a value instead of a message of msgspec's.

msgspec describes what is wrong in a text only, and inside a table with arbitrary keys its path has ``[...]`` instead of
the key. This is the only module that parses those texts; whoever reads a kind of document words the error for its
readers.
"""

from __future__ import annotations

import re
from enum import Enum
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

Kind = TypeVar("Kind")
#: The way to a value: the keys of tables and the indices of lists.
Path = tuple[str | int, ...]

_AT = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = "Object contains unknown field"
_MISSING = re.compile(r"Object missing required field `(\w+)`")


class Problem(Enum):
    """What is wrong with a value."""

    #: It is not of the type ``expected``.
    WRONG_VALUE = 0
    #: The name of an entry of a table with arbitrary names is not of the type ``expected``; it ends the path.
    WRONG_NAME = 1
    #: The table has ``key``, which is not in the schema.
    UNKNOWN_KEY = 2
    #: The table lacks ``key``.
    MISSING_KEY = 3


class SchemaError(ValueError):
    """A value is not what its schema says: ``path`` leads to the first wrong one, which is ``value``."""

    def __init__(self, path: Path, problem: Problem, expected: Any, value: Any, key: str = "") -> None:
        self.path = path
        self.problem = problem
        self.expected = expected
        self.value = value
        self.key = key
        super().__init__(f"{problem.name} at {path}")


def convert(raw: object, kind: type[Kind]) -> Kind:
    """Return a raw value as a type that msgspec knows. Raises SchemaError."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise _located(str(error), raw, kind, ()) from None


def description(kind: Any) -> str:
    """Return the description in the annotation of a type; empty where there is none."""
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.description for note in notes if note.description), "")


def keys_of(kind: Any) -> tuple[str, ...]:
    """Return the keys of the table that a type allows."""
    return _struct(kind).__struct_fields__


def type_of_key(kind: Any, key: str) -> Any:
    """Return the type of a key of the table that a type allows."""
    return get_type_hints(_struct(kind), include_extras=True)[key]


def _located(message: str, raw: Any, kind: Any, path: Path) -> SchemaError:
    """Follow the path in the message; where it does not say which entry of a table is wrong, look for that entry."""
    is_unknown = message.startswith(_UNKNOWN)
    if is_unknown and (key := _unknown_key(raw, kind)) is not None:  # such a key may itself look like a path
        return SchemaError(path, Problem.UNKNOWN_KEY, kind, raw, key)
    at = _AT.search(message)
    for key, index in _STEP.findall(at["path"]) if at else []:
        if index == "...":
            return _in_table(raw, kind, path)
        if index:
            raw, kind, path = raw[int(index)], get_args(_container(kind))[0], (*path, int(index))
        else:
            raw, kind, path = raw[key], type_of_key(kind, key), (*path, key)
    if at and at["key"]:
        return _in_table(raw, kind, path)
    if is_unknown and (key := _unknown_key(raw, kind)) is not None:
        return SchemaError(path, Problem.UNKNOWN_KEY, kind, raw, key)
    if missing := _MISSING.match(message):
        return SchemaError(path, Problem.MISSING_KEY, kind, raw, missing[1])
    return SchemaError(path, Problem.WRONG_VALUE, kind, raw)


def _unknown_key(raw: object, kind: Any) -> str | None:
    """Return the first key that a table has and its schema has not."""
    struct = _struct_or_none(kind)
    if struct is None or not isinstance(raw, dict):
        return None
    return next((key for key in raw if key not in struct.__struct_fields__), None)


def _in_table(raw: dict[object, object], kind: Any, path: Path) -> SchemaError:
    """Find the first wrong entry of a table with arbitrary names: its name or its value is wrong."""
    names, values = get_args(_container(kind))
    for name, value in raw.items():
        here = (*path, name) if isinstance(name, str) else path
        try:
            msgspec.convert(name, names)
        except msgspec.ValidationError:
            return SchemaError(here, Problem.WRONG_NAME, names, name)
        try:
            msgspec.convert(value, values)
        except msgspec.ValidationError as error:
            return _located(str(error), value, values, here)
    return SchemaError(path, Problem.WRONG_VALUE, kind, raw)


def _bare(kind: Any) -> Any:
    """Return a type without its annotations."""
    return _bare(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


def _choices(kind: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    kind = _bare(kind)
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _struct(kind: Any) -> type[msgspec.Struct]:
    """Return the one struct among the types that a value may have."""
    struct = _struct_or_none(kind)
    if struct is None:
        raise TypeError(kind)
    return struct


def _struct_or_none(kind: Any) -> type[msgspec.Struct] | None:
    types = (item for item in map(_bare, _choices(kind)) if isinstance(item, type))
    return next((item for item in types if issubclass(item, msgspec.Struct)), None)


def _container(kind: Any) -> Any:
    """Return the one list or dict among the types that a value may have."""
    return next(item for item in map(_bare, _choices(kind)) if get_args(item))

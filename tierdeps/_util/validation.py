"""Where and how a document differs from its schema: every place, as values.

msgspec stops at the first difference and describes it in a text only. So where it refuses a document, its schema is
walked here beside the document; the reader of each kind of document puts the differences into words.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from tierdeps._util.frozen import Value
from tierdeps._util.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = TypeVar("Kind")
#: The way to a value: the keys of tables and the indices of lists.
Path = tuple[str | int, ...]


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


class Difference(Value):
    """A value is not what its schema says; ``path`` leads to it."""

    path: Path
    problem: Problem
    expected: Any
    value: Any
    key: str = ""


class SchemaError(ValueError):
    """A document is not what its schema says: ``differences`` are all of them, as they come in the document."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        self.differences = differences
        super().__init__(", ".join(f"{found.problem.name} at {found.path}" for found in differences))


def convert(raw: object, kind: type[Kind]) -> Kind:
    """Return a raw value as a type that msgspec knows. Raises SchemaError."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        raise SchemaError(tuple(differences(raw, kind))) from None


def differences(raw: Any, kind: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield each place at which a raw value differs from a type."""
    struct, table, items = _struct_or_none(kind), _argument(kind, dict), _argument(kind, tuple)
    if isinstance(raw, dict) and struct is not None:
        yield from _in_struct(raw, kind, struct, path)
        return
    within: Iterator[Difference] = iter(())
    if isinstance(raw, dict) and table is not None:
        within = _in_table(raw, table, path)
    elif isinstance(raw, (list, tuple)) and items is not None:
        within = (found for index, item in enumerate(raw) for found in differences(item, items[0], (*path, index)))
    any_within = False
    for found in within:
        any_within = True
        yield found
    if not any_within and not _is_valid(raw, kind):
        yield Difference(path, Problem.WRONG_VALUE, kind, raw)


def _in_struct(raw: dict[Any, Any], kind: Any, struct: type[msgspec.Struct], path: Path) -> Iterator[Difference]:
    fields = _fields(struct)
    unknown = []
    for key, value in raw.items():
        if key in fields:
            yield from differences(value, fields[key].type, (*path, key))
        elif struct.__struct_config__.forbid_unknown_fields:
            unknown.append(key)
            yield Difference(path, Problem.UNKNOWN_KEY, kind, raw, str(key))
    meant = {nearest(str(key), fields) for key in unknown}
    for key, field in fields.items():
        if field.required and key not in raw and key not in meant:
            yield Difference(path, Problem.MISSING_KEY, kind, raw, key)


def _in_table(raw: dict[Any, Any], types: tuple[Any, ...], path: Path) -> Iterator[Difference]:
    """Yield what is wrong in a table with arbitrary names: in a name, or else in its value."""
    names, values = types
    for name, value in raw.items():
        here = (*path, name) if isinstance(name, str) else path
        if _is_valid(name, names):
            yield from differences(value, values, here)
        else:
            yield Difference(here, Problem.WRONG_NAME, names, name)


def _is_valid(raw: object, kind: Any) -> bool:
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        return False
    return True


def description(kind: Any) -> str:
    """Return the description in the annotation of a type; empty where there is none."""
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.description for note in notes if note.description), "")


def keys_of(kind: Any) -> tuple[str, ...]:
    """Return the keys of the table that a type allows; ``$schema`` is none that a reader looks for."""
    return tuple(key for key in _fields(_struct(kind)) if not key.startswith("$"))


def type_of_key(kind: Any, key: str) -> Any:
    """Return the type of a key of the table that a type allows."""
    return _fields(_struct(kind))[key].type


@cache  # msgspec evaluates all annotations of a type at each call, and a file has a table on each line
def _fields(struct: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


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


def _argument(kind: Any, container: type) -> tuple[Any, ...] | None:
    """Return what the one container among the types that a value may have holds; None where there is none."""
    return next((get_args(item) for item in map(_bare, _choices(kind)) if get_origin(item) is container), None)

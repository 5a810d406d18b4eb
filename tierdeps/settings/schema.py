"""What a settings file may say, and how what it says becomes settings."""

from __future__ import annotations

import re
from configparser import ConfigParser
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec

from tierdeps._util.suggest import suggestion
from tierdeps.errors import InputError
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The way to a value: the keys on it.
Path = tuple[str, ...]

Name = Annotated[str, msgspec.Meta(min_length=1)]
_WORDS = {"array": "a list of names", "object": "a table", "str": "a name", "bool": "true or false", "int": "a number"}


class Document(msgspec.Struct, frozen=True):
    """A settings file; each key is a field of Settings."""

    disable: tuple[Name, ...] = ()
    choose: dict[Name, Name] = {}
    facts: dict[Name, bool] = {}
    only: tuple[Name, ...] = ()
    block: tuple[Name, ...] = ()
    strict: bool = False
    drivers: dict[Name, dict[Name, object]] = {}
    defaults: dict[Name, object] = {}
    select: tuple[Name, ...] = ()
    ignore: tuple[Name, ...] = ()
    severity: dict[Name, Literal["error", "warning", "off"]] = {}
    hints: dict[Name, Name] = {}
    baseline: str = ""
    graphs: tuple[Name, ...] = ()
    dependencies: Any = ()  # in tierdeps.settings.edges, which knows lines


def settings_from(source: str, table: Mapping[str, object], place: Callable[[Path], str], *, text: bool) -> Settings:
    """Return the settings that a table makes; raises InputError.

    ``place`` writes a way down as the file's readers know it. With ``text`` every value is text, as in setup.cfg.
    """
    values: dict[str, Any] = {}
    try:
        for key, value in table.items():
            kind = _kind(key)
            values[key] = _convert(kind, _from_text(kind, value) if text else value, (key,))
    except _Misfit as misfit:
        raise InputError(source, misfit.message, place(misfit.path)) from None
    return Settings(source=source, **values)


class _Misfit(Exception):  # noqa: N818  it never leaves this file
    def __init__(self, path: Path, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(message)


def _kind(key: str) -> Any:
    """Return the type of a setting."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(Document)}
    if key not in kinds:
        offer = suggestion(key, kinds) or f"; there is {', '.join(kinds)}"
        raise _Misfit((key,), f"there is no such setting{offer}")
    return kinds[key]


def _convert(kind: Any, value: object, path: Path) -> object:
    """Return a value as its kind; tables are gone through here, since msgspec does not say which key is wrong."""
    if get_origin(kind) is dict and isinstance(value, dict):
        of_key, of_value = get_args(kind)
        return {_convert(of_key, key, path): _convert(of_value, item, (*path, key)) for key, item in value.items()}
    if get_origin(kind) is Literal and value not in get_args(kind):
        raise _Misfit(path, f"expected {', '.join(get_args(kind))}, got {value!r}")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _Misfit(path, _sentence(str(error), value)) from None


def _sentence(message: str, value: object) -> str:
    """Say in the reader's words what msgspec expected, and what it got."""
    index = re.search(r"\$\[(\d+)\]", message)
    where = f"item {int(index[1]) + 1}: " if index else ""
    if index and isinstance(value, list):
        value = value[int(index[1])]
    expected = re.match(r"Expected `(\w+)`", message)
    got = "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)
    return f"{where}expected {_WORDS.get(expected[1], expected[1])}, got {got}" if expected else message


def _from_text(kind: Any, value: object) -> object:
    """Return what text stands for: a list has its items on lines of their own or between commas."""
    if isinstance(value, dict):
        inner = get_args(kind)[1] if get_origin(kind) is dict else None
        return {key: _from_text(inner, item) for key, item in value.items()}
    if get_origin(kind) is tuple:
        return [item for item in re.split(r"\s*[,\n]\s*", str(value)) if item]
    if kind is bool:
        return ConfigParser.BOOLEAN_STATES.get(str(value).lower(), value)
    return value

"""Settings files: tierdeps.toml, a table of pyproject.toml, or sections of setup.cfg."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.text import NotUtf8Error, decode_utf8, long_number_line, shortened
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from configparser import ConfigParser

    from tierdeps.settings import Settings
    from tierdeps.settings.places import Places

#: The files that may have settings, in the order in which they are read.
NAMES = ("tierdeps.toml", "pyproject.toml", "setup.cfg")
#: The setting that is a list of tables.
DEPENDENCIES = "dependencies"


def parse(name: str, data: bytes, *, required: bool = False) -> Settings | None:
    """Return the settings in a file; None for a file of several tools that has no table of tierdeps.

    With ``required``, that raises InputError too. A file of another name is read like tierdeps.toml, or like setup.cfg
    if it ends in ``.cfg`` or ``.ini``.
    """
    shared, sections = _is_shared(name), _has_sections(name)
    if (shared or sections) and not required and b"tierdeps" not in data:
        return None  # other errors in it concern the other tools
    text = _decode(name, data)
    table = _cfg(name, text) if sections else _toml(name, text, ("tool", "tierdeps") if shared else ())
    if table is None:
        if required:
            raise InputError(name, f"it has no table [{'tierdeps' if sections else 'tool.tierdeps'}]")
        return None

    from tierdeps.settings.schema import settings_from

    raw = table.pop(DEPENDENCIES, None)
    settings = settings_from(table, places_in(name, text))
    if raw is None:
        return settings
    if sections:
        raise _no_dependencies(name, text)
    from tierdeps.settings.edges import additions

    return replace(settings, dependencies=additions(name, text, raw, "tool.tierdeps" if shared else ""))


def _no_dependencies(name: str, text: str) -> InputError:
    """Return the error for dependencies in a file with sections, which cannot hold a list of tables."""
    lines = enumerate(text.splitlines(), 1)
    line = next((number for number, line in lines if re.match(r"(\[tierdeps:)?dependencies\b", line)), 1)
    where = "in tierdeps.toml, or in [[tool.tierdeps.dependencies]] of pyproject.toml"
    return InputError(name, f"dependencies can only be {where}: sections cannot hold a list of tables", f"line {line}")


def _is_shared(name: str) -> bool:
    """Return whether a file is shared by several tools: settings are then below the table [tool.tierdeps]."""
    return PurePath(name).name == "pyproject.toml"


def _has_sections(name: str) -> bool:
    return PurePath(name).suffix in (".cfg", ".ini")


def places_in(name: str, text: str = "") -> Places:
    """Return what locates values in a file; without its text, by key only."""
    from tierdeps.settings.places import Places

    return Places(name, text, ("tool", "tierdeps") if _is_shared(name) else (), _has_sections(name))


def _decode(name: str, data: bytes) -> str:
    try:
        return decode_utf8(data)
    except NotUtf8Error as error:
        raise InputError(name, str(error), f"line {error.line}") from None


def _toml(name: str, text: str, path: tuple[str, ...]) -> dict[str, object] | None:
    """Return the table under a path of keys, None if there is none. Raises InputError."""
    import tomllib

    from tierdeps._util.toml import loads

    try:
        table: object = loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).removesuffix(")").rpartition(" (at ")
        raise InputError(name, f"not valid TOML: {message or place}", place if message else "") from None
    except RecursionError:
        raise InputError(name, "its values are nested too deeply") from None
    except ValueError:
        place = f"line {long_number_line(text)}"
        raise InputError(name, "expected a number, got one with too many digits", place) from None
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    if table is not None and not isinstance(table, dict):
        raise InputError(name, "expected a table", ".".join(path))
    return table


def _cfg(name: str, text: str) -> dict[str, object] | None:
    """Return the sections [tierdeps], [tierdeps:TABLE] and [tierdeps:drivers.NAME] as one table."""
    parser = _read_cfg(name, text)
    if not any(section.partition(":")[0] == "tierdeps" for section in parser.sections()):
        return None
    table: dict[str, object] = dict(parser["tierdeps"]) if parser.has_section("tierdeps") else {}
    for section in parser.sections():
        ours, _, way = section.partition(":")
        if ours != "tierdeps" or not way:
            continue
        key, _, driver = way.partition(".")
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InputError(name, f"it is a table, [tierdeps:{key}]", f"[tierdeps] {key}")
        inner.update({driver: dict(parser[section])} if driver else dict(parser[section]))
    return table


def _read_cfg(name: str, text: str) -> ConfigParser:
    from configparser import (
        ConfigParser,
        DuplicateOptionError,
        DuplicateSectionError,
        MissingSectionHeaderError,
        ParsingError,
    )

    parser = ConfigParser(interpolation=None, delimiters=("=",), default_section="", empty_lines_in_values=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names of drivers and facts keep their case
    try:
        parser.read_string(text)
    except DuplicateSectionError as error:
        raise InputError(name, f"[{error.section}] appears twice", f"line {error.lineno}") from None
    except DuplicateOptionError as error:
        raise InputError(name, f"{error.option} is there twice", f"line {error.lineno}, [{error.section}]") from None
    except MissingSectionHeaderError as error:
        raise InputError(
            name, f"expected [section], got {shortened(repr(error.line))}", f"line {error.lineno}"
        ) from None
    except ParsingError as error:
        line, found = error.errors[0]
        raise InputError(name, f"expected key = value, got {shortened(found)}", f"line {line}") from None
    return parser

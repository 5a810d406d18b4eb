"""Where keys are in a settings file: their lines, and how the readers of that kind of file write them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The depth of the deepest values with lines of their own: drivers.NAME.KEY.
MAX_DEPTH = 3
_SECTION = re.compile(r"\[(?P<name>[^]]+)\]")
_KEY = re.compile(r"(?P<name>[^\s=#;][^=]*?)\s*=")


class Places(Value, dict=True):
    """The lines of one file's values; ``table`` is the path of tierdeps' table in a file of several tools.

    They are computed when an error needs them: most files have no mistake.
    """

    name: str
    text: str = ""
    table: tuple[str, ...] = ()
    sections: bool = False

    def key(self, path: tuple[str, ...]) -> str:
        """Return the path of a value as it is written in that kind of file."""
        if self.sections:
            return _section_key(path)
        return ".".join(key if re.fullmatch(r"[\w-]+", key, re.ASCII) else repr(key) for key in (*self.table, *path))

    def has(self, path: tuple[str, ...]) -> bool:
        """Return whether the file has a value at a path."""
        return path in self._lines

    def line(self, path: tuple[str, ...]) -> int | None:
        """Return the line of a value, or else that of the nearest table around it; None where neither is known."""
        for length in range(len(path), 0, -1):
            if (found := self._lines.get(path[:length])) is not None:
                return found
        return None

    def error(self, path: tuple[str, ...], message: str) -> InputError:
        """Return the error for a problem with the value at a path."""
        line = self.line(path)
        return InputError(self.name, message, f"line {line}, {self.key(path)}" if line else self.key(path))

    @cached_property
    def _lines(self) -> Mapping[tuple[str, ...], int]:
        return _section_lines(self.text) if self.sections else _toml_lines(self.text, self.table)


def _toml_lines(text: str, table: tuple[str, ...]) -> Mapping[tuple[str, ...], int]:
    """Return the lines of the keys in tierdeps' table, by their paths."""
    from tierdeps._util.toml import loads
    from tierdeps.importers.graphfile.key_lines import KeyLines
    from tierdeps.importers.graphfile.location import joined

    try:
        lines = KeyLines(text.replace("\r\n", "\n")).document().lines
    except RecursionError:
        return {}
    found: dict[tuple[str, ...], int] = {}

    def walk(value: object, way: tuple[str, ...], key: str) -> None:
        if key in lines and way[: len(table)] == table:
            found[way[len(table) :]] = lines[key]
        if isinstance(value, dict) and len(way) < len(table) + MAX_DEPTH:
            for name, item in value.items():
                walk(item, (*way, name), joined(key, name))

    walk(loads(text), (), "")
    return found


def _section_key(path: tuple[str, ...]) -> str:
    *section, key = path
    return f"[{':'.join(('tierdeps', '.'.join(section))) if section else 'tierdeps'}] {key}"


def _section_lines(text: str) -> Mapping[tuple[str, ...], int]:
    """Return the lines of sections and their keys; those of other tools are not ours."""
    found: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if head := _SECTION.match(line):
            ours, _, way = head["name"].partition(":")
            section = tuple(part for part in way.split(".", 1) if part) if ours == "tierdeps" else None
            for length in range(1, len(section or ()) + 1):
                found.setdefault((section or ())[:length], number)
        elif section is not None and (key := _KEY.match(line)):
            found.setdefault((*section, key["name"]), number)
    return found

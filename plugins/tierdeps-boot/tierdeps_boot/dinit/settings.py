"""The settings of a service description: each a line ``NAME = VALUE``, with quotes, escapes and comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot._files import is_within, read_text, shown
from tierdeps_boot._problems import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps_boot._problems import Problems

_SETTING = re.compile(r"\s*([^\W\d.-][\w.-]*)\s*(\+=|=|:)")
_INCLUDE = re.compile(r"\s*@include(-opt)?\s+(.+?)\s*")
#: Files that include each other, one in the next, and included files of a description in all.
MAX_DEPTH, MAX_INCLUDED = 8, 100


class Setting(NamedTuple):
    """One setting; ``name`` keeps no operator: ``+=`` differs from ``=`` for commands only."""

    place: Place
    name: str
    value: str


class InvalidValueError(ValueError):
    """A value is not written as dinit reads it; the text says why."""


class Root(NamedTuple):
    """The folder that all files are in; where it is that of an image, absolute paths are below it."""

    path: Path
    is_image: bool = False

    def located(self, name: str, folder: Path) -> Path | None:
        """Return what a name means in a folder; None if that is outside."""
        path = self.path / name.lstrip("/") if self.is_image and name.startswith("/") else folder / name
        return path if is_within(path, self.path) else None


class Settings:
    """Reads the settings of descriptions in a folder."""

    def __init__(self, root: Root, problems: Problems) -> None:
        self._root = root
        self._problems = problems
        self._included = 0

    def read(self, path: Path, depth: int = 0) -> Iterator[Setting]:
        """Yield the settings of a description, and of what it includes, in their order."""
        text = read_text(path, self._problems)
        for number, line in enumerate((text or "").split("\n"), 1):
            place = Place(shown(path), number)
            stripped = line.strip()
            if stripped.startswith("@"):
                yield from self._meta(stripped, place, path, depth)
            elif not stripped or stripped.startswith("#"):
                continue
            elif (found := _SETTING.match(line)) is None:
                self._problems.error(place, "expected NAME = VALUE")
            else:
                try:
                    yield Setting(place, found[1], value_of(line[found.end() :]))
                except InvalidValueError as error:
                    self._problems.error(place, f"{found[1]}: {error}")

    def _meta(self, line: str, place: Place, path: Path, depth: int) -> Iterator[Setting]:
        """Yield the settings of an included file; other commands say nothing about order."""
        found = _INCLUDE.fullmatch(line)
        if found is None:
            return
        target = self._root.located(found[2], path.parent)
        if target is None:
            self._problems.error(place, f"{found[2]!r} is outside the folder, so it is not read")
        elif depth >= MAX_DEPTH or self._included >= MAX_INCLUDED:
            limits = f"{MAX_INCLUDED} included files, {MAX_DEPTH} of them one in the next"
            self._problems.error(place, f"expected no more than {limits}")
        elif target.is_file():
            self._included += 1
            yield from self.read(target, depth + 1)
        elif found[1] is None:
            self._problems.error(place, f"{found[2]!r}: no such file")


def value_of(text: str) -> str:
    """Return the value that the rest of a line stands for. Raises InvalidValueError."""
    parts: list[str] = []
    position, quoted = 0, False
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
            if position == len(text):
                raise InvalidValueError("expected a character after the backslash")
            parts.append(text[position])
        elif char == '"':
            quoted = not quoted
        elif quoted or not (char.isspace() or char == "#"):
            parts.append(char)
        elif char == "#":
            if position and not text[position - 1].isspace():
                raise InvalidValueError("expected a blank before the comment")
            break
        elif parts and parts[-1] != " ":
            parts.append(" ")
        position += 1
    if quoted:
        raise InvalidValueError("expected a quote at the end")
    return "".join(parts).strip()

"""Locations in a graph file: a key and, if it is known, its line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps.errors import InputError
from tierdeps.model import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def joined(key: str, name: str) -> str:
    """Append a name to a dotted key, in quotes unless it is a bare key of TOML."""
    if not _BARE.fullmatch(name):
        name = json.dumps(name, ensure_ascii=not name.isprintable())
    return f"{key}.{name}" if key else name


def item(key: str, index: int) -> str:
    """Append a location in a list to a dotted key."""
    return f"{key}[{index}]"


class SourceLocation(Value):
    """A key of a graph file; ``lines`` maps the keys below it to their lines, as far as these are known."""

    file: str
    key: str = ""
    line: int | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def __truediv__(self, name: str | int) -> SourceLocation:
        """Return the location of a key of this table, or of an item of this list."""
        key = item(self.key, name) if isinstance(name, int) else joined(self.key, name)
        return SourceLocation(self.file, key, self.lines.get(key, self.line), self.lines)

    @property
    def origin(self) -> Origin:
        """The origin of what is declared here."""
        return Origin(self.file, self.line, self.key)

    def origin_of(self, below: str) -> Origin:
        """Return the origin of a key below, without creating its location: this runs for each dependency."""
        key = self.key + below
        return Origin(self.file, self.lines.get(key, self.line), key)

    def error(self, message: str) -> InputError:
        """Return the error for a problem at this location."""
        line = f"line {self.line or 1}" if self.line or not self.key else ""
        return InputError(self.file, message, ", ".join(part for part in (line, self.key) if part))

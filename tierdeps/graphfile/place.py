"""Places in a graph file: a key and, where it is known, its line."""

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
    """Append a name to a dotted key, in quotes where it is not a bare word, as TOML writes it."""
    if not _BARE.fullmatch(name):
        name = json.dumps(name, ensure_ascii=not name.isprintable())
    return f"{key}.{name}" if key else name


def item(key: str, index: int) -> str:
    """Append a place in a list to a dotted key."""
    return f"{key}[{index}]"


class Place(Value):
    """A key of a graph file; ``lines`` has the lines of the keys below it, as far as they are known."""

    file: str
    key: str = ""
    line: int | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def __truediv__(self, name: str | int) -> Place:
        """Return the place of what is below: a key of this table, or an item of this list."""
        key = item(self.key, name) if isinstance(name, int) else joined(self.key, name)
        return Place(self.file, key, self.lines.get(key, self.line), self.lines)

    @property
    def origin(self) -> Origin:
        """What is declared here was declared by this file."""
        return Origin(self.file, self.line, self.key)

    def origin_of(self, below: str) -> Origin:
        """Return the origin of what is below, without a place of its own: this is done for each dependency."""
        key = self.key + below
        return Origin(self.file, self.lines.get(key, self.line), key)

    def error(self, message: str) -> InputError:
        """Make the error that says what is wrong here."""
        line = f"line {self.line or 1}" if self.line or not self.key else ""
        return InputError(self.file, message, ", ".join(part for part in (line, self.key) if part))

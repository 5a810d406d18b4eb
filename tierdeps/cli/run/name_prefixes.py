"""The names of drivers before lines of theirs: ``web | line``, each in a colour."""

from __future__ import annotations

import click

from tierdeps._util.text import printable

#: Drivers get them in turn.
COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_cyan", "bright_yellow", "bright_green")


class NamePrefixes:
    """Makes the prefix of each driver; ``width`` is the number of columns that names are padded to."""

    def __init__(self, *, color: bool, width: int = 0) -> None:
        self._color = color
        self._width = width
        self._made: dict[str, str] = {}

    def of(self, driver: str, note: str = "") -> str:
        """Return the prefix of a driver; ``note`` stands behind its name."""
        key = f"{driver} {note}" if note else driver
        found = self._made.get(key)
        if found is None:
            name = printable(key).ljust(self._width)
            colour = COLOURS[len(self._made) % len(COLOURS)]
            found = self._made[key] = f"{click.style(name, fg=colour) if self._color else name} | "
        return found

"""Bytes become lines of text that are safe to show."""

from __future__ import annotations

import re

from tierdeps._util.text import printable

#: A longer line is taken for several ones, in bytes.
LONGEST = 8192
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


class LineSplitter:
    """Cuts bytes into lines; ``partial`` is what comes before an end that has not come yet."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that these bytes complete."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = [clean(piece) for line in whole for piece in _pieces(line)]
        while len(self._rest) > LONGEST:
            lines.append(clean(self._rest[:LONGEST]))
            self._rest = self._rest[LONGEST:]
        return lines

    @property
    def partial(self) -> str:
        """The beginning of a line."""
        return clean(self._rest)

    def end(self) -> list[str]:
        """Return what is left when nothing more comes."""
        rest, self._rest = self._rest, b""
        return [clean(rest)] if rest else []


def _pieces(line: bytes) -> list[bytes]:
    return [line[at : at + LONGEST] for at in range(0, len(line), LONGEST)] or [line]


def clean(line: bytes) -> str:
    """Return a line as text: without its colours, and with an escape for what is no text."""
    text = line.removesuffix(b"\r").decode(errors="backslashreplace")
    return printable(_COLOURS.sub("", text).expandtabs())

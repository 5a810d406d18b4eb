"""Split bytes into lines of text that are safe to print."""

from __future__ import annotations

import re

from tierdeps._util.text import printable

#: The maximal length of a line in bytes; a longer one is split.
MAX_LINE_BYTES = 8192
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


class LineSplitter:
    """Splits bytes into lines; ``partial`` is the line whose end has not been read yet."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that these bytes complete."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = [printable_line(piece) for line in whole for piece in _pieces(line)]
        while len(self._rest) > MAX_LINE_BYTES:
            lines.append(printable_line(self._rest[:MAX_LINE_BYTES]))
            self._rest = self._rest[MAX_LINE_BYTES:]
        return lines

    @property
    def partial(self) -> str:
        """The incomplete last line."""
        return printable_line(self._rest)

    def end(self) -> list[str]:
        """Return the incomplete last line, at the end of the input."""
        rest, self._rest = self._rest, b""
        return [printable_line(rest)] if rest else []


def _pieces(line: bytes) -> list[bytes]:
    return [line[at : at + MAX_LINE_BYTES] for at in range(0, len(line), MAX_LINE_BYTES)] or [line]


def printable_line(line: bytes) -> str:
    """Return a line as text, without colour codes, and with escapes for bytes that are no text."""
    text = line.removesuffix(b"\r").decode(errors="backslashreplace")
    return printable(_COLOURS.sub("", text).expandtabs())

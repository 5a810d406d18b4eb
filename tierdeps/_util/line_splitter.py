"""Split bytes into lines, and lines into text that is safe to print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps._util.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: The maximal length of a line in bytes; a longer one is split.
MAX_LINE_BYTES = 8192
#: The most bytes that a character has after its first.
_CONTINUATION_BYTES = 3
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


class LineSplitter:
    """Splits bytes into lines; ``rest`` is the line whose end has not been read yet.

    What it costs does not depend on the number of lines, and what it keeps not on their length.
    """

    def __init__(self) -> None:
        self.rest: bytes = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete; a longer one than MAX_LINE_BYTES in pieces."""
        lines = (self.rest + data).split(b"\n")
        if max(map(len, lines)) > MAX_LINE_BYTES:
            last = _pieces(lines.pop())
            lines = [piece for line in lines for piece in _pieces(line)] + last
        self.rest = lines.pop()
        return lines

    def end(self) -> list[bytes]:
        """Return the incomplete last line, at the end of the input."""
        rest, self.rest = self.rest, b""
        return [rest] if rest else []


def _pieces(line: bytes) -> list[bytes]:
    """Return a line in pieces, none of which ends within a character."""
    pieces, at = [], 0
    while len(line) - at > MAX_LINE_BYTES:
        end = at + MAX_LINE_BYTES
        cut = end
        while cut > end - _CONTINUATION_BYTES and line[cut] & 0xC0 == 0x80:  # noqa: PLR2004  10xxxxxx
            cut -= 1
        if line[cut] & 0xC0 == 0x80:  # noqa: PLR2004  no text at all
            cut = end
        pieces.append(line[at:cut])
        at = cut
    return [*pieces, line[at:]]


def printable_line(line: bytes) -> str:
    """Return a line as text, without colour codes, and with escapes for bytes that are no text."""
    text = line.removesuffix(b"\r").decode(errors="backslashreplace")
    return printable(_COLOURS.sub("", text).expandtabs())


def printable_text(lines: Sequence[bytes]) -> str:
    """Return lines as one text in which a line break separates them; plain text costs nothing for each line."""
    text = b"\n".join(lines).decode(errors="backslashreplace")
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "\n".join(map(printable_line, lines))


def printable_lines(lines: Iterable[bytes]) -> list[str]:
    """Return lines as text."""
    return list(map(printable_line, lines))

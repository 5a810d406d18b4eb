"""The lines of a log, and how they are written in its files: ``MICROSECONDS STREAM TEXT``, with a letter for a stream.

The text is what the driver printed, byte for byte; it is only made printable where it is shown.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.line_splitter import printable_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STDOUT, STDERR = "stdout", "stderr"
#: What a driver logs, and the status that a process reports.
LOG = "log"
#: What tierdeps has to say of the log itself.
NOTE = "note"
STREAMS = (STDOUT, STDERR, LOG, NOTE)
_LETTERS = {STDOUT: b"o", STDERR: b"e", LOG: b"l", NOTE: b"n"}
_NAMES = {letter: name for name, letter in _LETTERS.items()}
#: The parts of a line in a file.
_PARTS = 3
_MICROSECONDS = 1_000_000


class LogLine(NamedTuple):
    """A line of a driver's log; ``time`` is in seconds since 1970, and 0 where it is not known."""

    time: float
    driver: str
    stream: str
    data: bytes

    @property
    def text(self) -> str:
        """The line as text that is safe for a terminal."""
        return printable_line(self.data)

    @property
    def raw_text(self) -> str:
        """The line as text, with escapes only for bytes that are no text."""
        return self.data.decode(errors="backslashreplace")


def encoded(time_ns: int, stream: str, lines: Sequence[bytes]) -> bytes:
    """Return lines as they are written, without a cost for each line in Python."""
    prefix = b"%d %b " % (time_ns // 1000, _LETTERS[stream])
    return b"".join((prefix, (b"\n" + prefix).join(lines), b"\n"))


def decoded(driver: str, lines: Iterable[bytes]) -> list[LogLine]:
    """Return the lines of a file; what is damaged is omitted."""
    found: list[LogLine] = []
    for line in lines:
        parts = line.split(b" ", _PARTS - 1)
        if len(parts) == _PARTS and parts[1] in _NAMES:
            with suppress(ValueError):
                found.append(LogLine(int(parts[0]) / _MICROSECONDS, driver, _NAMES[parts[1]], parts[2]))
    return found

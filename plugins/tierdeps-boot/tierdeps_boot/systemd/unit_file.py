"""Unit files: the entries of their sections, each with its line, as systemd reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: systemd refuses a file with a longer line.
MAX_LINE_BYTES = 1 << 20
_LINE_END = re.compile(rb"\r\n|[\r\n\0]")


class Entry(NamedTuple):
    """``key = value`` in a section; ``file`` is its name for people."""

    section: str
    key: str
    value: str
    file: str
    line: int


class Ignored(NamedTuple):
    """A line that systemd ignores, and why."""

    file: str
    line: int
    why: str


class UnitText(NamedTuple):
    """All of a unit file."""

    entries: tuple[Entry, ...]
    ignored: tuple[Ignored, ...] = ()


class LineTooLongError(ValueError):
    """A line longer than systemd reads."""


def parse(data: bytes, file: str) -> UnitText:
    """Return the entries of a unit file, and the lines that systemd ignores. Raises LineTooLongError."""
    try:
        text = data.decode()
        damaged: frozenset[int] = frozenset()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        lines = enumerate(_LINE_END.split(data), 1)
        damaged = frozenset(number for number, line in lines if not _is_text(line))
    text = text.removeprefix("\ufeff")
    entries: list[Entry] = []
    ignored: list[Ignored] = []
    section = ""
    for number, line in _logical_lines(text, file):
        if line[0] == "[":
            if line[-1] == "]":
                section = line[1:-1]
            else:
                ignored.append(Ignored(file, number, f"{_short(line)} is no section: its bracket is not closed"))
            continue
        key, equals, value = line.partition("=")
        if number in damaged:
            ignored.append(Ignored(file, number, "it is not UTF-8"))
        elif not equals:
            ignored.append(Ignored(file, number, f"{_short(line)} has no '='"))
        elif not section:
            ignored.append(Ignored(file, number, f"{_short(key.rstrip())}= stands before the first section"))
        else:
            entries.append(Entry(section, key.rstrip(), value.lstrip(), file, number))
    return UnitText(tuple(entries), tuple(ignored))


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _logical_lines(text: str, file: str) -> Iterator[tuple[int, str]]:
    """Yield what is no comment and not empty, with the number of its first line; continued lines are joined."""
    if "\r" in text or "\0" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\n")
    joined: list[str] = []
    first = length = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.lstrip(" \t")
        if line[:1] in {"#", ";"}:
            continue
        length = length + len(line) if joined else len(line)
        if length >= MAX_LINE_BYTES:
            raise LineTooLongError(f"{file}:{number}: the line has {length} characters, and systemd reads none so long")
        if line.endswith("\\") and _escapes_end(line):
            first = first if joined else number
            joined.append(line[:-1] + " ")
            continue
        if joined:
            joined.append(line)
            line, number = "".join(joined), first  # noqa: PLW2901  the line as systemd sees it
            joined = []
        if line := line.strip(" \t"):
            yield number, line
    if rest := "".join(joined).strip(" \t"):
        yield first, rest


def _escapes_end(line: str) -> bool:
    """Return whether the last backslash is not itself escaped."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")  # noqa: PLR2004  a line of a message

"""The line of a declaration with a caret below what declares it, in a graph file or in Python."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from tierdeps._util.frozen import Value, replace
from tierdeps._util.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.words.palette import Palette

#: Stands for what is cut off a long line.
_CUT = "..."
_PART = re.compile(r'"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>[^.\[\]"]+)|\[(?P<index>\d+)\]')
_OPEN, _CLOSE = "[{", "]}"


class CodeFrame(Value):
    """One line of a source, and which columns of it to point to, from 0."""

    line: int
    text: str
    start: int
    end: int

    @property
    def column(self) -> int:
        """The column as editors count it, from 1."""
        return self.start + 1


def frame_in_graph(line: int, text: str, key: str) -> CodeFrame:
    """Return the frame for a dotted key of a graph file: TOML, JSON or YAML."""
    start, end = _span(text, key)
    return CodeFrame(line, text, start, max(end, start))


def named_frame(frame: CodeFrame, name: str) -> CodeFrame | None:
    """Return the frame with the caret under a name of its line, from the key on; None if the name is not there."""
    if not name:
        return None
    wanted = re.compile(rf"""(["'])?(?<![\w-]){re.escape(name)}(?![\w-])(?(1)\1)""")
    found = _first_match(wanted, name, frame.text, max(frame.start - len(name), 0))
    return replace(frame, start=found.start(), end=found.end()) if found else None


def _first_match(wanted: re.Pattern[str], name: str, text: str, first: int) -> re.Match[str] | None:
    """Return the first match of a pattern that is a name, perhaps after a quotation mark.

    A file can be one line. Searching it for the name alone is a hundred times faster than for the pattern.
    """
    at = text.find(name, first)
    while at >= 0:
        is_quoted = at > first and text[at - 1] in "\"'"
        if found := (wanted.match(text, at - 1) if is_quoted else None) or wanted.match(text, at):
            return found
        at = text.find(name, at + 1)
    return None


def frame_in_code(line: int, text: str) -> CodeFrame:
    """Return the frame for a line of Python: all of it."""
    stripped = text.strip()
    start = len(text) - len(text.lstrip())
    return CodeFrame(line, text, start, start + len(stripped))


def frame_lines(frame: CodeFrame, palette: Palette, indent: str, width: int) -> Iterator[str]:
    """Yield the line with its number, cut to a width around what it points to, and the carets."""
    number = str(frame.line)
    text, start, end = _cut(frame, max(width - len(indent) - len(number) - 3, 40))
    gutter = palette("place", f"{' ' * len(number)} |")
    yield f"{indent}{palette('place', f'{number} |')} {text}".rstrip()
    yield f"{indent}{gutter} {' ' * start}{palette('caret', '^' * max(end - start, 1))}"


def _cut(frame: CodeFrame, width: int) -> tuple[str, int, int]:
    """Return the text as it is shown, without the indentation, and the columns in it."""
    text = frame.text.rstrip()
    first = len(text) - len(text.lstrip())
    if len(text) - first > width:
        first = max(first, min(frame.start - width // 4, len(text) - width))
    shown, before = text[first : first + width], ""
    if len(text) > first + width:
        shown = shown[: -len(_CUT)] + _CUT
    if first and text[:first].strip():
        shown, before = shown[len(_CUT) :], _CUT
    lead = text[first + len(before) : max(frame.start, first + len(before))]
    start = len(before) + _columns(_visible(lead))
    marked = _visible(text[max(frame.start, first + len(before)) : frame.end])
    shown = before + _visible(shown)
    return shown, start, min(start + _columns(marked), _columns(shown))


def _columns(text: str) -> int:
    """Return how many columns a text takes: signs of East Asian scripts take two."""
    return len(text) if text.isascii() else sum(1 + (east_asian_width(sign) in "WF") for sign in text)


def _visible(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _span(text: str, key: str) -> tuple[int, int]:
    """Walk a dotted key along a line; parts that stand on earlier lines are passed over."""
    end_of_text = len(text.rstrip())
    at = len(text) - len(text.lstrip())
    if text.lstrip().startswith("["):
        header = re.match(r"\s*\[+[^\]]*\]+", text)
        if header is not None and not text.lstrip().startswith(("[{", '["')) and "=" not in header[0]:
            return at, header.end()
    found: tuple[int, int] | None = None
    value = at
    for part in _PART.finditer(key):
        if part["index"] is None:
            name = part["quoted"] if part["quoted"] is not None else part["bare"]
            wanted = re.compile(rf"""(?<![\w-])(["']?){re.escape(name)}\1\s*[=:]\s*""")
            place = _first_match(wanted, name, text, value)
            if place is not None:
                found, value = (place.start(), place.start() + len(place[0].rstrip("=: \t"))), place.end()
        else:
            item = _item(text, value, int(part["index"]))
            if item is not None:
                found, value = _target(text, item), item[0]
    if found is None:
        start = at + 2 if text[at : at + 2] == "- " else at
        return _target(text, (start, _value_end(text, start) or end_of_text))
    if value >= found[1] and value < end_of_text and text[value] not in _OPEN:
        return value, _value_end(text, value)
    return found


def _target(text: str, entry: tuple[int, int]) -> tuple[int, int]:
    """Return the columns of the target of an entry that is a table, or those of an entry that is a name."""
    if text[entry[0] : entry[0] + 1] != "{":
        return entry
    on = re.compile(r"""(?<![\w-])["']?on["']?\s*[=:]\s*""").search(text, *entry)
    return (on.end(), _value_end(text, on.end())) if on else entry


def _item(text: str, value: int, index: int) -> tuple[int, int] | None:
    """Return the columns of an item of the list that starts at a column; None if no list does."""
    return _items(text, value).get(index) if text[value : value + 1] == "[" else None


@lru_cache(maxsize=8)
def _items(text: str, value: int) -> dict[int, tuple[int, int]]:
    """Return the columns of each item of a list; many findings can be in one list."""
    found: dict[int, tuple[int, int]] = {}
    at, count = value + 1, 0
    while at < len(text) and text[at] != "]":
        if text[at] in ", \t":
            count += text[at] == ","
            at += 1
            continue
        end = _value_end(text, at)
        found.setdefault(count, (at, end))
        at = max(end, at + 1)
    return found


def _value_end(text: str, at: int) -> int:
    """Return where a value ends: a text in quotes, brackets with what is in them, or a word."""
    if text[at : at + 1] in ("'", '"'):
        found = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'""").match(text, at)
        return found.end() if found else len(text.rstrip())
    if text[at : at + 1] in _OPEN and at < len(text):
        depth = 0
        for mark in re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|[\[\]{}]""").finditer(text, at):
            depth += (mark[0] in _OPEN) - (mark[0] in _CLOSE)
            if not depth:
                return mark.end()
        return len(text.rstrip())
    found = re.compile(r"[^,\]}#]*").match(text, at)
    return at + len(found[0].rstrip()) if found else at

"""Files of environment variables, such as ``.env``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps_boot._problems import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps_boot._problems import Problems

_ENTRY = re.compile(r"[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][A-Za-z0-9_.-]*)[^\S\n]*(?:[=:][^\S\n]*|(?=\n|$))")
_SKIPPED = re.compile(r"(?:[^\S\n]*(?:#[^\n]*)?\n)+")
_COMMENT = re.compile(r"\s+#.*$")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def variables(text: str, file: str, problems: Problems, expand: Callable[[str, dict[str, str]], str]) -> dict[str, str]:
    """Return the variables of a file; ``expand`` replaces references in values, and may raise ValueError.

    A name without a value is not set here.
    """
    found: dict[str, str] = {}
    text = text.replace("\r\n", "\n") + "\n"
    position, counted, line = 0, 0, 1
    while position < len(text):
        if skipped := _SKIPPED.match(text, position):
            position = skipped.end()
            continue
        line, counted = line + text.count("\n", counted, position), position
        entry = _ENTRY.match(text, position)
        if entry is None:
            problems.error(Place(file, line), "expected NAME=VALUE")
            position = text.index("\n", position) + 1
            continue
        raw, literal, position = _value(text, entry.end())
        if not entry[0].rstrip(" \t").endswith(("=", ":")):
            continue
        try:
            found[entry[1]] = raw if literal else expand(raw, found)
        except ValueError as error:
            problems.error(Place(file, line), str(error))
    return found


def _value(text: str, start: int) -> tuple[str, bool, int]:
    """Return a value, whether it is taken literally, and where the next line begins."""
    quote = text[start : start + 1]
    if quote in {"'", '"'}:
        end = _closing(text, start + 1, quote)
        if end >= 0:
            inner = text[start + 1 : end]
            following = text.index("\n", end) + 1
            if quote == "'":
                return inner, True, following
            return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), inner), False, following
    end = text.index("\n", start)
    return _COMMENT.sub("", text[start:end]).strip(), False, end + 1


def _closing(text: str, position: int, quote: str) -> int:
    while position < len(text):
        if text[position] == "\\" and quote == '"':
            position += 2
        elif text[position] == quote:
            return position
        else:
            position += 1
    return -1

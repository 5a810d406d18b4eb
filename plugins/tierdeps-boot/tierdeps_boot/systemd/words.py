"""Values that are several words: quotes and escapes as systemd reads them."""

from __future__ import annotations

import re

_YES = frozenset({"1", "yes", "y", "true", "t", "on"})
_NO = frozenset({"0", "no", "n", "false", "f", "off"})


#: A word: runs of plain letters, escaped ones and quoted parts.
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|\\$|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')+""", re.DOTALL)
_QUOTED = re.compile(r"""(\\.)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)


def split_words(value: str) -> list[str] | None:
    """Return the words of a value, without quotes; a backslash is kept. None: a quote is not closed."""
    if '"' not in value and "'" not in value:
        return value.split()
    if _WORD.sub("", value).strip():
        return None
    return [_QUOTED.sub(lambda part: part[1] or part[2] or part[3] or "", word) for word in _WORD.findall(value)]


def boolean(value: str) -> bool | None:
    """Return what a value says, yes or no; None if it says neither."""
    low = value.lower()
    return True if low in _YES else False if low in _NO else None

"""TOML of whatever origin: what its parser cannot do in reasonable time or stack is refused before, or worded."""

from __future__ import annotations

import re
from typing import Any

#: Keys with more parts than this are refused: the parser takes minutes for some ten thousand.
MAX_KEY_PARTS = 100
_LONG_KEY = re.compile(
    rf"""(?:^|[\[{{,])[ \t]*+(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MAX_KEY_PARTS}}}""",
    re.MULTILINE,
)


def loads(text: str) -> dict[str, Any]:
    """Return the table that a text is. Raises ValueError, TOMLDecodeError for syntax, or RecursionError for depth."""
    import tomllib

    if long_key_line(text):
        raise RecursionError
    return tomllib.loads(text)


def long_key_line(text: str) -> int | None:
    """Return the line of the first key with too many parts."""
    found = _LONG_KEY.search(text) if text.count(".") >= MAX_KEY_PARTS else None
    return text.count("\n", 0, found.start()) + 1 if found else None

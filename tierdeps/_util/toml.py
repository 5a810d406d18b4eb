"""TOML from untrusted sources: input that the parser cannot handle in reasonable time is refused beforehand."""

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
    """Parse a TOML document. Raises TOMLDecodeError for syntax, RecursionError for depth, or another ValueError."""
    import tomllib

    if long_key_line(text):
        raise RecursionError
    return tomllib.loads(text)


def long_key_line(text: str) -> int | None:
    """Return the line of the first key with too many parts, None where there is none."""
    found = _LONG_KEY.search(text) if text.count(".") >= MAX_KEY_PARTS else None
    return text.count("\n", 0, found.start()) + 1 if found else None

"""Texts that no output may contain, such as keys: they are replaced wherever texts of drivers are shown or recorded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MASK = "***"
#: Shorter texts are not replaced: they would be found in most other texts.
MIN_LENGTH = 4

_hidden: set[str] = set()
_pattern: re.Pattern[str] | None = None


def hide(texts: Iterable[str]) -> None:
    """Replace these texts, and each line of them, from now on in this process."""
    global _pattern  # noqa: PLW0603  one pattern for all threads, replaced as a whole
    lines = {line.strip() for text in texts for line in (text, *text.splitlines())}
    new = {line for line in lines if len(line) >= MIN_LENGTH} - _hidden
    if new:
        _hidden.update(new)
        longest_first = sorted(_hidden, key=len, reverse=True)
        _pattern = re.compile("|".join(map(re.escape, longest_first)))


def masked_lines(lines: Sequence[bytes]) -> Sequence[bytes]:
    """Return lines without what is hidden."""
    if _pattern is None:
        return lines
    texts = (line.decode(errors="surrogateescape") for line in lines)
    return [masked(text).encode(errors="surrogateescape") for text in texts]


def masked(text: str) -> str:
    """Return a text without what is hidden."""
    return text if _pattern is None else _pattern.sub(MASK, text)

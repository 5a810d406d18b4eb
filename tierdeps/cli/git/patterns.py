"""Patterns of file names for the files of a commit; they match as ``glob`` does in a folder."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: A name without one of these characters is no pattern.
MAGIC = re.compile(r"[*?\[]")


def is_pattern(name: str) -> bool:
    """Return whether a name may stand for several files."""
    return MAGIC.search(name) is not None


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """Return the paths that a pattern matches: ``*`` never crosses a slash, ``**`` stands for any folders."""
    parts = pattern.split("/")
    return [path for path in paths if _match(path.split("/"), parts)]


def _match(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Match names against the parts of a pattern: the set of parts that may come next is advanced name by name."""
    reached = _skip({0}, parts)
    for name in names:
        after = set()
        for position in reached - {len(parts)}:
            if parts[position] == "**":
                if not name.startswith("."):
                    after.add(position)
            elif _match_part(name, parts[position]):
                after.add(position + 1)
        reached = _skip(after, parts)
    return len(parts) in reached


def _skip(positions: set[int], parts: Sequence[str]) -> set[int]:
    """Add the position after each ``**``, which may match no folder at all."""
    for position, part in enumerate(parts):
        if position in positions and part == "**":
            positions.add(position + 1)
    return positions


def _match_part(name: str, part: str) -> bool:
    """Match one name; a leading dot must be matched by a dot."""
    return fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))

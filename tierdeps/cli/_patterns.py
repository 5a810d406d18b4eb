"""Patterns of file names, matched with the files of a commit as the shell and ``glob`` match those of a folder."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: A name without any of these stands for itself.
MAGIC = re.compile(r"[*?\[]")


def is_pattern(name: str) -> bool:
    """Return whether a name may stand for several files."""
    return MAGIC.search(name) is not None


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """Return the paths that a pattern matches: ``*`` never crosses a slash, ``**`` stands for any folders."""
    parts = pattern.split("/")
    return [path for path in paths if _match(path.split("/"), parts)]


def _match(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Match names with the parts of a pattern: which parts may come next is followed name by name."""
    reached = _skip({0}, parts)
    for name in names:
        after = set()
        for place in reached - {len(parts)}:
            if parts[place] == "**":
                if not name.startswith("."):
                    after.add(place)
            elif _match_part(name, parts[place]):
                after.add(place + 1)
        reached = _skip(after, parts)
    return len(parts) in reached


def _skip(places: set[int], parts: Sequence[str]) -> set[int]:
    """Add the places behind each ``**``, which may stand for no folder at all."""
    for place, part in enumerate(parts):
        if place in places and part == "**":
            places.add(place + 1)
    return places


def _match_part(name: str, part: str) -> bool:
    """Match one name; a leading dot has to be written."""
    return fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))

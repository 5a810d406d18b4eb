"""What is recognised as a source folder of s6-rc."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps import Source

TYPES = ("oneshot", "longrun", "bundle")
_LONGEST = max(map(len, TYPES)) + 1


def recognises(source: Source) -> bool:
    """Return whether it is a folder in which a folder has a file ``type`` with one of the types of s6-rc."""
    if source.path is None or source.content is not None:
        return False
    try:
        with os.scandir(source.path) as entries:
            return any(_has_type(entry.path) for entry in entries if not entry.name.startswith("."))
    except (OSError, ValueError):
        return False


def _has_type(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "type"), "rb") as file:  # noqa: PTH118, PTH123  cheap: this is asked for every GRAPH
            return file.read(_LONGEST + 1).decode().removesuffix("\n") in TYPES
    except (OSError, ValueError):
        return False

"""What is recognised as a folder of dinit's service descriptions."""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps import Source

TYPES = ("process", "bgprocess", "scripted", "internal", "triggered")
_TYPE = re.compile(rb"^[ \t]*type[ \t]*[=:][ \t]*(process|bgprocess|scripted|internal|triggered)\b", re.MULTILINE)
#: How many files of a folder, and how much of each, are looked at.
_FILES, _BYTES = 50, 4096


def recognises(source: Source) -> bool:
    """Return whether it is a folder with a file that states one of the types of dinit's services."""
    if source.path is None or source.content is not None:
        return False
    try:
        with os.scandir(source.path) as entries:
            files = (entry.path for entry in entries if not entry.name.startswith(".") and entry.is_file())
            return any(_states_type(path) for path in islice(files, _FILES))
    except (OSError, ValueError):
        return False


def _states_type(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  cheap: this is asked for every GRAPH
            return _TYPE.search(file.read(_BYTES)) is not None
    except OSError:
        return False

"""What is recognised as a folder of dinit's service descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps_boot._heads import heads

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Source

TYPES = ("process", "bgprocess", "scripted", "internal", "triggered")
#: Where a system's services are in an image.
SYSTEM_FOLDERS = ("etc/dinit.d", "run/dinit.d", "usr/local/lib/dinit.d", "usr/lib/dinit.d", "lib/dinit.d")
_TYPE = re.compile(rb"^[ \t]*type[ \t]*[=:][ \t]*(process|bgprocess|scripted|internal|triggered)\b", re.MULTILINE)
#: How many files of a folder, and how much of each, are looked at.
_FILES, _BYTES = 50, 4096


def recognises(source: Source) -> bool:
    """Return whether a file in the folder, or in a folder of an image, states one of the types of dinit's services."""
    if source.path is None or source.content is not None:
        return False
    return any(map(_has_services, (source.path, *folders_of(source.path))))


def folders_of(root: Path) -> tuple[Path, ...]:
    """Return the folders of services of an image; the first ones override the later ones."""
    return tuple(folder for name in SYSTEM_FOLDERS if (folder := root / name).is_dir())


def _has_services(folder: Path) -> bool:
    return any(map(_TYPE.search, heads(folder, files=_FILES, size=_BYTES)))

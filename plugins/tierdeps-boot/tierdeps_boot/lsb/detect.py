"""What is recognised as init scripts: a folder of them, or the root of an image that has no units of systemd."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Source

BEGIN = b"### BEGIN INIT INFO"
#: Where the scripts of an image are, and where units of systemd would be, which take their place.
SCRIPTS = "etc/init.d"
_UNITS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
#: How many files of a folder, and how much of each, are looked at.
_FILES, _BYTES = 50, 4096


def recognises(source: Source) -> bool:
    """Return whether it is a folder in which a script has a header of the Linux Standard Base."""
    if source.path is None or source.content is not None:
        return False
    if _has_headers(source.path):
        return True
    return _has_headers(source.path / SCRIPTS) and not any(_has_units(source.path / folder) for folder in _UNITS)


def folder_of(path: Path) -> Path:
    """Return the folder of the scripts: the one that is given, or that of an image."""
    return path / SCRIPTS if (path / SCRIPTS).is_dir() else path


def _has_units(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def _has_headers(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            files = (entry.path for entry in entries if not entry.name.startswith(".") and entry.is_file())
            return any(_has_header(path) for path in islice(files, _FILES))
    except (OSError, ValueError):
        return False


def _has_header(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  cheap: this is asked for every GRAPH
            return BEGIN in file.read(_BYTES)
    except OSError:
        return False

"""What is recognised as init scripts: a folder of them, or the root of an image that has no units of systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot._heads import heads

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
    return any(BEGIN in head for head in heads(folder, files=_FILES, size=_BYTES))

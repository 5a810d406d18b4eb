"""Where settings are looked for: in the current folder, and in those above it up to the repository's root."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.settings.file import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What the root of a repository has.
ROOT_MARKS = (".git", ".hg", ".jj")


def candidates(folder: Path) -> Iterator[str]:
    """Yield the files that may have settings, the one that counts first; those above the folder as ``../NAME``.

    Raises InputError for a file above the folder that belongs to another user: in a folder that all may write to,
    anybody could put settings there, and they name what ``start`` runs.
    """
    for place in (folder, *_above(folder)):
        for name in NAMES:
            path = place / name
            if path.is_file():
                if place is not folder and not _is_trusted(path, folder):
                    raise InputError(str(path), "it belongs to another user; to use it anyway: --config FILE")
                yield str(path)


def _above(folder: Path) -> list[Path]:
    """Return the folders above one up to its repository's root; none outside of a repository."""
    try:
        here = folder.absolute()
    except OSError:  # it has been deleted
        return []
    found: list[Path] = []
    place = folder
    for above in (here, *here.parents):
        if above != here:
            place = above if folder.is_absolute() else place / ".."
            found.append(place)
        with suppress(OSError):
            if any(os.path.lexists(above / mark) for mark in ROOT_MARKS):
                return found
    return []


def _is_trusted(path: Path, folder: Path) -> bool:
    """Return whether a file belongs to this user, to root, or to who has the folder in which we work."""
    with suppress(OSError):
        return path.stat().st_uid in {os.geteuid(), 0, folder.stat().st_uid}
    return False

"""What runs leave on disk is their owner's alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: What anybody but the owner may do.
OTHERS = 0o077


def make_private(*folders: Path) -> None:
    """Make folders that only their owner may enter; those that are there already are closed to others."""
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_private(folder)


def keep_private(*paths: Path) -> None:
    """Close files and folders to others, as far as they are there and ours."""
    for path in paths:
        with suppress(FileNotFoundError, PermissionError):
            mode = path.stat().st_mode
            if mode & OTHERS:
                path.chmod(mode & 0o700)

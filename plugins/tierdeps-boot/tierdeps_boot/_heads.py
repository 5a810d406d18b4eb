"""How the files of a folder begin, by which an importer recognises it."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def heads(folder: Path, *, files: int, size: int) -> Iterator[bytes]:
    """Yield the first ``size`` bytes of up to so many ``files``; hidden ones, and what cannot be read, are omitted."""
    try:
        with os.scandir(folder) as entries:
            yield from islice(filter(None, (_head(entry, size) for entry in entries)), files)
    except (OSError, ValueError):
        return


def _head(entry: os.DirEntry[str], size: int) -> bytes:
    """Return how a file begins; nothing of what is no file, or cannot be read, as a link that leads in a circle."""
    try:
        if entry.name.startswith(".") or not entry.is_file():
            return b""
        with open(entry.path, "rb") as file:  # noqa: PTH123  cheap: this is asked for every GRAPH
            return file.read(size)
    except OSError:
        return b""

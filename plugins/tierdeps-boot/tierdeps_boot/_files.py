"""Files of a GRAPH: read within its folders, and never through a link that leads out of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps_boot._problems import Place

if TYPE_CHECKING:
    import re

    from tierdeps_boot._problems import Problems

#: A larger file declares no services; it is refused before it fills the memory.
MAX_BYTES = 1 << 26


def shown(path: Path) -> str:
    """Return a path as findings show it: relative to the current folder where it is below it."""
    text = str(path)
    here = f"{Path.cwd()}{os.sep}"
    return text.removeprefix(here)


def is_within(path: Path, *folders: Path) -> bool:
    """Return whether a path is in one of the folders, wherever links lead."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def read_text(path: Path, problems: Problems, place: Place | None = None) -> str | None:
    """Return the text of a regular file; None, with a problem at ``place``, if it cannot be read."""
    data = read_bytes(path, problems, place)
    return None if data is None else decode(data, shown(path), problems)


def read_bytes(path: Path, problems: Problems, place: Place | None = None) -> bytes | None:
    """Return the bytes of a regular file; None, with a problem at ``place``, if it cannot be read."""
    name, said = shown(path), place or Place(shown(path))
    prefix = f"{name}: " if place is not None else ""
    try:
        if not path.is_file():
            reason = "expected a regular file" if path.exists() else "no such file"
        elif path.stat().st_size > MAX_BYTES:
            reason = f"expected no more than {MAX_BYTES >> 20} MiB"
        else:
            return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
    problems.error(said, prefix + reason)
    return None


def decode(data: bytes, name: str, problems: Problems) -> str | None:
    """Return bytes as text, without a byte order mark; None, with a problem, if they are not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start + len(data) - len(error.object)
        line = data.count(b"\n", 0, start) + 1
        problems.error(Place(name, line), f"expected text in UTF-8, got the byte 0x{data[start]:02x}")
        return None


def listed(folder: Path, problems: Problems) -> list[Path]:
    """Return what is in a folder, sorted, without hidden entries: for names, wherever links lead."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        problems.error(Place(shown(folder)), f"cannot be listed: {reason}")
        return []


def entries(
    folder: Path, problems: Problems, root: Path | None = None, skipped: re.Pattern[str] | None = None
) -> list[Path]:
    """Return what is in a folder, sorted, without hidden entries and without links that lead out of ``root``.

    Entries whose whole name matches ``skipped`` are not looked at.
    """
    kept = []
    for path in listed(folder, problems):
        if skipped is not None and skipped.fullmatch(path.name):
            continue
        if path.is_symlink() and not is_within(path, root or folder):
            problems.error(Place(shown(path)), "is a link that leads out of the folder, so it is not followed")
        else:
            kept.append(path)
    return kept

"""Whole-file writes: a reader sees the old content or the new one, never a part, and nothing else is destroyed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISREG


def write_whole(file: str, text: str) -> None:
    """Write text to a file, whole or not at all; what is not valid Unicode is escaped. Raises OSError or ValueError.

    A regular file is replaced by a new one, which gets its owner and permissions; symbolic links are followed and stay.
    Anything else (a pipe, a device) is written to in place: no file may take its place.
    """
    if _is_replaceable(file):
        _replace(Path(file).resolve(), text)
    else:
        with Path(file).open("w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)


def _is_replaceable(file: str) -> bool:
    """Return whether a path leads to a regular file or to nothing; the system resolves symlinks and /dev/fd."""
    try:
        return S_ISREG(Path(file).stat().st_mode)
    except FileNotFoundError:
        return True


def _replace(path: Path, text: str) -> None:
    from tempfile import mkstemp

    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123  a descriptor
            stream.write(text)
        _copy_owner_and_mode(path, Path(name))
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _copy_owner_and_mode(path: Path, new: Path) -> None:
    """Give the new file the owner and permissions of the one that it replaces, or else those of any new file."""
    if not path.exists():
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        return
    before, now = path.stat(), new.stat()
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.chown(new, before.st_uid, before.st_gid)
    new.chmod(S_IMODE(before.st_mode))

"""A damaged journal is moved aside under another name, so that nothing is overwritten and it can be examined later."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from itertools import count
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps.journal.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The suffixes of the files that SQLite keeps beside a database. The database is moved last: if this is interrupted,
#: a database may have lost its log, but no new database ever finds the log of the damaged one beside it.
_SUFFIXES = ("-wal", "-shm", "")
#: How long to wait for other processes that quarantine a file in the same folder, and how often to try.
LOCK_TIMEOUT_S, LOCK_RETRY_S = 2.0, 0.02

FileId = tuple[int, int] | None


def file_id(path: Path) -> FileId:
    """Return device and inode of the file at a path, which differ from those of any later file; None if missing."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def quarantine(path: Path, seen: FileId) -> Path | None:
    """Move a damaged file, and what SQLite keeps beside it, to an unused name; return that name.

    ``seen`` is what ``file_id`` returned before the file was opened. If another file is there by now, another process
    has moved the damaged one, and the result is None. Raises JournalError if the file cannot be moved.
    """
    try:
        with _locked(path.parent):
            if file_id(path) != seen:
                return None
            target = free_name(path)
            for suffix in _SUFFIXES:
                source = path.with_name(path.name + suffix)
                if os.path.lexists(source):
                    source.rename(target.with_name(target.name + suffix))
            return target
    except OSError as error:
        problem = f"is damaged, and cannot be set aside: {(error.strerror or str(error)).lower()}; move it away"
        raise JournalError(path, problem) from None


def free_name(path: Path) -> Path:
    """Return the first of the names ``FILE.damaged-1``, ``-2``, … that is unused, its SQLite companions included."""
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    return next(name for name in names if not any(os.path.lexists(f"{name}{suffix}") for suffix in _SUFFIXES))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; raises OSError if others hold it for longer than LOCK_TIMEOUT_S."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    until = monotonic() + LOCK_TIMEOUT_S
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > until:
                    raise
                sleep(LOCK_RETRY_S)
        yield
    finally:
        os.close(handle)

"""A damaged file is set aside under another name: nothing is overwritten, and what it was can be looked at."""

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

#: What SQLite keeps beside a database, and has no meaning without it: moved before it, so that none is left behind.
_ENDS = ("-wal", "-shm", "")
#: How long others that set a file aside in the same folder are waited for, and how often that is tried, in seconds.
LOCK_WAIT_S, LOCK_PAUSE_S = 2.0, 0.02

FileId = tuple[int, int] | None


def file_id(path: Path) -> FileId:
    """Return what tells the file at a path from one that is there later; None where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def set_aside(path: Path, seen: FileId) -> Path | None:
    """Move a damaged file, and what SQLite keeps beside it, to a name of its own; return that.

    ``seen`` is what ``file_id`` returned before it was opened: where another process has set it aside since, there is
    nothing to do, and the answer is None. Raises JournalError where it cannot be moved.
    """
    try:
        with _alone(path.parent):
            if file_id(path) != seen:
                return None
            target = free_name(path)
            for end in _ENDS:
                source = path.with_name(path.name + end)
                if os.path.lexists(source):
                    source.rename(target.with_name(target.name + end))
            return target
    except OSError as error:
        problem = f"is damaged, and cannot be set aside: {(error.strerror or str(error)).lower()}; move it away"
        raise JournalError(path, problem) from None


def free_name(path: Path) -> Path:
    """Return the first of a file's names for damaged ones that nothing has."""
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    return next(name for name in names if not any(os.path.lexists(f"{name}{end}") for end in _ENDS))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; raises OSError where others hold it for too long."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    until = monotonic() + LOCK_WAIT_S
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > until:
                    raise
                sleep(LOCK_PAUSE_S)
        yield
    finally:
        os.close(handle)

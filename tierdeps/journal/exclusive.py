"""One run of an instance at a time, also where the journal cannot be read or written: a lock that ends with its holder.

The journal says which runs go on, but not while another process has it locked, nor once it was moved away. All
instances share one file, in which each has a byte of its own, so that nothing is left for those that are over.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import PrivateFolder
from tierdeps.journal.errors import AlreadyRunning
from tierdeps.journal.path import journal_path

if TYPE_CHECKING:
    from typing import Self

#: The file, beside the journal.
NAME = "instances.lock"
#: How long a run that is just ending is waited for, and how often it is looked whether it has, in seconds.
PATIENCE_S, LOOK_S = 2.0, 0.05
#: The kernel's ``struct flock`` on 64-bit Linux: type, whence, start, length, process.
_FLOCK = "hhqqi"


class InstanceLock:
    """The locks of one run; a context manager. No process that this one starts inherits them."""

    def __init__(self) -> None:
        self._file = -1
        self._taken: set[str] = set()

    def take(self, key: str, title: str, patience: float = PATIENCE_S) -> bool:
        """Take the lock of an instance; return whether there is a place for it. Raises AlreadyRunning."""
        if key in self._taken:
            return True
        try:
            file = self._open()
        except OSError:  # no folder of ours, say, or a full disk
            return False
        until = time.monotonic() + patience
        while not _locks(file, _place(key)):
            if time.monotonic() > until:
                raise AlreadyRunning(title, _holder(file, _place(key)))
            time.sleep(LOOK_S)
        self._taken.add(key)
        return True

    def _open(self) -> int:
        if self._file < 0:
            path = journal_path().parent
            with PrivateFolder.open(path) as folder:
                self._file = folder.open_file(NAME, os.O_RDWR | os.O_CREAT)
        return self._file

    def close(self) -> None:
        """Let others start."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._taken.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _place(key: str) -> int:
    """Return the byte of an instance; that two have the same one is as unlikely as that two digests agree."""
    return int.from_bytes(sha256(os.fsencode(key)).digest()[:7], "big")


def _locks(file: int, place: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except OSError:
        return False
    return True


def _holder(file: int, place: int) -> int:
    """Return who holds a lock; 0 where that is not to be known."""
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
    with suppress(OSError, struct.error):
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
        return pid if kind != fcntl.F_UNLCK else 0
    return 0

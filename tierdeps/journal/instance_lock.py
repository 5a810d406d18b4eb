"""A lock allows only one run of an instance at a time, even if the journal cannot be read or written.

The journal says which runs are live, but not while another process has it locked, nor once it was moved away. The
kernel releases a lock with the process that holds it. All instances share one file, in which each locks a byte of its
own, so that instances that are over leave no files.
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
from tierdeps.journal.schema import journal_path

if TYPE_CHECKING:
    from typing import Self

#: The name of the file, beside the journal.
NAME = "instances.lock"
#: How long to wait for a run that is just ending, and how often to try.
LOCK_TIMEOUT_S, LOCK_RETRY_S = 2.0, 0.05
#: The kernel's ``struct flock`` on 64-bit Linux: type, whence, start, length, process.
_FLOCK = "hhqqi"


class InstanceLock:
    """The locks of one run; a context manager. Child processes do not inherit them.

    They are POSIX locks: closing any other descriptor of the file in this process would release them, so nothing else
    may open it.
    """

    def __init__(self) -> None:
        self._file = -1
        self._taken: set[str] = set()

    def take(self, key: str, title: str, timeout: float = LOCK_TIMEOUT_S) -> bool:
        """Take the lock of an instance; return False if there is no file for it. Raises AlreadyRunning."""
        if key in self._taken:
            return True
        try:
            file = self._open()
        except OSError:  # no folder of ours, say, or a full disk
            return False
        until = time.monotonic() + timeout
        while not _locks(file, _offset(key)):
            if time.monotonic() > until:
                raise AlreadyRunning(title, _holder(file, _offset(key)))
            time.sleep(LOCK_RETRY_S)
        self._taken.add(key)
        return True

    def _open(self) -> int:
        if self._file < 0:
            path = journal_path().parent
            with PrivateFolder.open(path) as folder:
                self._file = folder.open_file(NAME, os.O_RDWR | os.O_CREAT)
        return self._file

    def close(self) -> None:
        """Release the locks: others can start."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._taken.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _offset(key: str) -> int:
    """Return the byte of an instance; two have the same one as rarely as 56 bits of their digests agree."""
    return int.from_bytes(sha256(os.fsencode(key)).digest()[:7], "big")


def _locks(file: int, offset: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
    except OSError:
        return False
    return True


def _holder(file: int, offset: int) -> int:
    """Return the id of the process that holds a lock; 0 if that cannot be found out."""
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, offset, 1, 0)
    with suppress(OSError, struct.error):
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
        return pid if kind != fcntl.F_UNLCK else 0
    return 0

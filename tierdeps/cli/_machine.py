"""Faults of names and of the machine: whatever command meets one, it is a sentence and no bug."""

from __future__ import annotations

import errno
import os

from tierdeps.errors import InputError, RunError, TierdepsError

#: What may be wrong with a file that somebody named.
_OF_NAMES = {
    errno.ENOENT,
    errno.EACCES,
    errno.EPERM,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ELOOP,
    errno.EEXIST,
    errno.ENXIO,
    errno.ENODEV,
    errno.ESTALE,
    errno.ETXTBSY,
}
#: What the machine may have no more of, or not be able to do.
_OF_THE_MACHINE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.EFBIG,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.EAGAIN,
}


def fault_of(error: OSError | MemoryError) -> TierdepsError | None:
    """Return what to say of an error that no command words by itself; None where it is more likely a bug."""
    if isinstance(error, MemoryError):
        return RunError("there is not enough memory for this")
    reason = (error.strerror or str(error)).lower()
    named = error.filename if isinstance(error.filename, str) and error.filename else None
    if isinstance(error, FileNotFoundError) and not _has_current_folder():
        return InputError("the current folder", "it has been deleted; go to another one")
    if error.errno in _OF_NAMES and named is not None:
        return InputError(named, reason)
    if error.errno in _OF_THE_MACHINE:
        return RunError(f"{named}: {reason}" if named else reason)
    return None


def _has_current_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109  the call itself is what fails
    except FileNotFoundError:
        return False
    return True

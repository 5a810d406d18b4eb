"""Exceptions that no command handles: errors of the operating system in a sentence, and bugs with their traceback."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

import click

from tierdeps._util.text import without_commands
from tierdeps.cli.output.streams import print_error
from tierdeps.errors import InputError, RunError, TierdepsError

#: The exit code of a command that a bug of tierdeps ended.
EXIT_BUG = 70

#: Errors of a file that the user named.
_NAME_ERRORS = {
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
#: Errors of the machine: what it has no more of, or cannot do.
_MACHINE_ERRORS = {
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


def as_user_error(error: OSError | MemoryError) -> TierdepsError | None:
    """Return the error to report for one that no command handles; None if it is more likely a bug."""
    if isinstance(error, MemoryError):
        return RunError("not enough memory")
    reason = (error.strerror or str(error)).lower()
    named = error.filename if isinstance(error.filename, str) and error.filename else None
    if isinstance(error, FileNotFoundError) and not _has_current_folder():
        return InputError("the current folder", "it has been deleted; change to another one")
    if error.errno in _NAME_ERRORS and named is not None:
        return InputError(named, reason)
    if error.errno in _MACHINE_ERRORS:
        return RunError(f"{named}: {reason}" if named else reason)
    return None


def _has_current_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109  the call itself is what fails
    except FileNotFoundError:
        return False
    return True


def report_bug(error: BaseException) -> int:
    """Print an exception of tierdeps itself with its traceback; return the exit code."""
    from traceback import format_exception

    with suppress(OSError):  # the standard error may be closed
        click.echo(without_commands("".join(format_exception(error))), err=True, nl=False)
    print_error("error: this is a bug of tierdeps; please report it with the lines above")
    return EXIT_BUG

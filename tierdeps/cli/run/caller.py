"""The background process's end of a start in the background: its link to the command that waits for it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from threading import Thread
from typing import TYPE_CHECKING

import click

from tierdeps._util.state_dir import PrivateFolder
from tierdeps._util.text import without_commands
from tierdeps.cli.output.streams import EXIT_UNWRITTEN, STREAMS

if TYPE_CHECKING:
    from tierdeps.cli._options import Command

#: The descriptor that leads to the log from the beginning: the background process's own standard error.
LOG_DESCRIPTOR = 2
#: A longer log is copied to ``.old`` and emptied, in bytes.
MAX_LOG_BYTES = 8 << 20


class CallerLink:
    """The background process's end: its output goes to the caller until ``release``, and to the log afterwards.

    Programs that this process runs inherit descriptors 1 and 2, which lead to the log from the beginning.
    """

    def __init__(self, out: int, err: int, ready: int) -> None:
        self._out, self._err, self._ready = out, err, ready
        #: Whether the caller has exited, so that all output goes to the log.
        self.is_released: bool = False
        for number in (out, err, ready):
            os.set_inheritable(number, False)
        self._streams = [open(number, "w", buffering=1, errors="backslashreplace") for number in (out, err)]  # noqa: PTH123, SIM115
        sys.stdout, sys.stderr = self._streams  # for good

    def log(self, line: str) -> None:
        """Write a line to the log, and not to the caller."""
        with suppress(OSError):
            os.write(LOG_DESCRIPTOR, f"{without_commands(line)}\n".encode("utf-8", "backslashreplace"))

    def release(self, code: int) -> None:
        """Let the caller exit with a code once it has read the output so far; then redirect the output to the log.

        A thread does it, because the caller's reader may be slow, and the event loop must not wait for it.
        """
        Thread(target=self._release, args=(code,), name="tierdeps-detach", daemon=True).start()

    def _release(self, code: int) -> None:
        code = code if STREAMS.redirect(LOG_DESCRIPTOR, limit_log) else code or EXIT_UNWRITTEN
        for number in (self._out, self._err):
            os.dup2(LOG_DESCRIPTOR, number, inheritable=False)
        with suppress(OSError):
            os.write(self._ready, bytes([code]))
        os.close(self._ready)
        self.is_released = True


def limit_log() -> None:
    """Copy the log to ``.old`` and empty it if it is too long; a line that is written meanwhile may be lost.

    It is not renamed: programs that drivers run have it open too, and append to it.
    """
    if os.fstat(LOG_DESCRIPTOR).st_size <= MAX_LOG_BYTES:
        return
    with suppress(OSError):
        path = Path(os.readlink(f"/proc/self/fd/{LOG_DESCRIPTOR}"))  # noqa: PTH115
        with PrivateFolder.open(path.parent.parent, path.parent.name, make=False) as folder:
            old = folder.open_file(path.with_suffix(".old").name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with open(old, "wb") as copy, open(folder.open_file(path.name, os.O_RDONLY), "rb") as log:  # noqa: PTH123
                copyfileobj(log, copy)
        os.ftruncate(LOG_DESCRIPTOR, 0)


def _link_to_caller(context: click.Context, parameter: click.Parameter, value: str | None) -> CallerLink | None:
    del parameter
    if value is None:
        return None
    try:
        out, err, ready = map(int, value.split(","))
        return CallerLink(out, err, ready)
    except (ValueError, OverflowError, OSError):
        raise click.UsageError("--detached is internal; use --detach", context) from None


def caller_option(function: Command) -> Command:
    """Add ``--detached``, which ``--detach`` passes to the background process.

    It is eager: what other options print already has to reach the caller.
    """
    return click.option("--detached", "caller", hidden=True, is_eager=True, callback=_link_to_caller)(function)

"""A start in the background, seen from there: what it says goes to the caller until the start is over."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import without_commands
from tierdeps.cli._streams import STREAMS, UNWRITTEN

if TYPE_CHECKING:
    from tierdeps.cli._options import Command


#: The file that leads to the log from the beginning.
LOG = 2


class Detached:
    """The other end: what is said here goes to the caller until the start is over, and then to the log.

    The two streams that whatever is run from here inherits lead to the log from the beginning.
    """

    def __init__(self, out: int, err: int, ready: int) -> None:
        self._out, self._err, self._ready = out, err, ready
        #: Whether the caller has gone, and all that is said goes to the log.
        self.is_over = False
        for number in (out, err, ready):
            os.set_inheritable(number, False)
        self._streams = [open(number, "w", buffering=1, errors="backslashreplace") for number in (out, err)]  # noqa: PTH123, SIM115
        sys.stdout, sys.stderr = self._streams  # for good

    def log(self, line: str) -> None:
        """Write a line to the log, and not to the caller."""
        with suppress(OSError):
            os.write(LOG, f"{without_commands(line)}\n".encode("utf-8", "backslashreplace"))

    def over(self, code: int) -> None:
        """Let the caller go with an exit code, once it has read what was said; from there on all goes to the log."""
        Thread(target=self._let_go, args=(code,), name="tierdeps-detach", daemon=True).start()

    def _let_go(self, code: int) -> None:
        code = code if STREAMS.lead_to(LOG) else code or UNWRITTEN
        for number in (self._out, self._err):
            os.dup2(LOG, number, inheritable=False)
        with suppress(OSError):
            os.write(self._ready, bytes([code]))
        os.close(self._ready)
        self.is_over = True


def _take_over(context: click.Context, parameter: click.Parameter, value: str | None) -> Detached | None:
    del parameter
    if value is None:
        return None
    try:
        out, err, ready = map(int, value.split(","))
        return Detached(out, err, ready)
    except (ValueError, OverflowError, OSError):
        raise click.UsageError("--detached is what --detach starts this program with; use --detach", context) from None


def detached_option(function: Command) -> Command:
    """Add what ``--detach`` starts this program with; heeded before all others, for what they may have to say."""
    return click.option("--detached", hidden=True, is_eager=True, callback=_take_over)(function)

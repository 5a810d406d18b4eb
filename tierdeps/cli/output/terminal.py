"""The terminal: whether it gets colours, and a pager for answers that are longer than it is high."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from tierdeps.cli.output.answer import ANSWER, unwritable_text
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from typing import TextIO

#: The values of ``--color``.
COLORS = ("auto", "always", "never")


def wants_color(choice: str, stream: TextIO) -> bool:
    """Return whether a stream gets colours: ``--color`` decides, else NO_COLOR, else FORCE_COLOR.

    Either variable counts if it is not empty (no-color.org, force-color.org).
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def show(text: str, *, as_it_is: bool = False) -> None:
    """Print an answer; on a terminal through PAGER if it is longer than the terminal is high.

    ``as_it_is`` allows workflow commands to a code host. If nobody reads the answer any more, the command continues to
    its exit code. Raises RunError if it cannot be written.
    """
    try:
        if _is_too_long(text):
            with ANSWER.given_back():
                click.echo_via_pager(text)
        else:
            ANSWER.echo(text, nl=False, color=True, as_it_is=as_it_is)
    except BrokenPipeError:
        return
    except OSError as error:
        raise RunError(unwritable_text(error)) from None


def resume(descriptor: int) -> None:
    """Resume a terminal that Ctrl-S has stopped, so that it can be restored; only if it is ours."""
    import termios

    with suppress(OSError, termios.error):
        if os.tcgetpgrp(descriptor) != os.getpgrp():
            return
        settings = termios.tcgetattr(descriptor)
        termios.tcsetattr(descriptor, termios.TCSANOW, [settings[0] & ~termios.IXON, *settings[1:]])
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)


def _is_too_long(text: str) -> bool:
    """Return whether the beginning would scroll out of an interactive terminal."""
    if not (sys.stdin.isatty() and ANSWER.stream.isatty()) or os.environ.get("TERM") == "dumb":
        return False
    import shutil

    width, height = shutil.get_terminal_size()
    rows = sum(max(1, -(-len(click.unstyle(line)) // max(width, 1))) for line in text.splitlines())
    return rows >= height

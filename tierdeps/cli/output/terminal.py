"""The terminal: whether it gets colours and links, where its lines end, and a pager for answers that are too long."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import without_commands
from tierdeps.cli.output.answer import ANSWER, number_of, unwritable_text
from tierdeps.cli.output.progress import PROGRESS
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import TextIO

#: The values of ``--color``.
COLORS = ("auto", "always", "never")
#: The width and height of a terminal that does not say its own.
DEFAULT_SIZE = (80, 24)


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


def file_address(file: str, line: int | None = None) -> str:
    """Return the address to which a file of this machine is linked; empty if there is no such file."""
    from pathlib import Path
    from socket import gethostname

    with suppress(OSError, ValueError):
        path = Path(file).absolute()
        if path.is_file():
            return path.as_uri().replace("file://", f"file://{gethostname()}", 1) + (f"#{line}" if line else "")
    return ""


def width_of(stream: TextIO) -> int | None:
    """Return the number of columns of a terminal; None if the stream is none, and lines are not to be broken."""
    return size_of(stream)[0] if stream.isatty() else None


def size_of(stream: TextIO) -> tuple[int, int]:
    """Return the columns and rows of a terminal; COLUMNS and LINES decide, if they are set."""
    columns, rows = DEFAULT_SIZE
    number = number_of(stream)
    with suppress(OSError):
        if number is not None:
            columns, rows = os.get_terminal_size(number)
    return _positive("COLUMNS") or columns or DEFAULT_SIZE[0], _positive("LINES") or rows or DEFAULT_SIZE[1]


def _positive(name: str) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isdecimal() else 0


def fitted(lines: Iterable[str], stream: TextIO) -> Iterable[str]:
    """Return lines broken between words at the width of a terminal; those for any other stream as they are."""
    width = width_of(stream)
    if width is None:
        return lines
    from tierdeps.words.layout import wrapped

    return wrapped(lines, width)


class Choice:
    """What ``--color`` says of the command that runs: errors are printed when its session is over too."""

    color = "auto"


def progress(text: str, total: int | None = None, *, quiet: bool) -> AbstractContextManager[None]:
    """Show on the terminal what a command does while the block runs, coloured as ``--color`` says."""
    return PROGRESS.shown(text, total, quiet=quiet, color=wants_color(Choice.color, sys.stderr))


def write_beside(text: str) -> None:
    """Write lines to the standard error; one that is closed is no reason to end."""
    PROGRESS.clear()
    with suppress(OSError):
        lines = without_commands(text).split("\n")
        if wants_color(Choice.color, sys.stderr):
            lines = [_with_severity(line) for line in lines]
        # Not a copy for the log of the driver whose method runs: this is not what it prints.
        stream = getattr(sys.stderr, "beside", sys.stderr)
        click.echo("\n".join(fitted(lines, stream)), file=stream, color=True)


def _with_severity(line: str) -> str:
    """Return a line whose first word says how grave it is in the colour of that word."""
    from tierdeps.words.palette import Palette

    word, colon, rest = line.partition(": ")
    kind = {"error": "error", "warning": "warning", "note": "changed", "try": "dim"}.get(word)
    return f"{Palette(color=True)(kind, f'{word}:')} {rest}" if kind and colon else line


def show(text: str, *, as_it_is: bool = False, pager: bool = True) -> bool:
    """Print an answer; on a terminal through a pager if it is longer than the terminal is high.

    Returns False if nobody reads the answer any more: the command continues to its exit code. ``as_it_is`` allows
    workflow commands to a code host. Raises RunError if it cannot be written.
    """
    try:
        if pager and _is_too_long(text):
            PROGRESS.clear()
            with ANSWER.given_back(), _pager_environment():
                click.echo_via_pager(text, color=True)
        else:
            ANSWER.echo(text, nl=False, color=True, as_it_is=as_it_is)
    except BrokenPipeError:
        return False
    except OSError as error:
        raise RunError(unwritable_text(error)) from None
    return True


def resume(descriptor: int) -> None:
    """Resume a terminal that Ctrl-S has stopped, so that it can be restored; only if it is ours."""
    import termios

    with suppress(OSError, termios.error):
        if os.tcgetpgrp(descriptor) != os.getpgrp():
            return
        settings = termios.tcgetattr(descriptor)
        termios.tcsetattr(descriptor, termios.TCSANOW, [settings[0] & ~termios.IXON, *settings[1:]])
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)


@contextmanager
def _pager_environment() -> Iterator[None]:
    """Set the variables of pagers inside the block: TIERDEPS_PAGER before PAGER; ``less`` keeps colours and links.

    As git does: less ends at once where all fits, and leaves the text on the screen. An own LESS stays as it is.
    """
    before = {name: os.environ.get(name) for name in ("PAGER", "LESS")}
    chosen = os.environ.get("TIERDEPS_PAGER")
    if chosen is not None:
        os.environ["PAGER"] = chosen
    os.environ.setdefault("LESS", "-FRX")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _is_too_long(text: str) -> bool:
    """Return whether the beginning would scroll out of an interactive terminal; not if a pager is not wanted."""
    if not (sys.stdin.isatty() and ANSWER.stream.isatty()) or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("TIERDEPS_PAGER", os.environ.get("PAGER", "less")).strip() in ("", "cat"):
        return False
    from tierdeps.words.layout import unstyled

    width, height = size_of(ANSWER.stream)
    rows = sum(max(1, -(-len(unstyled(line)) // max(width, 1))) for line in text.splitlines())
    return rows >= height

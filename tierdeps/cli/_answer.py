"""The stream of the answer, kept aside while a command runs: what plugins and drivers print is no part of it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import without_commands
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

#: The descriptors of the standard output and the standard error: what programs that drivers run inherit.
STDOUT, STDERR = 1, 2


class Answer:
    """Where the answer goes; the standard output itself, as long as it is not kept aside."""

    def __init__(self) -> None:
        self._kept: TextIO | None = None
        #: Why a part of it could not be written, if so; not that nobody reads it any more.
        self.error: OSError | None = None

    @property
    def stream(self) -> TextIO:
        """The stream that the answer is written to."""
        return sys.stdout if self._kept is None else self._kept

    def echo(self, text: str, *, nl: bool = True, color: bool | None = None, as_it_is: bool = False) -> None:
        """Print a part of the answer; colours only where they are wanted, or on a terminal.

        What a code host would take for a command is disarmed, unless it is to be printed ``as_it_is``.

        Raises RunError where it cannot be written, and BrokenPipeError where nobody reads it any more.
        """
        try:
            click.echo(text if as_it_is else without_commands(text), file=self.stream, nl=nl, color=color)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.error = error
            raise RunError(unwritable_text(error)) from None

    def lead_to(self, stream: TextIO) -> None:
        """Write the answer to another stream, as long as it is kept aside."""
        self._kept = stream

    @contextmanager
    def kept_aside(self) -> Iterator[None]:
        """Have everything else that is printed go to the standard error, until the end of the block.

        That holds for ``print`` in whatever thread, and for programs that inherit the standard output.
        """
        if self._kept is not None:
            yield
            return
        before = sys.stdout
        with _descriptor_moved(before) as stream:
            self._kept, sys.stdout = stream, sys.stderr
            try:
                yield
            finally:
                self._kept, sys.stdout = None, before

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """Let the standard output be the answer's for a moment: for a pager, and for files named ``/dev/stdout``."""
        kept = self._kept
        number = number_of(kept)
        if kept is None or number is None:
            yield
            return
        before, sys.stdout = sys.stdout, kept
        moved = os.dup(STDOUT)
        os.dup2(number, STDOUT)
        try:
            yield
        finally:
            os.dup2(moved, STDOUT)
            os.close(moved)
            sys.stdout = before


@contextmanager
def _descriptor_moved(stream: TextIO) -> Iterator[TextIO]:
    """Lend a stream to where the standard output leads, whose descriptor leads to the standard error meanwhile.

    A stream that is not the process's standard output is lent as it is.
    """
    if number_of(stream) != STDOUT:
        yield stream
        return
    stream.flush()
    number = os.dup(STDOUT)  # which no program inherits
    with suppress(OSError):  # there is no standard error
        os.dup2(STDERR, STDOUT)
    buffering = 1 if stream.isatty() else -1
    moved = open(number, "w", buffering, stream.encoding, stream.errors, closefd=False)  # noqa: SIM115  a number
    try:
        yield moved
    finally:
        with suppress(OSError):  # what cannot be written any more was told of when it was written
            moved.close()
        os.dup2(number, STDOUT)
        os.close(number)


def number_of(stream: TextIO | None) -> int | None:
    """Return a stream's descriptor; None for one that has none."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def unwritable_text(error: OSError) -> str:
    """Say that the answer cannot be written, and why."""
    return f"the answer cannot be written: {(error.strerror or str(error)).lower()}"


ANSWER = Answer()

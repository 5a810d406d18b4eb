"""The stream of the answer: the standard output, which plugins and drivers cannot write to while a command runs."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import without_commands
from tierdeps.cli.output.progress import PROGRESS
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

#: The descriptors that programs inherit which drivers run.
STDOUT, STDERR = 1, 2


class Answer:
    """Writes the answer; to ``sys.stdout`` outside ``kept_aside``."""

    def __init__(self) -> None:
        self._kept: TextIO | None = None
        #: Why a part of it could not be written, if so; a closed pipe is no such reason.
        self.error: OSError | None = None

    @property
    def stream(self) -> TextIO:
        """The stream that the answer is written to."""
        return sys.stdout if self._kept is None else self._kept

    def echo(self, text: str, *, nl: bool = True, color: bool | None = None, as_it_is: bool = False) -> None:
        """Print a part of the answer; by default in colour on a terminal only.

        Workflow commands to a code host are escaped, unless the text is to be printed ``as_it_is``.

        Raises RunError if it cannot be written, and BrokenPipeError if nobody reads it any more.
        """
        PROGRESS.clear()
        try:
            click.echo(text if as_it_is else without_commands(text), file=self.stream, nl=nl, color=color)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.error = error
            raise RunError(unwritable_text(error)) from None

    def redirect(self, stream: TextIO) -> None:
        """Write the answer to another stream until the end of ``kept_aside``."""
        self._kept = stream

    @contextmanager
    def kept_aside(self) -> Iterator[None]:
        """Redirect the standard output to the standard error for all but the answer, until the end of the block.

        That holds for ``print`` in every thread, and for programs that inherit the descriptor.
        """
        if self._kept is not None:
            yield
            return
        before = sys.stdout
        with _move_descriptor(before) as stream:
            self._kept, sys.stdout = stream, sys.stderr
            try:
                yield
            finally:
                self._kept, sys.stdout = None, before

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """Make the answer's stream the standard output inside the block: for a pager, and for ``/dev/stdout``."""
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
def _move_descriptor(stream: TextIO) -> Iterator[TextIO]:
    """Provide a stream to the file of the standard output, whose descriptor leads to the standard error meanwhile.

    A stream that does not use the descriptor of the standard output is provided as it is.
    """
    if number_of(stream) != STDOUT:
        yield stream
        return
    stream.flush()
    number = os.dup(STDOUT)  # programs do not inherit it
    with suppress(OSError):  # there is no standard error
        os.dup2(STDERR, STDOUT)
    buffering = 1 if stream.isatty() else -1
    moved = open(number, "w", buffering, stream.encoding, stream.errors, closefd=False)  # noqa: SIM115  a number
    try:
        yield moved
    finally:
        with suppress(OSError):  # the error was reported when the text was written
            moved.close()
        os.dup2(number, STDOUT)
        os.close(number)


def number_of(stream: TextIO | None) -> int | None:
    """Return a stream's descriptor; None if it has none."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def unwritable_text(error: OSError) -> str:
    """Return the sentence that the answer cannot be written, with the reason."""
    return f"the output cannot be written: {(error.strerror or str(error)).lower()}"


ANSWER = Answer()

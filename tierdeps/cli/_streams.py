"""The standard streams of this process: whole from the beginning, written by a thread in a run, flushed at the end."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable, without_commands
from tierdeps.cli._answer import ANSWER, number_of, unwritable_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn, TextIO

    from tierdeps.cli._outlet import Outlet
    from tierdeps.cli._output_thread import OutputThread

#: The exit code of an answer that could not be written, where the command says nothing worse.
UNWRITTEN = 4
#: So long the end waits for a reader that reads nothing, in seconds.
PATIENCE = 3.0
#: So long it waits for what needs no reader that is late, in seconds.
MOMENT = 0.3


def fill_streams() -> None:
    """Open the standard descriptors and streams that are closed, on nothing: no other file may get their numbers."""
    for number in range(3):
        with suppress(OSError):  # there is no place to open, and nothing can be done about it
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
                os.set_inheritable(number, True)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  it lives as long as we do
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Say something on the standard error, as far as it can be written."""
    with suppress(OSError):
        click.echo(without_commands("\n".join(printable(line) for line in text.splitlines())), err=True)


class Streams:
    """How the streams are written: by whoever says something, or from ``write_in_thread`` on by a thread."""

    def __init__(self) -> None:
        self._thread: OutputThread | None = None
        self._outlets: dict[str, Outlet] = {}
        self._feeds: list[TextIO] = []
        self._before: TextIO | None = None

    def write_in_thread(self, *, as_json: bool) -> None:
        """Have a thread write the answer and the standard error from now on: a run never waits for its readers.

        Streams that are no descriptors cannot block, and stay as they are.
        """
        if self._thread is not None or None in (number_of(ANSWER.stream), number_of(sys.stderr)):
            return
        from tierdeps.cli._outlet import dropped_json
        from tierdeps.cli._output_thread import OutputThread

        self._thread = OutputThread(self._unwritable)
        answer, self._before = ANSWER.stream, sys.stderr
        ANSWER.lead_to(self._fed("answer", answer))
        if as_json:
            self._outlets["answer"].dropped = dropped_json
        fed = self._fed("errors", self._before)
        if sys.stdout is sys.stderr:
            sys.stdout = fed
        sys.stderr = fed

    def _fed(self, name: str, stream: TextIO) -> TextIO:
        from tierdeps.cli._output_thread import Feed

        assert self._thread is not None  # noqa: S101  for the type checker
        with suppress(OSError):
            stream.flush()
        number = stream.fileno()
        self._outlets[name] = outlet = self._thread.outlet(number)
        feed = Feed(self._thread, outlet, number, stream.name)
        # A line at a time: written in pieces it could be torn by what others write to the same file.
        fed = io.TextIOWrapper(feed, stream.encoding, stream.errors, newline="\n", line_buffering=True)
        self._feeds.append(fed)
        return fed

    def _unwritable(self, outlet: Outlet, error: OSError) -> None:
        """Say that the answer cannot be written; that the standard error cannot be is nothing that can be said."""
        if self._thread is not None and outlet is self._outlets.get("answer") is not self._outlets.get("errors"):
            self._thread.put(self._outlets["errors"], f"error: {unwritable_text(error)}\n".encode())

    def lead_to(self, descriptor: int) -> bool:
        """Wait for the readers a while, and have both streams written to another file from then on.

        Return whether the answer could be written so far.
        """
        if self._thread is None:
            return True
        self._thread.flush(PATIENCE)
        answer = self._outlets["answer"]
        written = not answer.waits and answer.error is None
        for outlet in {id(outlet): outlet for outlet in self._outlets.values()}.values():
            self._thread.lead_to(outlet, descriptor)
        return written

    def end(self, code: int, *, at_once: bool = False) -> NoReturn:
        """Write what is left to write, and exit; with ``at_once`` wait for no thread, and clean nothing up."""
        if self._thread is not None:
            for feed in self._feeds:
                with suppress(ValueError):  # somebody closed it
                    feed.flush()
            with _interruptible():
                try:
                    code, whole = self._flushed(self._thread, code)
                except KeyboardInterrupt:
                    code, whole = code or (UNWRITTEN if self._outlets["answer"].waits else 0), False
            if not whole:
                os._exit(code)  # a thread may hang in a write, and so would the interpreter's own end
            if self._before is not None:
                sys.stderr = self._before
        code = _flushed(code)
        if at_once:
            os._exit(code)
        sys.exit(code)

    def _flushed(self, thread: OutputThread, code: int) -> tuple[int, bool]:
        """Wait until the thread has written all; return the exit code, and whether it has."""
        whole = thread.flush(PATIENCE) or self._flushed_terminals(thread)
        answer = self._outlets["answer"]
        if answer.waits:
            say("error: the answer was not written whole, for nobody reads it")
            thread.flush(MOMENT)
        return code or (UNWRITTEN if answer.waits or answer.error else 0), whole

    def _flushed_terminals(self, thread: OutputThread) -> bool:
        from tierdeps.cli._terminal import resume

        for outlet in self._outlets.values():
            resume(outlet.descriptor)
        return thread.flush(MOMENT)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have SIGINT and SIGTERM raise KeyboardInterrupt: whatever a run did is over, and only readers are waited for."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _flushed(code: int) -> int:
    """Write what the streams keep back; return the exit code. One that cannot be written is not tried again."""
    problem, ANSWER.error = ANSWER.error, None
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        sys.stdout = None
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            problem = error
    if problem is not None and not code:  # otherwise it was said already, or something worse
        say(f"error: {unwritable_text(problem)}")
        code = UNWRITTEN
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.stderr = None
    return code


STREAMS = Streams()

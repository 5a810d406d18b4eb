"""The standard streams: opened if they are closed, written by a thread during a run, flushed at the end."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util import interrupts
from tierdeps._util.text import printable
from tierdeps.cli.output.answer import ANSWER, number_of, unwritable_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn, TextIO

    from tierdeps.cli.output.write_queue import WriteQueue
    from tierdeps.cli.output.writer_thread import WriterThread

#: The exit code if the answer could not be written and the command itself succeeded.
EXIT_UNWRITTEN = 4
#: How long the end waits for a reader that reads nothing.
FLUSH_TIMEOUT_S = 3.0
#: How long it waits for a last line, and for a terminal that was resumed.
SHORT_FLUSH_TIMEOUT_S = 0.3


def fill_streams() -> None:
    """Open closed standard descriptors and streams on the null device, so that no other file gets their numbers."""
    for number in range(3):
        with suppress(OSError):  # there is no null device: the stream stays closed
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # gets the lowest free number: this one
                os.set_inheritable(number, True)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  open until the process ends
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def print_error(text: str) -> None:
    """Print a text to the standard error; if that cannot be written, do nothing."""
    from tierdeps.cli.output.terminal import write_beside

    write_beside("\n".join(printable(line) for line in text.splitlines()))


class Streams:
    """Writes the standard streams: directly at first, and from ``write_in_thread`` on in a thread."""

    def __init__(self) -> None:
        self._thread: WriterThread | None = None
        self._queues: dict[str, WriteQueue] = {}
        self._streams: list[TextIO] = []
        self._before: TextIO | None = None

    def write_in_thread(self, *, as_json: bool) -> None:
        """Write the answer and the standard error in a thread from now on, so that a run never waits for readers.

        Streams without a descriptor cannot block, and stay as they are.
        """
        if self._thread is not None or None in (number_of(ANSWER.stream), number_of(sys.stderr)):
            return
        from tierdeps.cli.output.write_queue import dropped_json
        from tierdeps.cli.output.writer_thread import WriterThread

        self._thread = WriterThread(self._unwritable)
        answer, self._before = ANSWER.stream, sys.stderr
        ANSWER.redirect(self._queued("answer", answer))
        if as_json:
            self._queues["answer"].dropped = dropped_json
        text_stream = self._queued("errors", self._before)
        if sys.stdout is sys.stderr:
            sys.stdout = text_stream
        sys.stderr = text_stream

    def _queued(self, name: str, stream: TextIO) -> TextIO:
        from tierdeps.cli.output.writer_thread import QueuedStream

        assert self._thread is not None  # noqa: S101  for the type checker
        with suppress(OSError):
            stream.flush()
        number = stream.fileno()
        self._queues[name] = queue = self._thread.queue(number)
        raw = QueuedStream(self._thread, queue, number, stream.name)
        # A line at a time: other processes write to the same file, and must not end up inside a line.
        text_stream = io.TextIOWrapper(raw, stream.encoding, stream.errors, newline="\n", line_buffering=True)
        self._streams.append(text_stream)
        return text_stream

    def _unwritable(self, queue: WriteQueue, error: OSError) -> None:
        """Report that the answer cannot be written; of the standard error nothing can be reported."""
        if self._thread is not None and queue is self._queues.get("answer") is not self._queues.get("errors"):
            self._thread.put(self._queues["errors"], f"error: {unwritable_text(error)}\n".encode())

    def redirect(self, descriptor: int, limit_size: Callable[[], object] | None = None) -> bool:
        """Flush within a timeout, and write both streams to another file from then on.

        ``limit_size`` is called in the thread now and then. Return whether the answer has been written completely so
        far.
        """
        if self._thread is None:
            return True
        self._thread.flush(FLUSH_TIMEOUT_S)
        answer = self._queues["answer"]
        written = not answer.is_pending and answer.error is None
        for queue in {id(queue): queue for queue in self._queues.values()}.values():
            self._thread.redirect(queue, descriptor)
            queue.limit_size = limit_size
        return written

    def settle(self, timeout_s: float) -> None:
        """Wait until what was written is on its way, but no longer than the timeout."""
        if self._thread is not None:
            self._thread.flush(timeout_s)

    def end(self, code: int, *, at_once: bool = False) -> NoReturn:
        """Flush, and exit; with ``at_once`` without waiting for other threads and without cleaning up."""
        if self._thread is not None:
            for stream in self._streams:
                with suppress(ValueError):  # it was closed
                    stream.flush()
            with _interruptible():
                try:
                    code, whole = self._flushed(self._thread, code)
                except KeyboardInterrupt:
                    code, whole = code or (EXIT_UNWRITTEN if self._queues["answer"].is_pending else 0), False
            if not whole:
                os._exit(code)  # a thread hangs in a write, and joining it would hang too
            if self._before is not None:
                sys.stderr = self._before
        code = _flushed(code)
        interrupts.end_cleanup()
        if at_once:
            os._exit(code)
        sys.exit(code)

    def _flushed(self, thread: WriterThread, code: int) -> tuple[int, bool]:
        """Wait until the thread has written everything; return the exit code, and whether it has."""
        whole = thread.flush(FLUSH_TIMEOUT_S) or self._flushed_terminals(thread)
        answer = self._queues["answer"]
        if answer.is_pending:
            print_error("error: the output is incomplete: its reader closed the pipe")
            thread.flush(SHORT_FLUSH_TIMEOUT_S)
        return code or (EXIT_UNWRITTEN if answer.is_pending or answer.error else 0), whole

    def _flushed_terminals(self, thread: WriterThread) -> bool:
        from tierdeps.cli.output.terminal import resume

        for queue in self._queues.values():
            resume(queue.descriptor)
        return thread.flush(SHORT_FLUSH_TIMEOUT_S)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt: the run has ended, and only its output is still flushed."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _flushed(code: int) -> int:
    """Flush the buffers of the streams; return the exit code. One that cannot be written is not tried again."""
    problem, ANSWER.error = ANSWER.error, None
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        sys.stdout = None
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            problem = error
    if problem is not None and not code:  # otherwise it was reported, or a worse code is set
        print_error(f"error: {unwritable_text(problem)}")
        code = EXIT_UNWRITTEN
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.stderr = None
    return code


STREAMS = Streams()

"""The output of a process: read from pipes line by line, or written to files that outlive the run."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tierdeps._util.line_splitter import LineSplitter, printable_lines, printable_text
from tierdeps.logs import logger_of
from tierdeps.processes.errors import MAX_TAIL_LINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import ExitStack

    from tierdeps.processes.fd_poller import FdPoller, OnError

    #: Called with the name of a stream, and with lines of it, without their ends.
    OnLines = Callable[[str, Sequence[bytes]], object]
    #: Called with a driver, the name of a stream, and lines of it.
    OutputSink = Callable[[str, str, Sequence[bytes]], object]

#: The prefix of the loggers of output, followed by the driver's name, as in ``tierdeps.output.web``; the level is info.
LOGGER = "tierdeps.output"
STDOUT, STDERR = "stdout", "stderr"
#: The most that is read at once, in bytes: other callbacks of the loop must run too.
READ_BYTES = 65536
#: How often a pipe is read at the exit of its process: no more than a pipe holds.
DRAIN_READS = 16
#: The pause between two reads of a file, in seconds.
POLL_INTERVAL_S = 0.05


def log_output(driver: str, stream: str, lines: Sequence[bytes]) -> None:
    """Log lines of a driver's output, each as a record."""
    del stream
    logger = logger_of(f"{LOGGER}.{driver}")
    for line in printable_lines(lines):
        logger.info("%s", line)


def ignore_output(stream: str, lines: Sequence[bytes]) -> None:
    """Do nothing with lines of output."""


class Output(Protocol):
    """Where a process writes to: ``fd`` and ``error_fd``, which this process closes after the start."""

    fd: int
    error_fd: int

    @property
    def readers(self) -> tuple[int, ...]:
        """The reading ends of its pipes that are open."""
        ...

    def release_fd(self) -> None:
        """Close ``fd`` and ``error_fd``, which the process has inherited."""
        ...

    def tail(self) -> list[str]:
        """Return its last lines."""
        ...

    def watch_for(self, matches: Callable[[str], object]) -> None:
        """Set what a line must match, before the first one is read."""
        ...

    async def wait_for_match(self) -> None:
        """Wait for a line that matches; an incomplete line counts too."""
        ...

    def drain(self) -> None:
        """Read the rest: the process has exited."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class _Pipe:
    """The pipe of one stream."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = LineSplitter()
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)


class PipedOutput:
    """Reads two pipes on the loop; ``on_lines`` is called with lines of either, ``on_error`` with an exception.

    Each stream has a pipe, and so lines of its own: what is written to one never comes into a line of the other.
    """

    def __init__(self, on_lines: OnLines, fd_poller: FdPoller, on_error: OnError | None = None) -> None:
        self._fd_poller = fd_poller
        self._on_lines = on_lines
        self._pipes: list[_Pipe] = []
        #: Made with the first lines, and when it is waited for: most processes print little, and none is waited for.
        self._tail: deque[bytes] | None = None
        self._matches: Callable[[str], object] | None = None
        self._found: asyncio.Event | None = None
        self._watched: set[_Pipe] = set()
        try:
            for name in (STDOUT, STDERR):
                self._pipes.append(pipe := _Pipe(name))
                fd_poller.add(pipe.reader, partial(self._on_readable, pipe), on_error)
                self._watched.add(pipe)
        except OSError:
            for pipe in self._pipes:
                os.close(pipe.writer)
                self._close(pipe)
            raise
        self.fd: int
        self.error_fd: int
        self.fd, self.error_fd = (pipe.writer for pipe in self._pipes)

    @property
    def readers(self) -> tuple[int, ...]:
        """The reading ends that are open."""
        return tuple(pipe.reader for pipe in self._pipes if pipe.reader >= 0)

    def release_fd(self) -> None:
        """Close the writing ends, which the process has inherited."""
        os.close(self.fd)
        os.close(self.error_fd)

    def tail(self) -> list[str]:
        """Return the last lines, and the beginnings of the next ones."""
        return printable_lines((*(self._tail or ()), *(pipe.lines.rest for pipe in self._pipes)))

    def watch_for(self, matches: Callable[[str], object]) -> None:
        """Test each line as it is read: the expected one may come long before ``wait_for_match``."""
        self._matches, self._found = matches, asyncio.Event()

    async def wait_for_match(self) -> None:
        """Wait for the line that is expected; it may have come already."""
        if self._found is not None:
            await self._found.wait()

    def drain(self) -> None:
        """Read what is available; the end is not waited for, since a child of the process may go on writing."""
        for pipe in self._pipes:
            for _ in range(DRAIN_READS):
                if pipe.reader < 0 or not self._on_readable(pipe):
                    break

    def close(self) -> None:
        """Read no more."""
        for pipe in self._pipes:
            self._close(pipe)

    def _close(self, pipe: _Pipe) -> None:
        if pipe.reader < 0:
            return
        if pipe in self._watched:
            self._watched.remove(pipe)
            self._fd_poller.remove(pipe.reader)
        os.close(pipe.reader)
        pipe.reader = -1
        self._add_lines(pipe, pipe.lines.end())

    def _on_readable(self, pipe: _Pipe) -> bool:
        """Read what is available; return whether there was anything."""
        try:
            data = os.read(pipe.reader, READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._close(pipe)
            return False
        self._add_lines(pipe, pipe.lines.feed(data))
        if self._matches is not None:
            self._match((pipe.lines.rest,))
        return True

    def _add_lines(self, pipe: _Pipe, lines: list[bytes]) -> None:
        if lines:
            if self._tail is None:
                self._tail = deque(maxlen=MAX_TAIL_LINES)
            self._tail.extend(lines[-MAX_TAIL_LINES:])
            self._match(lines)
            self._on_lines(pipe.name, lines)

    def _match(self, lines: Sequence[bytes]) -> None:
        """Test lines for the expected one."""
        if self._matches is not None and any(map(self._matches, printable_text(lines).split("\n"))):
            self._matches = None
            if self._found is not None:
                self._found.set()


class FileOutput:
    """Has the process write to two files, which outlive this run."""

    readers: tuple[int, ...] = ()

    def __init__(self, open_file: Callable[[str, int], int]) -> None:
        """Open the files; ``open_file`` takes the name of a stream and flags, and returns a descriptor."""
        self._open = open_file
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.fd: int = open_file(STDOUT, flags)
        try:
            self.error_fd: int = open_file(STDERR, flags)
        except OSError:
            os.close(self.fd)
            raise
        self._start_offsets = {name: os.fstat(fd).st_size for name, fd in ((STDOUT, self.fd), (STDERR, self.error_fd))}
        self._matches: Callable[[str], object] = bool

    def release_fd(self) -> None:
        """Close the descriptors, which the process has inherited."""
        os.close(self.fd)
        os.close(self.error_fd)

    def tail(self) -> list[str]:
        """Return the last lines of this run; those of the standard error come last."""
        found: list[bytes] = []
        for name, offset in self._start_offsets.items():
            with os.fdopen(self._open(name, os.O_RDONLY), "rb") as file:
                file.seek(max(offset, os.fstat(file.fileno()).st_size - READ_BYTES))
                lines = LineSplitter()
                found += [*lines.feed(file.read(READ_BYTES)), lines.rest][-MAX_TAIL_LINES - 1 :]
        return printable_lines(found)

    def watch_for(self, matches: Callable[[str], object]) -> None:
        """Do nothing: earlier lines are still in the files."""
        self._matches = matches

    async def wait_for_match(self) -> None:
        """Poll the files for a line of this run that matches."""
        from contextlib import ExitStack

        with ExitStack() as stack:
            streams = [self._lines_read(stack, name) for name in self._start_offsets]
            # Polled: inotify would cost a descriptor for each process.
            while not any([any(map(self._matches, next(lines))) for lines in streams]):  # noqa: ASYNC110, C419  all
                await asyncio.sleep(POLL_INTERVAL_S)

    def _lines_read(self, stack: ExitStack, name: str) -> Iterator[Iterable[str]]:
        """Yield at each step the lines that were written since the step before, and the incomplete last one."""
        file = stack.enter_context(os.fdopen(self._open(name, os.O_RDONLY), "rb"))
        file.seek(self._start_offsets[name])
        lines = LineSplitter()
        while True:
            yield printable_lines([*lines.feed(file.read(READ_BYTES)), lines.rest])

    def drain(self) -> None:
        """Do nothing: the files keep the output."""

    def close(self) -> None:
        """Do nothing: no descriptor is kept open."""

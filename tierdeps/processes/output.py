"""The output of a process: read from a pipe line by line, or written to a file that outlives the run."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from tierdeps.logs import logger_of
from tierdeps.processes.errors import MAX_TAIL_LINES
from tierdeps.processes.line_splitter import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger
    from typing import BinaryIO

    from tierdeps.processes.fd_poller import FdPoller, OnError

#: The prefix of the loggers of output, followed by the driver's name, as in ``tierdeps.output.web``; the level is info.
LOGGER = "tierdeps.output"
#: The most that is read at once, in bytes: other callbacks of the loop must run too.
READ_BYTES = 65536
#: The pause between two reads of a file, in seconds.
POLL_INTERVAL_S = 0.05


class ToLogger:
    """Logs a driver's output; the logger is made at the first line."""

    def __init__(self, driver: str) -> None:
        self._driver = driver

    @cached_property
    def _logger(self) -> Logger:
        return logger_of(f"{LOGGER}.{self._driver}")

    def __call__(self, line: str) -> None:
        """Log a line."""
        self._logger.info("%s", line)


class Output(Protocol):
    """Where a process writes to: ``fd``, which this process closes after the start."""

    fd: int
    #: The reading end of the pipe; -1 if there is none, or if it is closed.
    reader: int

    def release_fd(self) -> None:
        """Close ``fd``, which the process has inherited."""
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


class PipedOutput:
    """Reads a pipe on the loop; ``on_line`` is called with each line, ``on_error`` with an exception."""

    def __init__(self, on_line: Callable[[str], object], fd_poller: FdPoller, on_error: OnError | None = None) -> None:
        self._fd_poller = fd_poller
        self.reader: int
        self.fd: int
        self.reader, self.fd = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)
        self._on_line = on_line
        self._lines = LineSplitter()
        self._tail: deque[str] = deque(maxlen=MAX_TAIL_LINES)
        self._matches: Callable[[str], object] | None = None
        self._found = asyncio.Event()
        try:
            self._fd_poller.add(self.reader, self._on_readable, on_error)
        except OSError:
            os.close(self.reader)
            os.close(self.fd)
            raise

    def release_fd(self) -> None:
        """Close the writing end, which the process has inherited."""
        os.close(self.fd)

    def tail(self) -> list[str]:
        """Return the last lines, and the beginning of the next one."""
        return [*self._tail, self._lines.partial]

    def watch_for(self, matches: Callable[[str], object]) -> None:
        """Test each line as it is read: the expected one may come long before ``wait_for_match``."""
        self._matches = matches

    async def wait_for_match(self) -> None:
        """Wait for the line that is expected; it may have come already."""
        await self._found.wait()

    def drain(self) -> None:
        """Read what is available; the end is not waited for, since a child of the process may go on writing."""
        for _ in range(16):
            if self.reader < 0 or not self._on_readable():
                return

    def close(self) -> None:
        """Read no more."""
        if self.reader >= 0:
            self._fd_poller.remove(self.reader)
            os.close(self.reader)
            self.reader = -1
            self._add_lines(self._lines.end())

    def _on_readable(self) -> bool:
        """Read what is available; return whether there was anything."""
        try:
            data = os.read(self.reader, READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self.close()
            return False
        self._add_lines(self._lines.feed(data))
        if self._matches is not None:
            self._match([self._lines.partial])
        return True

    def _add_lines(self, lines: list[str]) -> None:
        for line in lines:
            self._on_line(line)
        self._tail.extend(lines)
        self._match(lines)

    def _match(self, lines: list[str]) -> None:
        """Test lines for the expected one."""
        if self._matches is not None and any(map(self._matches, lines)):
            self._matches = None
            self._found.set()


class FileOutput:
    """Has the process write to a file, which outlives this run."""

    reader = -1

    def __init__(self, open_file: Callable[[int], int]) -> None:
        """Open the file; ``open_file`` takes flags and returns a descriptor."""
        self._open = open_file
        self.fd: int = open_file(os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._start_offset = os.fstat(self.fd).st_size
        self._matches: Callable[[str], object] = bool

    def release_fd(self) -> None:
        """Close the descriptor, which the process has inherited."""
        os.close(self.fd)

    def _to_read(self) -> BinaryIO:
        return os.fdopen(self._open(os.O_RDONLY), "rb")

    def tail(self) -> list[str]:
        """Return the last lines of this run."""
        with self._to_read() as file:
            file.seek(max(self._start_offset, os.fstat(file.fileno()).st_size - READ_BYTES))
            lines = LineSplitter()
            return [*lines.feed(file.read(READ_BYTES)), lines.partial][-MAX_TAIL_LINES - 1 :]

    def watch_for(self, matches: Callable[[str], object]) -> None:
        """Do nothing: earlier lines are still in the file."""
        self._matches = matches

    async def wait_for_match(self) -> None:
        """Poll the file for a line of this run that matches."""
        matches, lines = self._matches, LineSplitter()
        with self._to_read() as file:
            file.seek(self._start_offset)
            # Polled: inotify would cost a descriptor for each process.
            while not any(map(matches, [*lines.feed(file.read(READ_BYTES)), lines.partial])):  # noqa: ASYNC110
                await asyncio.sleep(POLL_INTERVAL_S)

    def drain(self) -> None:
        """Do nothing: the file keeps the output."""

    def close(self) -> None:
        """Do nothing: no descriptor is kept open."""

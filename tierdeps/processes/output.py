"""What a process says: read as it comes and passed on, or written to a file for those who come later."""

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

#: The logger of what processes say is this, and the name of the driver: ``tierdeps.output.web``; the level is info.
LOGGER = "tierdeps.output"
#: So many bytes are read at once: the loop has others to serve.
CHUNK = 65536
#: How often a file is looked at for what is new, in seconds.
LOOK = 0.05


class ToLogger:
    """Logs a driver's lines; one that says nothing is spared its logger."""

    def __init__(self, driver: str) -> None:
        self._driver = driver

    @cached_property
    def _logger(self) -> Logger:
        return logger_of(f"{LOGGER}.{self._driver}")

    def __call__(self, line: str) -> None:
        """Log a line."""
        self._logger.info("%s", line)


class Output(Protocol):
    """Where the process writes to: ``fd``, which is closed here once the process has it."""

    fd: int
    #: The end of the pipe that it is read from; below zero where there is none, or nothing more to read.
    reader: int

    def begun(self) -> None:
        """Let go of ``fd``: the process has it."""
        ...

    def last(self) -> list[str]:
        """Return its last lines."""
        ...

    def expect(self, found: Callable[[str], object]) -> None:
        """Look for a line from the first one on: called before any was read."""
        ...

    async def until_found(self) -> None:
        """Wait for the line that is expected; one that is not complete yet counts too."""
        ...

    def ended(self) -> None:
        """Read what is left to read: the process has ended."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class PipedOutput:
    """Reads a pipe on the loop; ``tell`` is given each line, ``broken`` what is raised meanwhile."""

    def __init__(self, tell: Callable[[str], object], readers: FdPoller, broken: OnError | None = None) -> None:
        self._readers = readers
        self.reader, self.fd = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)
        self._tell = tell
        self._lines = LineSplitter()
        self._last: deque[str] = deque(maxlen=MAX_TAIL_LINES)
        self._expected: Callable[[str], object] | None = None
        self._found = asyncio.Event()
        try:
            self._readers.add(self.reader, self._more, broken)
        except OSError:
            os.close(self.reader)
            os.close(self.fd)
            raise

    def begun(self) -> None:
        """Leave the writing end to the process."""
        os.close(self.fd)

    def last(self) -> list[str]:
        """Return the last lines, and the beginning of the next one."""
        return [*self._last, self._lines.partial]

    def expect(self, found: Callable[[str], object]) -> None:
        """Look at each line as it comes: it may come long before anybody waits for it, and many others after it."""
        self._expected = found

    async def until_found(self) -> None:
        """Wait for the line that is expected; it may have come already."""
        await self._found.wait()

    def ended(self) -> None:
        """Read what is there; a child of its own may write on."""
        for _ in range(16):
            if self.reader < 0 or not self._more():
                return

    def close(self) -> None:
        """Read no more."""
        if self.reader >= 0:
            self._readers.remove(self.reader)
            os.close(self.reader)
            self.reader = -1
            self._take(self._lines.end())

    def _more(self) -> bool:
        """Read what is there; return whether there was anything."""
        try:
            data = os.read(self.reader, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.close()
            return False
        self._take(self._lines.feed(data))
        if self._expected is not None:
            self._look_at([self._lines.partial])
        return True

    def _take(self, lines: list[str]) -> None:
        for line in lines:
            self._tell(line)
        self._last.extend(lines)
        self._look_at(lines)

    def _look_at(self, lines: list[str]) -> None:
        """Look for the line that is expected."""
        if self._expected is not None and any(map(self._expected, lines)):
            self._expected = None
            self._found.set()


class FileOutput:
    """Has the process write to a file, which outlives this run."""

    reader = -1

    def __init__(self, opened: Callable[[int], int]) -> None:
        """Open the file with what opens it with flags."""
        self._opened = opened
        self.fd = opened(os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._from = os.fstat(self.fd).st_size
        self._expected: Callable[[str], object] = bool

    def begun(self) -> None:
        """Leave the file to the process."""
        os.close(self.fd)

    def _to_read(self) -> BinaryIO:
        return os.fdopen(self._opened(os.O_RDONLY), "rb")

    def last(self) -> list[str]:
        """Return the last lines of this run."""
        with self._to_read() as file:
            file.seek(max(self._from, os.fstat(file.fileno()).st_size - CHUNK))
            lines = LineSplitter()
            return [*lines.feed(file.read(CHUNK)), lines.partial][-MAX_TAIL_LINES - 1 :]

    def expect(self, found: Callable[[str], object]) -> None:
        """Nothing is lost meanwhile: it is in the file."""
        self._expected = found

    async def until_found(self) -> None:
        """Look again and again for such a line of this run."""
        found, lines = self._expected, LineSplitter()
        with self._to_read() as file:
            file.seek(self._from)
            # Nobody tells of what is written to a file.
            while not any(map(found, [*lines.feed(file.read(CHUNK)), lines.partial])):  # noqa: ASYNC110
                await asyncio.sleep(LOOK)

    def ended(self) -> None:
        """Nothing is to be read: it is in the file."""

    def close(self) -> None:
        """Nothing is open."""

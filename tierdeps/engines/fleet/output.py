"""What lifecycles print on a worker: it is logged as the output of their driver, so that it reaches the run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from io import TextIOBase
from threading import Lock
from typing import TYPE_CHECKING, Any, TextIO

from tierdeps.logs import CURRENT_DRIVER, logger_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A longer line is logged in parts.
MAX_LINE = 65536
#: As in tierdeps.processes.output, which a worker without processes does not import.
LOGGER = "tierdeps.output"


class DriverStream(TextIOBase):
    """Stands for a standard stream; what no driver writes goes to that one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self._parts: dict[str, str] = {}

    def write(self, text: str) -> int:
        """Log the complete lines of a driver, and keep the rest."""
        driver = CURRENT_DRIVER.get()
        if not driver:
            return self._stream.write(text)
        with self._lock:
            lines = (self._parts.pop(driver, "") + text).splitlines(keepends=True)
            if lines and not lines[-1].endswith("\n") and len(lines[-1]) < MAX_LINE:
                self._parts[driver] = lines.pop()
        for line in lines:
            logger_of(f"{LOGGER}.{driver}").info("%s", line.rstrip("\r\n"))
        return len(text)

    def end_line(self, driver: str) -> None:
        """Log what a driver has written of a line."""
        with self._lock:
            rest = self._parts.pop(driver, "")
        if rest:
            logger_of(f"{LOGGER}.{driver}").info("%s", rest)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the stream."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Return true."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override] # nothing sets it
        """The encoding of the stream."""
        return self._stream.encoding

    @property
    def buffer(self) -> Any:
        """The bytes beneath the stream: what a driver writes there stays on this host."""
        return self._stream.buffer


@contextmanager
def drivers_print_to_log() -> Iterator[None]:
    """Log what drivers print, until the end of the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = DriverStream(sys.stdout), DriverStream(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def end_line(driver: str) -> None:
    """Log what a driver has printed of a line: its call has ended."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, DriverStream):
            stream.end_line(driver)

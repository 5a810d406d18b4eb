"""What lifecycles print: it goes where it always went, and is kept as output of the driver whose method prints it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from tierdeps._util.line_splitter import LineSplitter
from tierdeps._util.masks import masked
from tierdeps.driver_logs.log_line import STDERR, STDOUT
from tierdeps.logs import CURRENT_DRIVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    Keep = Callable[[str, str, Sequence[bytes]], object]


class CopiedStream:
    """A text stream that passes lines of drivers to ``keep`` too; ``beside`` is the stream that it stands for."""

    def __init__(self, beside: TextIO, name: str, keep: Keep) -> None:
        self.beside = beside
        self._name = name
        self._keep = keep
        self._lock = Lock()
        self._splitters: dict[str, LineSplitter] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beside, name)

    def write(self, text: str) -> int:
        """Write text; lines of a driver are kept."""
        driver = CURRENT_DRIVER.get()
        if not driver:
            return self.beside.write(text)
        self.beside.write(masked(text))
        if text:
            self._copy(driver, text.encode(errors="backslashreplace"))
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def _copy(self, driver: str, data: bytes) -> None:
        with self._lock:
            lines = self._splitters.setdefault(driver, LineSplitter()).feed(data)
            if lines:
                self._keep(driver, self._name, lines)

    def keep_rest(self) -> None:
        """Keep the lines that have no end yet."""
        for driver, splitter in self._splitters.items():
            if lines := splitter.end():
                self._keep(driver, self._name, lines)


@contextmanager
def captured_prints(keep: Keep) -> Iterator[None]:
    """Copy what drivers print to the standard streams, until the end of the block."""
    before = sys.stdout, sys.stderr
    streams = tuple(CopiedStream(stream, name, keep) for stream, name in zip(before, (STDOUT, STDERR), strict=True))
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        if (sys.stdout, sys.stderr) == streams:
            sys.stdout, sys.stderr = before
        for stream in streams:
            stream.keep_rest()

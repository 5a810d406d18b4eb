"""Read what a process wrote that was left running: files without times, one for each stream, which nobody rotates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tierdeps._util.line_splitter import LineSplitter
from tierdeps._util.state_dir import PrivateFolder, state_dir
from tierdeps.driver_logs.folders import PROCESSES, SUFFIXES, digest, file_stem
from tierdeps.driver_logs.log_line import LogLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: No more is read of a file, in bytes.
MAX_BYTES = 1 << 24


def has_left_output(instance: str) -> bool:
    """Return whether runs of an instance may have left such files."""
    return (state_dir() / PROCESSES / digest(instance)).is_dir()


def left_lines(instance: str, drivers: Iterable[str], last: int | None = None) -> Iterator[LogLine]:
    """Yield the lines that processes of drivers wrote which runs of an instance left, driver by driver.

    All lines of a file have the time of its last change, as their own is not known. Raises NotOursError or OSError.
    """
    try:
        folder = PrivateFolder.open(state_dir(), PROCESSES, digest(instance), make=False)
    except FileNotFoundError:
        return
    with folder:
        for driver in drivers:
            found = [line for stream in SUFFIXES for line in _lines(folder, driver, stream)]
            yield from found if last is None else found[-last:] if last else []


def _lines(folder: PrivateFolder, driver: str, stream: str) -> Iterator[LogLine]:
    try:
        descriptor = folder.open_file(f"{file_stem(driver)}.{SUFFIXES[stream]}", os.O_RDONLY)
    except FileNotFoundError:
        return
    with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor
        status = os.fstat(descriptor)
        file.seek(max(0, status.st_size - MAX_BYTES))
        splitter = LineSplitter()
        for data in (*splitter.feed(file.read(MAX_BYTES)), *splitter.end()):
            yield LogLine(status.st_mtime, driver, stream, data)

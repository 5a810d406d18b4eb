"""The files of one driver's log: the last one is appended to, and the oldest is removed when there are too many."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tierdeps.driver_logs.folders import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps._util.state_dir import PrivateFolder

#: How many files a driver has at most: a rotation removes at most this part of what is kept.
FILES = 4
#: No file is smaller, in bytes: what is read from a pipe at once fits.
MIN_FILE_BYTES = 1 << 17


class FileSet:
    """The files of one driver in a run's folder; ``limit`` is the size of all of them, in bytes."""

    def __init__(self, folder: PrivateFolder, stem: str, limit: int) -> None:
        self._folder = folder
        self._stem = stem
        self._file_limit = max(limit // FILES, MIN_FILE_BYTES)
        self._number = 1
        self._size = 0
        self._fd = -1

    def append(self, data: bytes) -> None:
        """Append whole lines, and start further files as they get full. Raises OSError; no line is written in part."""
        for part in _parts(data, self._file_limit):
            if self._size and self._size + len(part) > self._file_limit:
                self._rotate()
            self._write(part)

    def _write(self, part: memoryview) -> None:
        if self._fd < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._fd = self._folder.open_file(file_name(self._stem, self._number), flags)
        written = 0
        try:
            while written < len(part):
                written += os.write(self._fd, part[written:])
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += written

    def _rotate(self) -> None:
        self.close()
        self._number += 1
        self._size = 0
        if self._number > FILES:
            self._folder.remove(file_name(self._stem, self._number - FILES))

    def close(self) -> None:
        """Close the file; it is opened again when something is written."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _parts(data: bytes, limit: int) -> Iterator[memoryview]:
    """Yield data in parts of whole lines; no part is longer than the limit, unless one line is."""
    view, start = memoryview(data), 0
    while start < len(data):
        end = len(data)
        if end - start > limit:
            end = data.rfind(b"\n", start, start + limit) + 1 or data.find(b"\n", start) + 1 or end
        yield view[start:end]
        start = end

"""Read the log of one driver, from any place to its end, while it may be written and rotated."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tierdeps.driver_logs.folders import file_name, files_in
from tierdeps.driver_logs.log_line import NOTE, LogLine, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps._util.state_dir import PrivateFolder

#: How much is read at once, in bytes; no line is longer.
READ_BYTES = 1 << 18
#: How much of a file is read for the time of its first line, in bytes.
HEAD_BYTES = 1 << 14
_REMOVED = b"lines are missing here: they were removed by rotation before they could be read"


class DriverLogReader:
    """Reads one driver's log from its beginning, or from where it is moved to; no descriptor stays open."""

    def __init__(self, folder: PrivateFolder, stem: str, driver: str, numbers: Iterable[int] = ()) -> None:
        self._folder = folder
        self._stem = stem
        self._driver = driver
        self._numbers = sorted(numbers) or [1]
        self._number = self._numbers[0]
        self._offset = 0

    def move_to_last(self, lines: int) -> None:
        """Move to the last lines."""
        for number in reversed(self._numbers):
            data = self._content(number)
            self._number = number
            count = data.count(b"\n")
            if count >= lines:
                self._offset = _start_of_last(data, lines)
                return
            lines -= count
        self._offset = 0

    def move_to_time(self, since: float) -> None:
        """Move to a file of which no earlier one has lines of that time or later."""
        for number in reversed(self._numbers):
            self._number = number
            first = self._first_time()
            if first is not None and first < since:
                return

    def read(self) -> list[LogLine]:
        """Return the next lines; none at the end of what has been written so far."""
        while True:
            # Looked up first: what is written to this file after that is there when it is read.
            followed = self._size(self._number + 1) is not None
            size = self._size(self._number)
            if size is not None and size > self._offset:
                data = self._data(self._offset, READ_BYTES)
                end = data.rfind(b"\n") + 1
                if end:
                    self._offset += end
                    return decoded(self._driver, data[:end].split(b"\n")[:-1])
            if followed:
                self._number, self._offset = self._number + 1, 0
            elif size is not None or not self._skip_removed():
                return []
            else:
                return [LogLine(self._first_time() or 0.0, self._driver, NOTE, _REMOVED)]

    def _skip_removed(self) -> bool:
        """Go on with the first file behind removed ones; return whether there is one."""
        later = [number for number in files_in(self._folder).get(self._stem, ()) if number > self._number]
        if not later:
            return False
        self._number, self._offset = later[0], 0
        return True

    def _first_time(self) -> float | None:
        head = decoded(self._driver, self._data(0, HEAD_BYTES).split(b"\n")[:1])
        return head[0].time if head else None

    def _size(self, number: int) -> int | None:
        found = self._folder.check(file_name(self._stem, number))
        return None if found is None else found.st_size

    def _content(self, number: int) -> bytes:
        try:
            with os.fdopen(self._folder.open_file(file_name(self._stem, number), os.O_RDONLY), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def _data(self, offset: int, size: int) -> bytes:
        try:
            fd = self._folder.open_file(file_name(self._stem, self._number), os.O_RDONLY)
        except FileNotFoundError:
            return b""
        try:
            return os.pread(fd, size, offset)
        finally:
            os.close(fd)


def _start_of_last(data: bytes, lines: int) -> int:
    """Return where the last lines of data start; there are that many."""
    at = data.rfind(b"\n") + 1
    for _ in range(lines):
        at = data.rfind(b"\n", 0, at - 1) + 1
    return at

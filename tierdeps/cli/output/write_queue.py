"""The queue of texts for one descriptor: bounded, in order; dropped lines are counted."""

from __future__ import annotations

import os
from collections import deque
from errno import ECONNRESET, EIO, EPIPE
from select import PIPE_BUF
from typing import TYPE_CHECKING

from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable

#: Beyond this the oldest lines are dropped.
MAX_QUEUED_BYTES = 16 << 20
#: After so many bytes the size of a file is checked.
SIZE_CHECK_BYTES = 1 << 16


def dropped_text(count: int) -> str:
    """Return the line that stands for dropped lines."""
    return f"note: {counted(count, 'line')} dropped here: the output was not read in time"


def dropped_json(count: int) -> str:
    """Return the same as a line of JSON."""
    return f'{{"schema": "tierdeps/dropped/1", "lines": {count}}}'


class WriteQueue:
    """A duplicate of a descriptor, and the texts that are queued for it, oldest first.

    Texts have numbers, so that those of two queues can be written in the order in which they came. The oldest are
    dropped first: the latest events of a run, and its report at the end, matter most. Not thread-safe: the caller holds
    the lock of the WriterThread.
    """

    def __init__(self, descriptor: int, max_bytes: int = MAX_QUEUED_BYTES) -> None:
        self.descriptor: int = os.dup(descriptor)
        #: Makes the line that stands for dropped lines.
        self.dropped: Callable[[int], str] = dropped_text
        #: The first error of a write; a closed pipe is none.
        self.error: OSError | None = None
        self._max_bytes = max_bytes
        #: The errors that mean that nobody can read any more.
        self._closed_errors = {EPIPE, ECONNRESET, EIO} if os.isatty(descriptor) else {EPIPE, ECONNRESET}
        self._texts: deque[tuple[int, bytes]] = deque()
        self._size = 0
        #: The text that is being written, which cannot be dropped any more.
        self._current = memoryview(b"")
        #: How many lines are lost if that cannot be written.
        self._current_lines = 0
        self._at_line_start = True
        self._dropped = 0
        self._closed = False
        #: Called in the thread now and then, to limit the size of the file; None if it needs no limit.
        self.limit_size: Callable[[], object] | None = None
        self._since_check = 0

    @property
    def is_pending(self) -> bool:
        """Whether there is something to write."""
        return bool(self._current or self._texts)

    @property
    def first(self) -> int:
        """The number of the oldest text; 0 for one that is being written."""
        return 0 if self._current or not self._texts else self._texts[0][0]

    def add(self, number: int, text: bytes) -> None:
        """Add a text, and drop the oldest lines if too much is queued."""
        if self._closed:
            return
        self._texts.append((number, text))
        self._size += len(text)
        while self._size > self._max_bytes and len(self._texts) > 1:
            self._drop_line()

    def _drop_line(self) -> None:
        """Drop the oldest texts up to the end of a line, but never the latest text."""
        while len(self._texts) > 1:
            _, text = self._texts.popleft()
            self._size -= len(text)
            self._dropped += text.count(b"\n")
            if text.endswith(b"\n"):
                return

    def part(self, before: float) -> memoryview:
        """Return the next bytes to write, of texts below a number: no more than an empty pipe takes at once."""
        if not self._current:
            self._next_text(before)
        return self._current[:PIPE_BUF]

    def _next_text(self, before: float) -> None:
        found = []
        self._current_lines, missing = self._dropped, self._dropped
        if missing:
            found.append(f"{'' if self._at_line_start else chr(10)}{self.dropped(missing)}\n".encode())
            self._dropped = 0
        size = 0
        while self._texts and size < PIPE_BUF and (not size or self._texts[0][0] < before):
            found.append(self._texts.popleft()[1])
            size += len(found[-1])
            self._current_lines += found[-1].count(b"\n")
        self._size -= size
        self._current = memoryview(b"".join(found))
        self._at_line_start = self._current.tobytes().endswith(b"\n")

    def written(self, count: int) -> None:
        """Record that so many bytes were written."""
        self._current = self._current[count:]
        self._since_check += count

    def limit_if_due(self) -> None:
        """Limit the size of the file, if much was written since the last time; the lock need not be held."""
        if self.limit_size is not None and self._since_check >= SIZE_CHECK_BYTES:
            self._since_check = 0
            self.limit_size()

    def failed(self, error: OSError) -> bool:
        """Drop the current text, and all further ones at a closed pipe; return whether it is the first error."""
        if error.errno in self._closed_errors:
            self._closed = True
            self.clear()
            return False
        self._dropped += self._current_lines
        self._current = memoryview(b"")
        self._at_line_start = False
        is_first = self.error is None
        self.error = self.error or error
        return is_first

    def clear(self) -> None:
        """Drop everything that is queued."""
        self._texts.clear()
        self._current = memoryview(b"")
        self._size = self._dropped = 0

    def redirect(self, descriptor: int) -> None:
        """Write to another file from now on; what is queued is dropped."""
        self.clear()
        os.dup2(descriptor, self.descriptor, inheritable=False)
        self._at_line_start, self._closed, self.error = True, False, None

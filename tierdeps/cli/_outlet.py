"""What waits to be written to one descriptor: bounded, in order, and counted where it is dropped."""

from __future__ import annotations

import os
from collections import deque
from errno import ECONNRESET, EIO, EPIPE
from select import PIPE_BUF
from typing import TYPE_CHECKING

from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable

#: So many bytes wait for a reader at most; beyond that the oldest lines are dropped.
KEPT = 16 << 20


def dropped_text(count: int) -> str:
    """Say that lines were dropped."""
    return f"note: {counted(count, 'line')} missing here: not read in time, or not writable"


def dropped_json(count: int) -> str:
    """Say the same among lines of JSON."""
    return f'{{"schema": "tierdeps/dropped/1", "lines": {count}}}'


class Outlet:
    """A descriptor of its own on the same file as another one, and the texts that wait for it, oldest first.

    Texts have numbers, so that those of two outlets can be written in the order in which they came. The oldest are
    dropped first: of a run that goes on, what happened last says the most, and so does the report at the end.
    """

    def __init__(self, descriptor: int, kept: int = KEPT) -> None:
        self.descriptor = os.dup(descriptor)
        #: What to say in place of lines that were dropped.
        self.dropped: Callable[[int], str] = dropped_text
        #: Why something could not be written, the first time that it was so; not that nobody reads it any more.
        self.error: OSError | None = None
        self._kept = kept
        #: What the errors are where nobody can read any more.
        self._gone = {EPIPE, ECONNRESET, EIO} if os.isatty(descriptor) else {EPIPE, ECONNRESET}
        self._texts: deque[tuple[int, bytes]] = deque()
        self._size = 0
        #: What is being written, which is not dropped any more.
        self._begun = memoryview(b"")
        #: So many lines are missing if that cannot be written.
        self._at_stake = 0
        self._at_line_start = True
        self._missing = 0
        self._closed = False

    @property
    def waits(self) -> bool:
        """Whether there is something to write."""
        return bool(self._begun or self._texts)

    @property
    def first(self) -> int:
        """The number of the oldest text; what is being written comes before all."""
        return 0 if self._begun or not self._texts else self._texts[0][0]

    def add(self, number: int, text: bytes) -> None:
        """Add a text, and drop the oldest lines where too much waits."""
        if self._closed:
            return
        self._texts.append((number, text))
        self._size += len(text)
        while self._size > self._kept and len(self._texts) > 1:
            self._drop_line()

    def _drop_line(self) -> None:
        """Drop the oldest texts up to the end of a line, but never the latest text."""
        while len(self._texts) > 1:
            _, text = self._texts.popleft()
            self._size -= len(text)
            self._missing += text.count(b"\n")
            if text.endswith(b"\n"):
                return

    def part(self, before: float) -> memoryview:
        """Return what to write next, of what was added before a number: no more than an empty pipe takes at once."""
        if not self._begun:
            self._begin(before)
        return self._begun[:PIPE_BUF]

    def _begin(self, before: float) -> None:
        found = []
        self._at_stake, missing = self._missing, self._missing
        if missing:
            found.append(f"{'' if self._at_line_start else chr(10)}{self.dropped(missing)}\n".encode())
            self._missing = 0
        size = 0
        while self._texts and size < PIPE_BUF and (not size or self._texts[0][0] < before):
            found.append(self._texts.popleft()[1])
            size += len(found[-1])
            self._at_stake += found[-1].count(b"\n")
        self._size -= size
        self._begun = memoryview(b"".join(found))
        self._at_line_start = self._begun.tobytes().endswith(b"\n")

    def written(self, count: int) -> None:
        """Go on behind what was written."""
        self._begun = self._begun[count:]

    def failed(self, error: OSError) -> bool:
        """Drop what cannot be written; return whether that is news. Where nobody reads any more, drop all to come."""
        if error.errno in self._gone:
            self._closed = True
            self.forget()
            return False
        self._missing += self._at_stake
        self._begun = memoryview(b"")
        self._at_line_start = False
        news = self.error is None
        self.error = self.error or error
        return news

    def forget(self) -> None:
        """Drop all that waits."""
        self._texts.clear()
        self._begun = memoryview(b"")
        self._size = self._missing = 0

    def lead_to(self, descriptor: int) -> None:
        """Write to another file from now on; what still waits for the one before is dropped."""
        self.forget()
        os.dup2(descriptor, self.descriptor, inheritable=False)
        self._at_line_start, self._closed, self.error = True, False, None

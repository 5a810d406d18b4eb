"""The thread that writes what a run says: the event loop never waits for the reader."""

from __future__ import annotations

import io
import os
import select
import time
from threading import Condition, Thread
from typing import TYPE_CHECKING

from tierdeps.cli._outlet import Outlet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import ReadableBuffer

#: How long to wait where a descriptor had no room although it said so, in seconds.
PAUSE = 0.01
#: How long to wait for more when something comes, in seconds: to be woken for each line costs more than to write it.
GATHERED = 0.001


class OutputThread:
    """Writes to outlets, in the order in which texts come, as long as both are read; one that is not holds none up.

    ``unwritable`` is called in the thread when an outlet fails for the first time, for another reason than that
    nobody reads it any more.
    """

    def __init__(self, unwritable: Callable[[Outlet, OSError], object]) -> None:
        self._unwritable = unwritable
        self._changed = Condition()
        self._outlets: dict[tuple[int, int], Outlet] = {}
        self._number = 0
        self._written = 0
        #: Whether the thread waits for the bell, and for the outlets that had something to write before.
        self._asleep = False
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        Thread(target=self._work, name="tierdeps-output", daemon=True).start()

    def outlet(self, descriptor: int) -> Outlet:
        """Return the outlet to the file of a descriptor: two descriptors on one file share it."""
        found = os.fstat(descriptor)
        key = found.st_dev, found.st_ino
        with self._changed:
            if key not in self._outlets:
                self._outlets[key] = Outlet(descriptor)
            return self._outlets[key]

    def put(self, outlet: Outlet, text: bytes) -> None:
        """Have a text written, and return at once."""
        with self._changed:
            self._number += 1
            rings = self._asleep and not outlet.waits
            outlet.add(self._number, text)
            if rings:
                self._wake()

    def lead_to(self, outlet: Outlet, descriptor: int) -> None:
        """Have an outlet write to another file."""
        with self._changed:
            outlet.lead_to(descriptor)
            self._wake()

    def flush(self, patience: float) -> bool:
        """Wait until all is written, as long as something is now and then; return whether it is."""
        with self._changed:
            while self._waiting():
                before = self._written
                if not self._changed.wait_for(lambda: self._written != before or not self._waiting(), patience):  # noqa: B023
                    return False
        return True

    def _waiting(self) -> list[Outlet]:
        return [outlet for outlet in self._outlets.values() if outlet.waits]

    def _wake(self) -> None:
        self._asleep = False
        os.eventfd_write(self._bell, 1)

    # In the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                waiting = self._waiting()
            ready = self._ready(waiting, 0) if waiting else []
            if ready:
                self._write_to(ready)
            else:
                self._sleep(waiting)

    def _sleep(self, waiting: Sequence[Outlet]) -> None:
        """Wait until one of the outlets has room, or another one has something to write."""
        with self._changed:
            if any(outlet not in waiting for outlet in self._waiting()):
                return
            self._asleep = True
        self._ready(waiting, None)
        with self._changed:
            self._asleep = False
        time.sleep(GATHERED)

    def _ready(self, waiting: Sequence[Outlet], timeout: int | None) -> list[Outlet]:
        """Return the outlets that have room; without a timeout, wait for that or for the bell."""
        poll = select.poll()
        if timeout is None:
            poll.register(self._bell, select.POLLIN)
        for outlet in waiting:
            poll.register(outlet.descriptor, select.POLLOUT)
        found = {descriptor for descriptor, _ in poll.poll(timeout)}
        if self._bell in found:
            os.eventfd_read(self._bell)
        return [outlet for outlet in waiting if outlet.descriptor in found]

    def _write_to(self, ready: Sequence[Outlet]) -> None:
        """Write a part of the oldest text."""
        with self._changed:
            outlet = min(ready, key=lambda each: each.first)
            part = outlet.part(min((other.first for other in ready if other is not outlet), default=float("inf")))
        count, error = 0, None
        try:
            count = os.write(outlet.descriptor, part)
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError as raised:
            error = raised
        with self._changed:
            if error is None:
                outlet.written(count)
            news = error is not None and outlet.failed(error)
            self._written += count
            self._changed.notify_all()
        if error is not None and news:
            self._unwritable(outlet, error)


class Feed(io.RawIOBase):
    """A stream of bytes whose writes return at once; otherwise it is as the descriptor that it stands for."""

    def __init__(self, thread: OutputThread, outlet: Outlet, descriptor: int, name: str) -> None:
        super().__init__()
        self.name = name
        self._thread = thread
        self._outlet = outlet
        self._descriptor = descriptor

    def writable(self) -> bool:
        """Return True: it is there for that alone."""
        return True

    def fileno(self) -> int:
        """Return the descriptor: for programs that are to write to the same file."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether a terminal shows what is written."""
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer, /) -> int:
        """Have it written."""
        text = bytes(data)
        self._thread.put(self._outlet, text)
        return len(text)

"""The thread that writes the output of a run, so that the event loop never waits for a reader."""

from __future__ import annotations

import io
import os
import select
import time
from threading import Condition, Thread
from typing import TYPE_CHECKING

from tierdeps.cli.output.write_queue import WriteQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import ReadableBuffer

#: The pause after a descriptor was reported writable and was not.
RETRY_S = 0.01
#: How long to gather lines after a wake-up: waking for each line costs more than writing it.
GATHER_S = 0.001


class WriterThread:
    """Writes queues in the order of their texts; one that nobody reads does not delay the others.

    ``unwritable`` is called in the thread at the first error of a queue; a closed pipe is none. Every access to a queue
    holds ``_changed``; only the write itself does not, since it may block.
    """

    def __init__(self, unwritable: Callable[[WriteQueue, OSError], object]) -> None:
        self._unwritable = unwritable
        self._changed = Condition()
        self._queues: dict[tuple[int, int], WriteQueue] = {}
        self._number = 0
        self._written = 0
        #: Whether the thread sleeps until ``_wake_fd`` is written, or a queue it knows becomes writable.
        self._asleep = False
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        Thread(target=self._work, name="tierdeps-output", daemon=True).start()

    def queue(self, descriptor: int) -> WriteQueue:
        """Return the queue for the file of a descriptor: two descriptors of one file share it."""
        found = os.fstat(descriptor)
        key = found.st_dev, found.st_ino
        with self._changed:
            if key not in self._queues:
                self._queues[key] = WriteQueue(descriptor)
            return self._queues[key]

    def put(self, queue: WriteQueue, text: bytes) -> None:
        """Queue a text, and return at once."""
        with self._changed:
            self._number += 1
            wakes = self._asleep and not queue.is_pending
            queue.add(self._number, text)
            if wakes:
                self._wake()

    def redirect(self, queue: WriteQueue, descriptor: int) -> None:
        """Redirect a queue to another file."""
        with self._changed:
            queue.redirect(descriptor)
            self._wake()

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything is written; return False once nothing was written for the timeout."""
        with self._changed:
            while self._pending():
                before = self._written
                if not self._changed.wait_for(lambda: self._written != before or not self._pending(), timeout_s):  # noqa: B023
                    return False
        return True

    def _pending(self) -> list[WriteQueue]:
        return [queue for queue in self._queues.values() if queue.is_pending]

    def _wake(self) -> None:
        self._asleep = False
        os.eventfd_write(self._wake_fd, 1)

    # In the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                pending = self._pending()
            writable = self._writable(pending, 0) if pending else []
            if writable:
                self._write_oldest(writable)
            else:
                self._sleep(pending)

    def _sleep(self, pending: Sequence[WriteQueue]) -> None:
        """Wait until one of the queues is writable, or another one has something to write."""
        with self._changed:
            if any(queue not in pending for queue in self._pending()):
                return
            self._asleep = True
        self._writable(pending, None)
        with self._changed:
            self._asleep = False
        time.sleep(GATHER_S)

    def _writable(self, pending: Sequence[WriteQueue], timeout: int | None) -> list[WriteQueue]:
        """Return the queues that are writable; without a timeout, wait for one or for a wake-up."""
        poll = select.poll()
        if timeout is None:
            poll.register(self._wake_fd, select.POLLIN)
        for queue in pending:
            poll.register(queue.descriptor, select.POLLOUT)
        found = {descriptor for descriptor, _ in poll.poll(timeout)}
        if self._wake_fd in found:
            os.eventfd_read(self._wake_fd)
        return [queue for queue in pending if queue.descriptor in found]

    def _write_oldest(self, writable: Sequence[WriteQueue]) -> None:
        """Write a part of the oldest text."""
        with self._changed:
            queue = min(writable, key=lambda each: each.first)
            part = queue.part(min((other.first for other in writable if other is not queue), default=float("inf")))
        count, error = 0, None
        try:
            count = os.write(queue.descriptor, part)
        except BlockingIOError:
            time.sleep(RETRY_S)
        except OSError as raised:
            error = raised
        with self._changed:
            if error is None:
                queue.written(count)
            is_first = error is not None and queue.failed(error)
            self._written += count
            self._changed.notify_all()
        queue.limit_if_due()
        if error is not None and is_first:
            self._unwritable(queue, error)


class QueuedStream(io.RawIOBase):
    """A stream of bytes whose writes only queue; otherwise it behaves like the descriptor that it replaces."""

    def __init__(self, thread: WriterThread, queue: WriteQueue, descriptor: int, name: str) -> None:
        super().__init__()
        self.name = name
        self._thread = thread
        self._queue = queue
        self._descriptor = descriptor
        self._is_terminal = os.isatty(descriptor)

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor, for programs that write to the same file."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether the descriptor is that of a terminal."""
        return self._is_terminal

    def write(self, data: ReadableBuffer, /) -> int:
        """Queue the data."""
        text = bytes(data)
        self._thread.put(self._queue, text)
        return len(text)

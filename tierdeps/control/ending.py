"""Waiting for a process that is not our child to end, and signalling it."""

from __future__ import annotations

import os
import select
import signal
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps.journal import is_alive
from tierdeps.seconds import waits

if TYPE_CHECKING:
    from typing import Self

#: How often it is looked where the kernel does not tell of the end, in seconds.
PAUSE = 0.05


class Watched:
    """A process, told from a later one with the same number; ``stamp`` is the journal's. A context manager."""

    def __init__(self, pid: int, stamp: str) -> None:
        self.pid = pid
        self._stamp = stamp
        self._handle = -1

    def __enter__(self) -> Self:
        try:
            self._handle = os.pidfd_open(self.pid)
        except (OSError, AttributeError):  # gone, or a system without it
            return self
        if not self.alive:  # the number is another one's by now
            self._close()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return is_alive(self.pid, self._stamp)

    def ended(self, seconds: float) -> bool:
        """Wait for its end; tell whether it came in time."""
        if self._handle >= 0:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            return any(poll.poll(wait * 1000) for wait in waits(seconds))
        until = monotonic() + seconds
        while self.alive:
            if monotonic() >= until:
                return False
            sleep(PAUSE)
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, and to nobody else; nothing happens where it has ended."""
        try:
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, number)
            elif self.alive:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass

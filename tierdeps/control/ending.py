"""Waiting for a process that is not our child to end, and signalling it."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps.errors import RunError
from tierdeps.journal import is_alive
from tierdeps.seconds import waits

if TYPE_CHECKING:
    from typing import Self

#: What the command line of an instance has in it, as it is started by the command or by ``python -m``.
PROGRAM = b"tierdeps"
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
        """Send a signal to it, and to nobody else; nothing happens where it has ended.

        Raises RunError where nothing but its number says that it is the one, or where it is another user's.
        """
        if not self._stamp and self.alive:
            raise RunError(f"process {self.pid} is not signalled: nobody knows when it started, and it may be another")
        try:
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, number)
            elif self.alive:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError:
            raise RunError(f"process {self.pid} is another user's, and cannot be signalled; ask as that user") from None

    def is_instance(self, journal: Path) -> bool:
        """Return whether it is this user's, and a run of tierdeps: by its command, or for it has the journal open."""
        folder = Path("/proc", str(self.pid))
        with suppress(OSError):
            if folder.stat().st_uid != os.geteuid():
                return False
            if PROGRAM in (folder / "cmdline").read_bytes():
                return True
            return any(link.readlink() == journal for link in (folder / "fd").iterdir())
        return False

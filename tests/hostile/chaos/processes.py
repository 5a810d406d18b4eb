"""The processes of a round: from their own records, and from the kernel."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.hostile.chaos.worker import started

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Part of the environment of a guard.
GUARD = b"TIERDEPS_GUARD="


class Recorded(NamedTuple):
    """The record that a process made of itself."""

    driver: str
    pid: int
    began: int
    role: str
    run: str

    @property
    def alive(self) -> bool:
        """Whether it still runs, and not a later process with its id."""
        return started(self.pid) == self.began

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal if it still runs."""
        with suppress(OSError):
            handle = os.pidfd_open(self.pid)
            try:
                if self.alive:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)

    def __str__(self) -> str:
        return f"{self.driver}: {self.role} {self.pid}"


def recorded(folder: Path) -> Iterator[Recorded]:
    """Yield all processes that were ever started in a round."""
    for path in sorted((folder / "records").iterdir()):
        for line in path.read_text().splitlines():
            pid, began, role, run = line.split()
            yield Recorded(path.name, int(pid), int(began), role, run)


def environment(pid: int) -> list[bytes]:
    """Return the environment of a process; empty if it cannot be read."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return []


def words(pid: int) -> list[bytes]:
    """Return the command of a process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def running() -> list[int]:
    """Return the processes of this host that run."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and started(int(name))]  # noqa: PTH208


def marked(mark: str) -> list[int]:
    """Return the processes that have an entry in their environment."""
    entry = mark.encode()
    return [pid for pid in running() if entry in environment(pid)]


def starts(mark: str) -> list[int]:
    """Return those of them that are a ``tierdeps start``."""
    return [pid for pid in marked(mark) if {b"tierdeps", b"start"} <= set(words(pid))]


def guards(run: str = "") -> list[int]:
    """Return the guards of a run, or of all."""
    entry = GUARD + run.encode()
    return [pid for pid in running() if any(one == entry if run else one.startswith(entry) for one in environment(pid))]


def parent(pid: int) -> int:
    """Return the parent of a process; 0 if it does not run."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    return 0


def send(pid: int, number: int) -> None:
    """Send a signal if the process exists."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)

"""What processes cost, by ``/proc``: those of a supervisor, without what it supervises, and when these come and go."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.process_id import read_stat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PROC = Path("/proc")
#: The pause after a look, as a multiple of the time that it took: all sides share the machine with the looks.
PAUSE, SHORTEST_S = 3, 0.005


class Observed:
    """The processes whose last argument is a token."""

    def __init__(self, token: str) -> None:
        self._token = os.fsencode(f"\0{token}\0")
        self._found: set[int] = set()

    def pids(self) -> set[int]:
        """Return their ids; only processes are read that were not found before."""
        listed = all_pids()
        self._found &= listed
        self._found.update(pid for pid in listed - self._found if _read(pid, "cmdline").endswith(self._token))
        return set(self._found)

    def wait(self, count: int, latest: float, over: Callable[[], object]) -> float:
        """Wait until so many run; return the moment.

        It is infinity if ``over`` returns something before, or time is out.
        """
        while True:
            before = time.monotonic()
            if len(self.pids()) >= count:
                return before
            if before > latest or over() is not None:
                return float("inf")
            time.sleep(max(SHORTEST_S, PAUSE * (time.monotonic() - before)))


class Ends:
    """Waits for the end of processes, which it holds by pidfds, so that no later process is taken for one of them."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._open: set[int] = set()
        for pid in pids:
            with suppress(ProcessLookupError):
                self._open.add(os.pidfd_open(pid))

    def wait(self, latest: float) -> float:
        """Return the moment at which the last one has ended, or infinity if time is out."""
        poll = select.poll()
        for one in self._open:
            poll.register(one, select.POLLIN)
        while self._open:
            ended = poll.poll(max(0, latest - time.monotonic()) * 1000)
            if not ended:
                return float("inf")
            for one, _ in ended:
                poll.unregister(one)
                self._open.remove(one)
                os.close(one)
        return time.monotonic()

    def kill(self) -> None:
        """Kill those that still run."""
        for one in self._open:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(one, signal.SIGKILL)

    def close(self) -> None:
        """Close the pidfds."""
        for one in self._open:
            os.close(one)
        self._open.clear()


class Usage(NamedTuple):
    """What processes have used: seconds of a processor, and how often a processor was given to them."""

    seconds: float
    wakeups: int


def all_pids() -> set[int]:
    """Return the ids of all processes."""
    return {int(name) for name in os.listdir(PROC) if name.isdigit()}  # noqa: PTH208  thousands of names


def descendants(pid: int) -> set[int]:
    """Return the ids of a process and of all that descend from it."""
    children: dict[int, list[int]] = {}
    for other in all_pids():
        if (stat := read_stat(other)) is not None:
            children.setdefault(stat.parent, []).append(other)
    found, stack = {pid}, [pid]
    while stack:
        below = children.get(stack.pop(), [])
        found.update(below)
        stack += below
    return found


def marked(entry: str) -> set[int]:
    """Return the ids of the processes that were started with an entry in their environment."""
    text = os.fsencode(entry)
    return {pid for pid in all_pids() if text in _read(pid, "environ").split(b"\0")}


def usage(pids: Iterable[int]) -> Usage:
    """Return what processes have used until now, all their threads."""
    nanoseconds = wakeups = 0
    for pid in pids:
        with suppress(OSError):
            for task in (PROC / str(pid) / "task").iterdir():
                run, _, times = map(int, (task / "schedstat").read_text().split())
                nanoseconds += run
                wakeups += times
    return Usage(nanoseconds / 1e9, wakeups)


def memory(pids: Iterable[int]) -> int:
    """Return the memory of processes in bytes; of a page that several have, each has its share (PSS)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _read(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:  # noqa: PTH123  thousands of times
            return file.read()
    except OSError:
        return b""

"""The deadlines of the processes that are ending, watched together.

A deadline may move while a process ends, since a stop that is expedited has less time, so it is read again and again.
One timer reads those of all processes of an event loop: a timer for each process would cost more than the rest of its
stop.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tierdeps.processes.kill_delay import kill_delay

if TYPE_CHECKING:
    from collections.abc import Callable

#: How often deadlines are read, in seconds; and how many are read in a second at most.
CHECK_INTERVAL_S, CHECKS_PER_S = 0.1, 5000


class EndDeadlines:
    """The deadlines of one event loop; each belongs to a future that another one sets at the exit of a process."""

    def __init__(self) -> None:
        #: By future, how much time the stop has left, and when its process is killed at the latest.
        self._watched: dict[asyncio.Future[int | None], tuple[Callable[[], float], float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def exits_in_time(self, exited: asyncio.Future[int | None], remaining: Callable[[], float]) -> bool:
        """Wait for an exit until time gets short; return whether it came."""
        if exited.done():
            return True
        now = exited.get_loop().time()
        latest = now + kill_delay(remaining())
        self._watched[exited] = remaining, latest
        self._read_by(min(latest, now + check_interval(len(self._watched))))
        try:
            return await exited is not None
        finally:
            self._watched.pop(exited, None)
            if not self._watched and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _read_by(self, moment: float) -> None:
        """Read all deadlines at that moment, or before."""
        if self._timer is None or moment < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(moment, self._read)

    def _read(self) -> None:
        """Read all deadlines, and end the wait for processes whose time got short."""
        self._timer, now, first = None, asyncio.get_running_loop().time(), math.inf
        for exited, (remaining, before) in tuple(self._watched.items()):
            latest = min(before, now + kill_delay(remaining()))
            self._watched[exited] = remaining, latest
            if now < latest:
                first = min(first, latest)
            elif not exited.done():
                exited.set_result(None)
        if first < math.inf:
            self._read_by(min(first, now + check_interval(len(self._watched))))


def check_interval(ending: int) -> float:
    """Return the time between two readings of the deadlines, while so many processes are ending."""
    return max(CHECK_INTERVAL_S, ending / CHECKS_PER_S)


def end_deadlines() -> EndDeadlines:
    """Return the deadlines of the event loop that runs."""
    loop = asyncio.get_running_loop()
    if loop not in _OF_LOOPS:
        _OF_LOOPS[loop] = EndDeadlines()
    return _OF_LOOPS[loop]


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, EndDeadlines] = WeakKeyDictionary()

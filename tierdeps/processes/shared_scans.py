"""Scans that all who look for processes at a time share.

A scan reads three files of each process, so its cost grows with the host. A stop of a thousand drivers looks for
leftovers a thousand times: with a scan for each one, the cost of the stop would grow with the square of their number.
"""

from __future__ import annotations

import asyncio
import time
from weakref import WeakKeyDictionary

from tierdeps.processes.scan import Scan
from tierdeps.threads import Threads

#: A scan that is not older is good enough for what is to be killed at once, in seconds.
RECENT_S = 0.05


class SharedScans:
    """The scans of one event loop, made in a thread one after another, each for all that asked before it started."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._threads = Threads(loop)
        self._last: Scan | None = None
        self._is_running = False
        #: What those wait for that asked before the scan that runs had started, and after that.
        self._current: list[asyncio.Future[Scan]] = []
        self._next: list[asyncio.Future[Scan]] = []

    async def next(self) -> Scan:
        """Return a scan that starts after this call."""
        if not (self._next or self._is_running):
            self._loop.call_soon(self._start)
        future: asyncio.Future[Scan] = self._loop.create_future()
        self._next.append(future)
        return await future

    def recent(self) -> Scan:
        """Return a scan that started a moment ago at most, for a caller that cannot wait."""
        if self._last is None or time.monotonic() - self._last.started_at > RECENT_S:
            return self._kept(Scan())
        return self._last

    def _kept(self, scan: Scan) -> Scan:
        """Keep a scan for as long as it is recent, and return it: on a large host it takes megabytes."""
        self._last = scan
        self._loop.call_later(RECENT_S, self._forget, scan)
        return scan

    def _forget(self, scan: Scan) -> None:
        if self._last is scan:
            self._last = None

    def _start(self) -> None:
        self._is_running, self._current, self._next = True, self._next, []
        self._threads.submit(_scan, None, self._end)

    def _end(self, scan: Scan, error: BaseException | None) -> None:
        waiting, self._current, self._is_running = self._current, [], False
        if error is None:
            self._kept(scan)
        for future in waiting:
            if future.done():  # its caller was cancelled
                continue
            if error is None:
                future.set_result(scan)
            else:
                future.set_exception(error)
        if not self._next:
            self._threads.close()
        else:  # a pause as long as the scan took: the loop is to have half of the time
            self._loop.call_later(0.0 if error is not None else scan.seconds, self._start)


def shared_scans() -> SharedScans:
    """Return the scans of the event loop that runs."""
    loop = asyncio.get_running_loop()
    if loop not in _OF_LOOPS:
        _OF_LOOPS[loop] = SharedScans(loop)
    return _OF_LOOPS[loop]


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, SharedScans] = WeakKeyDictionary()


def _scan(_: object) -> Scan:
    return Scan()

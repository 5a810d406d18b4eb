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
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._owners: dict[int, OnError] = {}

    def add(self, descriptor: int, callback: Callable[[], object], on_error: OnError | None = None) -> None:
        """Watch one more, on the running loop; ``on_error`` is called with an exception that ``callback`` raises.

        That descriptor is then watched no more, or else it would be called again at once, for ever.
        """
        if not self._callbacks:
            self._loop = asyncio.get_running_loop()
            self._poll = select.epoll()
            self._loop.add_reader(self._poll.fileno(), self._on_readable)
        try:
            self._poll.register(descriptor, select.EPOLLIN)
        except OSError:
            self._close_if_idle()
            raise
        self._callbacks[descriptor] = callback
        if on_error is not None:
            self._owners[descriptor] = on_error

    def remove(self, descriptor: int) -> None:
        """Watch it no more; it is still open."""
        del self._callbacks[descriptor]
        self._owners.pop(descriptor, None)
        self._poll.unregister(descriptor)
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        if not self._callbacks:
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()

    def _on_readable(self) -> None:
        due = [(descriptor, self._callbacks[descriptor]) for descriptor, _ in self._poll.poll(0)]
        for descriptor, callback in due:
            if self._callbacks.get(descriptor) is callback:  # none before it has had it removed
                self._run(descriptor, callback)

    def _run(self, descriptor: int, callback: Callable[[], object]) -> None:
        """Call back; what nobody owns is for the handler of the loop, and keeps none of the others from their turn."""
        on_error = self._owners.get(descriptor)
        try:
            callback()
        except Exception as error:  # noqa: BLE001  told, not swallowed
            if self._callbacks.get(descriptor) is callback:
                self.remove(descriptor)
            if on_error is not None:
                on_error(error)
            else:
                self._loop.call_exception_handler({"message": "a callback of a descriptor raised", "exception": error})

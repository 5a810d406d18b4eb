"""Watch many file descriptors with one epoll instance: cheaper than a reader of the event loop for each."""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    OnError = Callable[[BaseException], object]


class FdPoller:
    """Calls back on the loop while a descriptor is readable; the loop itself watches only the epoll descriptor.

    That is open only while there are descriptors to watch, so there is nothing to close.
    """

    def __init__(self) -> None:
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._owners: dict[int, OnError] = {}

    def add(self, descriptor: int, callback: Callable[[], object], on_error: OnError | None = None) -> None:
        """Watch a descriptor on the running loop; ``on_error`` is called with an exception that ``callback`` raises.

        The descriptor is then removed: it is still readable, so the callback would fail again at once, for ever.
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
        """Stop watching a descriptor, without closing it."""
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
            if self._callbacks.get(descriptor) is callback:  # no earlier callback removed it
                self._run(descriptor, callback)

    def _run(self, descriptor: int, callback: Callable[[], object]) -> None:
        """Run a callback; without ``on_error`` its exception goes to the loop's handler. Others run in any case."""
        on_error = self._owners.get(descriptor)
        try:
            callback()
        except Exception as error:  # noqa: BLE001  passed on, not swallowed
            if self._callbacks.get(descriptor) is callback:
                self.remove(descriptor)
            if on_error is not None:
                on_error(error)
            else:
                self._loop.call_exception_handler({"message": "a callback of a descriptor raised", "exception": error})

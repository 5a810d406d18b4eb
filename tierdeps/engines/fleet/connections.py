"""The connections of a run, in a thread of their own."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from tierdeps.engines.fleet.loop_thread import LoopThread
from tierdeps.engines.fleet.mailbox import Outbox

if TYPE_CHECKING:
    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.client import Listener
    from tierdeps.engines.fleet.messages import Hello

#: How long the end of all connections may take, and then that of a scheduler and workers of this run alone.
LEAVE_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 25.0


class Connections(Protocol):
    """The connections of one run to the workers of its hosts; what they report goes to a ``Listener``."""

    def open(self, host: str, hello: Hello) -> None:
        """Connect to a host, again if it was lost."""
        ...

    def post(self, host: str, body: bytes) -> None:
        """Send a message to a host."""
        ...

    def close(self, bye: bytes) -> None:
        """End all connections, with a last message."""
        ...


class ThreadConnections:
    """Keeps the connections in a thread, so that no driver that blocks the executor's loop breaks them."""

    def __init__(self, scheduler: str | None, tls: TlsFiles | None, listener: Listener) -> None:
        from tierdeps.engines.fleet.fleet import Fleet

        self._thread = LoopThread()
        self._fleet = Fleet(scheduler, tls)
        self._links = self._fleet.links(listener)
        self._outbox = Outbox(self._thread.call, self._links.post)

    def open(self, host: str, hello: Hello) -> None:
        """Connect to a host, again if it was lost."""
        self._thread.call(self._links.open, host, hello)

    def post(self, host: str, body: bytes) -> None:
        """Send a message to a host."""
        self._outbox.post(host, body)

    def close(self, bye: bytes) -> None:
        """Close them. What was started for this run alone ends in the background, or with this process."""
        with suppress(TimeoutError):
            self._thread.submit(self._links.leave(bye)).result(LEAVE_TIMEOUT_S)
        closing = Thread(target=self._close, name="tierdeps-fleet-close")
        closing.start()

    def _close(self) -> None:
        with suppress(TimeoutError):
            self._thread.submit(self._fleet.close()).result(CLOSE_TIMEOUT_S)
        self._thread.close()

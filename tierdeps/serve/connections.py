"""The connections of the server: each serves one request, and no client can hold one for long or fill the memory.

Every user of this machine can connect, and the token is known only after the request has been read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    import asyncio


class Limits(Value):
    """What clients may use.

    ``request_s`` is how long a request may take to arrive, ``reader_s`` how long a client may read nothing of a reply
    that waits for it. ``max_connections`` may be open; one more closes the oldest on which no request has arrived, or
    else is refused. ``max_head_bytes`` and ``max_body_bytes`` are the sizes of a request, ``max_streams`` how many
    streams of events there are at a time.
    """

    request_s: float = 5.0
    reader_s: float = 10.0
    max_connections: int = 128
    max_head_bytes: int = 16 << 10
    max_body_bytes: int = 16 << 10
    max_streams: int = 16


class Connection(H11Protocol):
    """One connection of uvicorn's server, with limits of time and number."""

    limits: ClassVar[Limits]

    def __init__(self, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        self._timer: asyncio.TimerHandle | None = None
        self.opened_at: float = self.loop.time()

    @property
    def waits_for_request(self) -> bool:
        """Whether the request has not arrived yet, or not all of it."""
        return self.cycle is None or self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Limit how long the request may take, and how many connections there are."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.limits.request_s, self._end_unless_requested)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._limit(None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Limit how long the client may read nothing."""
        super().pause_writing()
        self._limit(self.loop.call_later(self.limits.reader_s, self.transport.abort))

    def resume_writing(self) -> None:
        """Lift that limit."""
        super().resume_writing()
        self._limit(None)

    def on_response_complete(self) -> None:
        """Limit how long the client may take to read the end of the reply."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._limit(self.loop.call_later(self.limits.reader_s, self.transport.abort))

    def shutdown(self) -> None:
        """End the connection: a stream of events would never end by itself."""
        self.transport.abort()

    def _make_room(self) -> None:
        """End the oldest connection on which no request has arrived, or else this one, if there are too many."""
        others = [one for one in self.connections if isinstance(one, Connection) and one is not self]
        others = [one for one in others if not one.transport.is_closing()]
        if len(others) >= self.limits.max_connections:
            idle = [one for one in others if one.waits_for_request]
            oldest = min(idle, key=lambda one: one.opened_at) if idle else self
            oldest.transport.abort()

    def _end_unless_requested(self) -> None:
        if self.waits_for_request:
            self.transport.abort()

    def _limit(self, timer: asyncio.TimerHandle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer


def connections(limits: Limits) -> type[Connection]:
    """Return the class of connections with these limits; uvicorn makes them."""
    return type("LimitedConnection", (Connection,), {"limits": limits})

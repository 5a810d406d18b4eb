"""A network on the virtual clock: connections between a run and hosts, with delays, cuts and resets."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: How long an attempt to connect to a process that has ended goes on: the caller gives up earlier.
LONG_S = 1000.0


class Network:
    """Connections to hosts; ``delay`` draws how long a message takes, ``is_doubled`` whether it arrives twice.

    As over TCP, the messages of one connection arrive in order. Nothing is lost while a host is cut off: it arrives
    afterwards, unless a side has given up the connection. Messages of different connections overtake each other.
    """

    def __init__(self, delay: Callable[[], float], is_doubled: Callable[[], bool]) -> None:
        self.delay: Callable[[], float] = delay
        self.is_doubled: Callable[[], bool] = is_doubled
        self._cut: dict[tuple[str, bool], asyncio.Event] = {}
        self._pipes: dict[str, list[_Pipe]] = {}
        self._ends: dict[str, list[End]] = {}

    def cut(self, host: str, *, inbound: bool = True, outbound: bool = True) -> None:
        """Let nothing arrive at a host, or from it."""
        for is_inbound in (True,) * inbound + (False,) * outbound:
            self._cut.setdefault((host, is_inbound), asyncio.Event())

    def heal(self, host: str) -> None:
        """Let everything pass again."""
        for is_inbound in (True, False):
            event = self._cut.pop((host, is_inbound), None)
            if event is not None:
                event.set()
        for pipe in self._pipes.get(host, ()):
            pipe.flush()

    def reset(self, host: str) -> None:
        """Break all connections of a host, which both sides notice as soon as possible."""
        for end in self._ends.pop(host, ()):
            end.abort()

    def is_cut(self, host: str, *, inbound: bool) -> bool:
        """Return whether nothing arrives in a direction."""
        return (host, inbound) in self._cut

    async def reach(self, host: str) -> None:
        """Wait for a message to a host and its answer."""
        for is_inbound in (True, False):
            await asyncio.sleep(self.delay())
            while event := self._cut.get((host, is_inbound)):
                await event.wait()

    def connection(self, host: str) -> tuple[End, End]:
        """Return the two ends of a new connection to a host: this one and that of the host."""
        to, back = _Pipe(self, host, inbound=True), _Pipe(self, host, inbound=False)
        here, there = End(to, back), End(back, to)
        self._pipes.setdefault(host, []).extend((to, back))
        self._ends.setdefault(host, []).extend((here, there))
        return here, there


class _Pipe:
    """One direction of a connection."""

    def __init__(self, network: Network, host: str, *, inbound: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self.network = network
        self._host = host
        self._inbound = inbound
        self._in_flight: deque[Any] = deque()
        self._held = 0
        self._last_at = 0.0
        self.arrived: deque[Any] = deque()
        self.reader: asyncio.Future[None] | None = None

    def send(self, message: Any) -> None:
        """Let a message arrive after a while, behind those that were sent before; None is the end."""
        self._last_at = max(self._loop.time() + self.network.delay(), self._last_at)
        self._in_flight.append(message)
        self._loop.call_at(self._last_at, self._arrive)

    def flush(self) -> None:
        """Let what was held arrive."""
        held, self._held = self._held, 0
        for _ in range(held):
            self._loop.call_later(self.network.delay(), self._arrive)

    def wake(self) -> None:
        """Let the reader look again."""
        if self.reader is not None and not self.reader.done():
            self.reader.set_result(None)

    def _arrive(self) -> None:
        if self.network.is_cut(self._host, inbound=self._inbound):
            self._held += 1
            return
        self.arrived.append(self._in_flight.popleft())
        self.wake()


class End:
    """One end of a connection, with the methods of Dask's connections that are used."""

    def __init__(self, outgoing: _Pipe, incoming: _Pipe) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self._is_closed = False

    async def write(self, message: Any) -> None:
        """Send a message. Raises OSError if the connection is broken."""
        if self._is_closed:
            raise ConnectionResetError("the connection is closed")
        self._outgoing.send(message)
        if isinstance(message, tuple) and self._outgoing.network.is_doubled():
            self._outgoing.send(message)

    async def read(self) -> Any:
        """Return the next message. Raises OSError if there is none any more."""
        pipe = self._incoming
        while not self._is_closed and not pipe.arrived:
            pipe.reader = asyncio.get_running_loop().create_future()
            await pipe.reader
        message = None if self._is_closed else pipe.arrived.popleft()
        if message is None:
            self._is_closed = True
            raise ConnectionResetError("the connection is closed")
        return message

    def abort(self) -> None:
        """Close it at once."""
        if not self._is_closed:
            self._is_closed = True
            self._outgoing.send(None)
            self._incoming.wake()

"""The server of the control socket, on the event loop of the run; no client can delay the run."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from tierdeps._util.frozen import Value
from tierdeps.control.messages import (
    MAX_REQUEST_BYTES,
    PROTOCOL_VERSION,
    Ack,
    Exit,
    FastStop,
    Notice,
    Output,
    Stop,
    decode_request,
    encode,
)
from tierdeps.control.sockets import listen, open_folder, peer_of, remove, remove_stale
from tierdeps.errors import RunError, TierdepsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tierdeps.control.messages import Reply, Request

    #: Serves one request: writes to the connection, and returns the exit code.
    Handler = Callable[[Request, "Connection"], Awaitable[int]]


class Limits(Value):
    """What the clients of one server may use.

    ``io_timeout_s`` limits how long a request may take to arrive, and its replies to be read once they are complete.
    ``max_requests`` are served at a time, stops not counted: those are never refused, but beyond ``max_requests`` of
    them only the Ack and the Exit are sent. ``max_idle`` connections may be open on which no request has arrived; one
    more closes the oldest. ``max_buffered_bytes`` of replies are kept for a slow reader: further lines are omitted and
    counted.
    """

    io_timeout_s: float = 5.0
    max_requests: int = 32
    max_idle: int = 64
    max_buffered_bytes: int = 8 << 20


DEFAULT_LIMITS = Limits()
#: asyncio accepts so many connections in one turn of the loop. It must stay far below ``Limits.max_idle``: a request
#: that arrived with its connection is then read before enough others come to close that connection as the oldest idle.
BACKLOG = 16
#: How long ``Server.close`` waits for the requests of connections that are already open.
LAST_REQUEST_S = 0.1


class ReplySink(Protocol):
    """Where a request's replies go; ``wants_events`` says whether each event of the run is wanted too."""

    wants_events: bool

    def write(self, text: str) -> None:
        """Write a line of the answer."""
        ...

    def info(self, text: str) -> None:
        """Write a line about the progress."""
        ...

    def error(self, text: str) -> None:
        """Write a line about an error."""
        ...


class Connection:
    """The reply side of one client's connection; what a client that has gone does not read is dropped."""

    wants_events = True

    def __init__(
        self, writer: asyncio.StreamWriter, max_buffered_bytes: int = DEFAULT_LIMITS.max_buffered_bytes
    ) -> None:
        self._writer = writer
        self._max_buffered_bytes = max_buffered_bytes
        self._omitted = 0

    def write(self, text: str) -> None:
        """Send a line of the answer."""
        self._send(Output(text))

    def info(self, text: str) -> None:
        """Send a line about the progress."""
        self._send(Notice(text))

    def error(self, text: str) -> None:
        """Send a line about an error."""
        self._send(Notice(text, error=True))

    def buffer_nothing(self) -> None:
        """From now on omit each line that cannot be sent at once."""
        self._max_buffered_bytes = 0

    def acknowledge(self) -> None:
        """Send that the request was accepted."""
        self._send(Ack(os.getpid(), PROTOCOL_VERSION))

    def exit(self, code: int) -> None:
        """Send the exit code, the last message."""
        if self._omitted:
            text = f"note: {self._omitted} lines were omitted because they were not read fast enough"
            self._send(Notice(text), always=True)
        self._send(Exit(code), always=True)

    def _send(self, message: Reply, *, always: bool = False) -> None:
        if self._writer.is_closing():
            return
        if not always and self._writer.transport.get_write_buffer_size() > self._max_buffered_bytes:
            self._omitted += 1
            return
        self._writer.write(encode(message))


class Server:
    """The control socket between ``open`` and ``close``."""

    def __init__(self, path: Path, handler: Handler, limits: Limits = DEFAULT_LIMITS) -> None:
        self._path = path
        self._limits = limits
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        #: The connections on which no request has arrived so far, the oldest first.
        self._idle: dict[asyncio.StreamWriter, None] = {}
        self._requests = self._stops = 0

    async def open(self) -> None:
        """Listen. Raises OSError if no socket can be made."""
        with open_folder(self._path.parent) as folder:
            remove_stale(folder)
            listening = listen(folder, self._path.name)
        self._server = await asyncio.start_unix_server(
            self._accept, sock=listening, limit=MAX_REQUEST_BYTES, backlog=BACKLOG
        )

    async def close(self) -> None:
        """Stop listening, serve the requests that have arrived, and close; idle connections are not waited for."""
        if self._server is None:
            return
        self._server.close()
        # Before anything is awaited: a client that connects from here on must find no socket, and not wait for replies.
        with suppress(OSError), open_folder(self._path.parent) as folder:
            remove(folder, self._path.name)
        await asyncio.sleep(0)  # the tasks of connections that were just accepted start
        if self._idle:
            await asyncio.sleep(min(LAST_REQUEST_S, self._limits.io_timeout_s))
        for writer in self._idle:
            writer.transport.abort()
        if self._tasks:
            _, slow = await asyncio.wait(self._tasks, timeout=self._limits.io_timeout_s)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._idle[writer] = None
        if len(self._idle) > self._limits.max_idle:
            # Close the oldest one, not the new one: connections that are held open must not keep out a stop.
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.transport.abort()
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            message = "a request could not be served"
            task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve_request(reader, writer)
        finally:
            self._idle.pop(writer, None)
            # abort, not close: close would keep the transport until a client that does not read has read everything.
            writer.transport.abort()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(writer, self._limits.max_buffered_bytes)
        try:
            request = await self._read(reader, writer)
            code = None if request is None else await self._admit(request, connection)
        except TierdepsError as error:
            connection.error(f"error: {error}")
            code = error.exit_code
        if code is None:
            return
        connection.exit(code)
        writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), self._limits.io_timeout_s)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
        """Return the request; None if the client closes the connection without one. Raises TierdepsError."""
        peer = peer_of(writer.get_extra_info("socket"))
        if peer is not None and not peer.is_allowed:
            raise RunError(f"only the user who started this instance may control it, not the user with ID {peer.uid}")
        request = await read_request(reader, self._limits.io_timeout_s)
        self._idle.pop(writer, None)
        return request

    async def _admit(self, request: Request, connection: Connection) -> int:
        """Serve a request within the limits; return its exit code. A stop is never refused: it has its own count."""
        if isinstance(request, Stop | FastStop):
            self._stops += 1
            # Further stops cost no memory instead of being refused: a stop must work whatever others do.
            if self._stops > self._limits.max_requests:
                connection.buffer_nothing()
            try:
                return await self._handle(request, connection)
            finally:
                self._stops -= 1
        if self._requests >= self._limits.max_requests:
            raise RunError(f"{self._limits.max_requests} other requests are being served; try again")
        self._requests += 1
        try:
            return await self._handle(request, connection)
        finally:
            self._requests -= 1

    async def _handle(self, request: Request, connection: Connection) -> int:
        connection.acknowledge()
        return await self._handler(request, connection)


class UnreadableRequestError(TierdepsError):
    """A client sent no valid request."""


async def read_request(reader: asyncio.StreamReader, timeout_s: float) -> Request | None:
    """Read one request; None at the end of an empty connection. Raises UnreadableRequestError."""
    try:
        line = await asyncio.wait_for(reader.readline(), timeout_s)
    except TimeoutError:
        raise UnreadableRequestError(f"no request within {timeout_s:g} s") from None
    except ValueError:
        raise UnreadableRequestError(f"expected a request of at most {MAX_REQUEST_BYTES} bytes") from None
    except OSError:
        return None
    try:
        return decode_request(line) if line else None
    except ValueError as error:
        raise UnreadableRequestError(str(error)) from None

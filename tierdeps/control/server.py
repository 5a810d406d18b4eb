"""The socket of a running instance, served on its event loop; nobody who asks can hold the run up."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.control.messages import LONGEST, Heard, Hurry, Over, Said, Stop, Talked, line_of, request_of
from tierdeps.control.peer import peer_of
from tierdeps.control.place import listen, open_folder, remove, sweep
from tierdeps.errors import RunError, TierdepsError
from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tierdeps.control.messages import Reply, Request

    Answer = Callable[[Request, "Asker"], Awaitable[int]]


class Limits(Value):
    """What those who ask are granted.

    ``patience`` is how long a request may take to come, and an answer to be taken away once it is complete, in seconds;
    ``most`` may ask at a time, stops not counted: those are never refused, and more than ``most`` of them are only told
    how it ends. ``silent`` connections may be open on which no request has come; one more closes the oldest of them.
    ``kept`` is how much of an answer is kept for who reads slowly, in bytes: lines beyond are left out, and counted.
    """

    patience: float = 5.0
    most: int = 32
    silent: int = 64
    kept: int = 8 << 20


#: What everybody is granted.
LIMITS = Limits()
#: So many connections are accepted in one turn of the loop: a request that came with its connection is read before so
#: many others have come that it would be closed as the oldest silent one.
BACKLOG = 16
#: How long a request may still take to come once nobody listens any more, in seconds.
LAST_REQUEST_S = 0.1


class Asker:
    """Who asked: is told lines, as long as it listens."""

    #: Whether it is told each event of what it asked for.
    follows = True

    def __init__(self, writer: asyncio.StreamWriter, kept: int = LIMITS.kept) -> None:
        self._writer = writer
        self._kept = kept
        self._left_out = 0

    def say(self, text: str) -> None:
        """Tell a line of the answer."""
        self._write(Said(text))

    def talk(self, text: str) -> None:
        """Tell a line on the side."""
        self._write(Talked(text))

    def complain(self, text: str) -> None:
        """Tell a line about what went wrong."""
        self._write(Talked(text, error=True))

    def keep_nothing(self) -> None:
        """Tell only what can be sent at once, and how it ends."""
        self._kept = 0

    def heard(self) -> None:
        """Tell that the request was understood."""
        self._write(Heard(os.getpid()))

    def over(self, code: int) -> None:
        """Tell the exit code; nothing comes after it."""
        if self._left_out:
            text = f"note: {self._left_out} lines were left out, for they were not read fast enough"
            self._write(Talked(text), always=True)
        self._write(Over(code), always=True)

    def _write(self, message: Reply, *, always: bool = False) -> None:
        if self._writer.is_closing():
            return
        if not always and self._writer.transport.get_write_buffer_size() > self._kept:
            self._left_out += 1
            return
        self._writer.write(line_of(message))


class Server:
    """The socket, from ``open`` to ``close``; ``answer`` returns the exit code of what was asked for."""

    def __init__(self, path: Path, answer: Answer, limits: Limits = LIMITS) -> None:
        self._path = path
        self._limits = limits
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        #: The connections on which no request has come so far, the oldest first.
        self._silent: dict[asyncio.StreamWriter, None] = {}
        self._asking = self._stopping = 0

    async def open(self) -> None:
        """Listen; raises OSError where there is no place for a socket."""
        with open_folder(self._path.parent) as folder:
            sweep(folder)
            listening = listen(folder, self._path.name)
        self._server = await asyncio.start_unix_server(self._let_in, sock=listening, limit=LONGEST, backlog=BACKLOG)

    async def close(self) -> None:
        """Listen no more; what was asked is answered, and taken away or not, and who asks nothing is not waited for."""
        if self._server is None:
            return
        self._server.close()
        with suppress(OSError), open_folder(self._path.parent) as folder:
            remove(folder, self._path.name)
        await asyncio.sleep(0)  # who was let in just now begins to be served
        if self._silent:
            await asyncio.sleep(min(LAST_REQUEST_S, self._limits.patience))
        for writer in self._silent:
            writer.transport.abort()
        if self._tasks:
            _, slow = await asyncio.wait(self._tasks, timeout=self._limits.patience)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._silent[writer] = None
        if len(self._silent) > self._limits.silent:
            oldest = next(iter(self._silent))
            del self._silent[oldest]
            oldest.transport.abort()
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            message = "a request could not be served"
            task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        finally:
            self._silent.pop(writer, None)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asker = Asker(writer, self._limits.kept)
        try:
            request = await self._read(reader, writer)
            code = None if request is None else await self._reply(request, asker)
        except TierdepsError as error:
            asker.complain(f"error: {error}")
            code = error.exit_code
        if code is None:
            return
        asker.over(code)
        writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), self._limits.patience)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
        """Return the request, None from who goes without one. Raises TierdepsError."""
        peer = peer_of(writer.get_extra_info("socket"))
        if peer is not None and not peer.may_ask:
            raise RunError(f"only the user who started this instance may ask it, not the one with the id {peer.uid}")
        request = await _request(reader, self._limits.patience)
        self._silent.pop(writer, None)
        return request

    async def _reply(self, request: Request, asker: Asker) -> int:
        """Return the exit code of what was asked for; a stop has a lane of its own, and is never refused."""
        if isinstance(request, Stop | Hurry):
            self._stopping += 1
            if self._stopping > self._limits.most:
                asker.keep_nothing()
            try:
                return await self._told(request, asker)
            finally:
                self._stopping -= 1
        if self._asking >= self._limits.most:
            raise RunError(f"{self._limits.most} others are asking this instance at the moment; try again")
        self._asking += 1
        try:
            return await self._told(request, asker)
        finally:
            self._asking -= 1

    async def _told(self, request: Request, asker: Asker) -> int:
        asker.heard()
        return await self._answer(request, asker)


class UnreadableRequestError(TierdepsError):
    """What was said over the socket is no request."""


async def _request(reader: asyncio.StreamReader, patience: float) -> Request | None:
    """Read one request; None from who says nothing and goes. Raises UnreadableRequestError."""
    try:
        line = await asyncio.wait_for(reader.readline(), patience)
    except TimeoutError:
        raise UnreadableRequestError(f"no request came within {patience:g} s") from None
    except ValueError:
        raise UnreadableRequestError(f"expected a request of no more than {LONGEST} bytes") from None
    except OSError:
        return None
    try:
        return request_of(line) if line else None
    except ValueError as error:
        raise UnreadableRequestError(str(error)) from None

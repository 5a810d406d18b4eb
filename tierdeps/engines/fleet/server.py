"""The connections of a worker, in their own thread: one for each run, which may break and be made again."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from distributed import Status
from distributed.core import Server
from msgspec import Struct

from tierdeps._util.frozen import field
from tierdeps.engines.fleet.mailbox import Mailbox, converse
from tierdeps.engines.fleet.messages import Hello, Refused, Welcome, encode, hello_decoder, to_worker

if TYPE_CHECKING:
    from tierdeps.engines.fleet.holder import Holder
    from tierdeps.engines.fleet.loop_thread import LoopThread

#: How many messages without content are sent in the time of a lease.
PULSES = 4


class _Link(Struct):
    """The connection of one run, or its place while there is none."""

    hello: Hello
    welcome: Welcome | Refused | None = None
    mailbox: Mailbox = field(default_factory=Mailbox)
    comm: Any = None
    heard: float = field(default_factory=monotonic)
    is_over: bool = False


class DriverServer:
    """Accepts the connections of runs. It lives in a thread; the holder, on the loop of the drivers."""

    def __init__(self, holder: Holder, lease: float, thread: LoopThread) -> None:
        self._holder = holder
        self._lease = lease
        self._thread = thread
        self._drivers_loop = asyncio.get_running_loop()
        self._links: dict[str, _Link] = {}
        holder.ended = lambda session: thread.call(self._end, session)

    async def listen(self, address: str, security: Any) -> str:
        """Listen; return the address that others connect to."""
        self._server = Server({"drive": self._drive}, deserialize=False)
        await self._server
        await self._server.listen(address, **security.get_listen_args("worker"))
        self._watching = asyncio.ensure_future(self._watch())
        return str(self._server.address)

    async def close(self) -> None:
        """Listen no more."""
        self._watching.cancel()
        await self._server.close()

    async def _drive(self, comm: Any, hello: bytes) -> Any:
        """Serve one connection to its end."""
        link = await self._link(hello_decoder.decode(hello), comm)
        if link is not None and link.welcome is not None:
            await comm.write(encode(link.welcome))
            try:
                await converse(comm, link.mailbox, lambda body: self._take(link, body), self._lease / PULSES)
            finally:
                if link.comm is comm:
                    link.comm = None
        return Status.dont_reply

    async def _link(self, hello: Hello, comm: Any) -> _Link | None:
        """Return the place of a connection; None if it is refused."""
        link = self._links.get(hello.session)
        if link is not None:
            if link.comm is not None:
                link.comm.abort()
            link.comm, link.heard = comm, monotonic()
            return link
        if hello.resumes:
            await comm.write(encode(Refused("its lease has ended")))
            return None
        if any(other.hello.instance == hello.instance and self._is_live(other) for other in self._links.values()):
            await comm.write(encode(Refused("another start of the same graph is connected; stop that one first")))
            return None
        link = self._links[hello.session] = _Link(hello, comm=comm)
        opening = asyncio.run_coroutine_threadsafe(self._holder.open(hello, self._sender(link)), self._drivers_loop)
        link.welcome = await asyncio.wrap_future(opening)
        return link

    def _is_live(self, link: _Link) -> bool:
        return not link.is_over and link.comm is not None and monotonic() - link.heard < self._lease / 2

    def _sender(self, link: _Link) -> Any:
        return lambda body: self._thread.call(link.mailbox.post, body)

    def _take(self, link: _Link, body: bytes) -> None:
        link.heard = monotonic()
        if body:
            message = to_worker.decode(body)
            self._drivers_loop.call_soon_threadsafe(self._holder.take, link.hello.session, message)

    def _end(self, session: str) -> None:
        if session in self._links:
            self._links[session].is_over = True

    async def _watch(self) -> None:
        """Give up the runs of which nothing was heard for longer than the lease."""
        while True:
            await asyncio.sleep(self._lease / PULSES)
            now = monotonic()
            for session, link in list(self._links.items()):
                if now - link.heard > self._lease:
                    del self._links[session]
                    if link.comm is not None:
                        link.comm.abort()
                    if not link.is_over:
                        self._drivers_loop.call_soon_threadsafe(self._holder.expire, session)

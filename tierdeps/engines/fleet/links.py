"""The connections of a worker: one for each run, which may break and be made again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tierdeps._util.frozen import field
from tierdeps.engines.fleet.mailbox import PULSES, Mailbox, Outbox, converse
from tierdeps.engines.fleet.messages import Hello, Refused, Welcome, encode, hello_decoder, to_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.engines.fleet.holder import Holder


class _Link(Struct):
    """The connection of one run, or its place while there is none."""

    hello: Hello
    welcome: Welcome | Refused | None = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    mailbox: Mailbox = field(default_factory=Mailbox)
    comm: Any = None
    #: When something was last heard, by the clock of the loop.
    heard: float = 0.0
    is_over: bool = False


class RunLinks:
    """Serves the connections of runs. The holder is on the loop of the drivers; all else is on that of the caller.

    ``call`` calls a function there later, from any thread.
    """

    def __init__(self, holder: Holder, lease: float, call: Callable[..., object]) -> None:
        self._holder = holder
        self._lease = lease
        self._call = call
        self._drivers_loop = asyncio.get_running_loop()
        self._links: dict[str, _Link] = {}
        holder.ended = lambda session: call(self._end, session)

    async def serve(self, comm: Any, hello: bytes) -> None:
        """Serve one connection to its end."""
        link = await self._link(hello_decoder.decode(hello), comm)
        if link is not None and link.welcome is not None:
            await comm.write(encode(link.welcome))
            try:
                await converse(comm, link.mailbox, lambda bodies: self._take(link, bodies), self._lease / PULSES)
            finally:
                if link.comm is comm:
                    link.comm = None

    async def _link(self, hello: Hello, comm: Any) -> _Link | None:
        """Return the place of a connection; None if it is refused."""
        link = self._links.get(hello.session)
        if link is not None:
            if link.comm is not None:
                link.comm.abort()
            link.comm, link.heard = comm, _now()
            await link.opened.wait()  # the connection that opened it may have broken meanwhile
            return link
        if hello.resumes:
            await comm.write(encode(Refused("its lease has ended")))
            return None
        if any(other.hello.instance == hello.instance and self._is_live(other) for other in self._links.values()):
            await comm.write(encode(Refused("another start of the same graph is connected; stop that one first")))
            return None
        link = self._links[hello.session] = _Link(hello, comm=comm, heard=_now())
        opening = asyncio.run_coroutine_threadsafe(self._holder.open(hello, self._sender(link)), self._drivers_loop)
        link.welcome = await asyncio.wrap_future(opening)
        link.heard = _now()
        link.opened.set()
        return link

    def _is_live(self, link: _Link) -> bool:
        return not link.is_over and link.comm is not None and _now() - link.heard < self._lease / 2

    def _sender(self, link: _Link) -> Any:
        return Outbox(self._call, link.mailbox.post).post

    def _take(self, link: _Link, bodies: list[bytes]) -> None:
        link.heard = _now()
        if bodies:
            messages = [to_worker.decode(body) for body in bodies]
            self._drivers_loop.call_soon_threadsafe(self._holder.take, link.hello.session, messages)

    def _end(self, session: str) -> None:
        if session in self._links:
            self._links[session].is_over = True

    async def watch(self) -> None:
        """Give up the runs of which nothing was heard for longer than the lease."""
        while True:
            await asyncio.sleep(self._lease / PULSES)
            now = _now()
            for session, link in list(self._links.items()):
                if link.opened.is_set() and now - link.heard > self._lease:
                    del self._links[session]
                    if link.comm is not None:
                        link.comm.abort()
                    if not link.is_over:
                        self._drivers_loop.call_soon_threadsafe(self._holder.expire, session)


def _now() -> float:
    return asyncio.get_running_loop().time()

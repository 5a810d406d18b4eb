"""Where a worker listens, in a thread of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from distributed import Status
from distributed.core import Server

from tierdeps.engines.fleet.messages import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tierdeps.engines.fleet.links import RunLinks


class DriverServer:
    """Accepts the connections of runs."""

    def __init__(self, links: RunLinks, facts: Callable[[], Awaitable[Mapping[str, bool]]]) -> None:
        self._links = links
        self._facts = facts

    async def listen(self, address: str, security: Any) -> str:
        """Listen; return the address that others connect to."""
        self._server = Server({"drive": self._drive, "facts": self._state}, deserialize=False)
        await self._server
        await self._server.listen(address, **security.get_listen_args("worker"))
        self._watching = asyncio.ensure_future(self._links.watch())
        return str(self._server.address)

    async def close(self) -> None:
        """Listen no more."""
        self._watching.cancel()
        await self._server.close()

    async def _state(self) -> bytes:
        """Return the facts that this host states of itself now."""
        return encode(await self._facts())

    async def _drive(self, comm: Any, hello: bytes) -> Any:
        """Serve one connection to its end."""
        await self._links.serve(comm, hello)
        return Status.dont_reply

"""Runs the server on the loopback address until it is asked to stop."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from tierdeps._util.state_dir import reason_of
from tierdeps.errors import RunError
from tierdeps.serve.access import LOOPBACK, Access
from tierdeps.serve.app import headers, make_app
from tierdeps.serve.connections import Limits, connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.serve.source import Source

#: How long requests that are being answered may take after a signal.
SHUTDOWN_S = 2
#: asyncio accepts so many connections in one turn of the loop; far below ``Limits.max_connections``.
BACKLOG = 64
DEFAULT_LIMITS = Limits()


def listen(port: int) -> socket.socket:
    """Return a socket at a port of the loopback address; 0 is any free one. Raises RunError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((LOOPBACK, port))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        text = f"port {port} of {LOOPBACK} cannot be used: {reason_of(error)}; choose another one with --port"
        raise RunError(text) from None
    return made


class Server(uvicorn.Server):
    """A server of one page; ``stop`` ends it. Signals are its caller's."""

    def __init__(
        self,
        token: str,
        listener: socket.socket,
        source: Source,
        *,
        control: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.access: Access = Access(token, listener.getsockname()[1])
        self._listener = listener
        super().__init__(
            uvicorn.Config(
                make_app(self.access, source, limits, control=control),
                http=connections(limits),
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                headers=list(headers().items()),
                backlog=BACKLOG,
                h11_max_incomplete_event_size=limits.max_head_bytes,
                timeout_graceful_shutdown=SHUTDOWN_S,
            )
        )

    async def run_until_stopped(self) -> None:
        """Serve until ``stop`` is called."""
        await self.serve([self._listener])

    def stop(self) -> None:
        """End all connections, and the server."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command: uvicorn would raise them again at the end."""
        yield

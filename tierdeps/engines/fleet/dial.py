"""How a run connects to a worker: over Dask's connections, with its TLS."""

from __future__ import annotations

import asyncio
from typing import Any

from distributed.core import connect

from tierdeps.engines.fleet.client import ATTEMPT_S
from tierdeps.engines.fleet.security import connection_arguments


class DaskDialer:
    """Connects to workers with an identity of Dask."""

    def __init__(self, security: Any) -> None:
        self._arguments = connection_arguments(security)

    async def connect(self, address: str) -> Any:
        """Return a connection to a worker. Raises OSError."""
        return await connect(address, timeout=ATTEMPT_S, deserialize=False, **self._arguments)

    async def is_refused(self, address: str) -> bool:
        """Return whether no process listens at an address, and its machine says so."""
        host, _, port = address.partition("://")[2].rpartition(":")
        try:
            async with asyncio.timeout(ATTEMPT_S):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except ConnectionRefusedError:
            return True
        except (OSError, TimeoutError):
            return False
        writer.close()
        return False

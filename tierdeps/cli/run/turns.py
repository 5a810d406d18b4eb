"""The requests that change which drivers of a run are up: one after the other."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tierdeps.errors import DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tierdeps.control.server import ReplySink


class Turns:
    """Gives one request at a time its turn, in the order in which they came; ``seconds`` limit what each may take."""

    def __init__(self, seconds: float) -> None:
        self._limit = 2 * seconds
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def take(self, sink: ReplySink) -> AsyncIterator[None]:
        """Wait for the turn of a request, and keep it until the end of the block. Raises DeadlineExceeded."""
        if self._lock.locked():
            sink.info("note: waiting for another request to finish")
        try:
            await asyncio.wait_for(self._lock.acquire(), self._limit)
        except TimeoutError:
            raise DeadlineExceeded("the request before this one", self._limit) from None
        try:
            yield
        finally:
            self._lock.release()

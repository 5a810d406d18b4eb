"""What pages are sent of the instance, as server-sent events: the latest state whenever it has changed.

There is no queue: a page that reads slowly gets fewer and larger changes, and the server keeps nothing for it.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tierdeps._util.daemon_thread import in_thread
from tierdeps.errors import TierdepsError
from tierdeps.serve.live import NO_RUN, Changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tierdeps.serve.live import LiveState
    from tierdeps.words.documents import Json

#: The interval of reading the journal while a page is open.
INTERVAL_S = 0.5
#: After so many seconds without a change an empty comment is sent, so that a page notices a lost connection.
HEARTBEAT_S = 10.0
#: An event is written in parts, so that a reader that stops is noticed before all of it is in memory.
PART_BYTES = 32 << 10


class Feed:
    """Reads the state for all pages; not more often than once in an interval, and not while no page is open."""

    def __init__(self, read: Callable[[], LiveState], interval_s: float = INTERVAL_S) -> None:
        self._read = read
        self._interval_s = interval_s
        self._lock = asyncio.Lock()
        self._state = NO_RUN
        self._problem = ""
        self._read_at = float("-inf")

    async def _latest(self) -> tuple[LiveState, str]:
        """Return the latest state, and why it could not be read again, if so."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if loop.time() >= self._read_at + self._interval_s:
                try:
                    self._state, self._problem = await in_thread(self._read), ""
                except TierdepsError as error:
                    self._problem = str(error)
                self._read_at = loop.time()
            return self._state, self._problem

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the parts of the events of one page, for as long as it reads them."""
        changes, shown_problem = Changes(), ""
        quiet_s = 0.0
        while True:
            state, problem = await self._latest()
            found = changes.until(state)
            if found is not None or problem != shown_problem:
                text = _event({**(found or {}), "problem": problem})
                for at in range(0, len(text), PART_BYTES):
                    yield text[at : at + PART_BYTES]
                shown_problem, quiet_s = problem, 0.0
            elif quiet_s >= HEARTBEAT_S:
                yield b":\n\n"
                quiet_s = 0.0
            await asyncio.sleep(self._interval_s)
            quiet_s += self._interval_s


def _event(document: dict[str, Json]) -> bytes:
    return f"event: state\ndata: {json.dumps(document, separators=(',', ':'))}\n\n".encode("ascii")

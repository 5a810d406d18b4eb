"""Messages between two sides whose connection may break: numbered, kept until they arrived, and taken once."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Mailbox:
    """One side's messages. ``taken`` is the number of the last message of the other side that arrived."""

    def __init__(self) -> None:
        self._last = 0
        self._kept: deque[tuple[int, bytes]] = deque()
        self.taken: int = 0
        self.posted: asyncio.Event = asyncio.Event()

    def post(self, body: bytes) -> None:
        """Add a message."""
        self._last += 1
        self._kept.append((self._last, body))
        self.posted.set()

    def after(self, number: int) -> list[tuple[int, bytes]]:
        """Return the messages behind a number."""
        return [item for item in self._kept if item[0] > number]

    def acknowledge(self, number: int) -> None:
        """Forget the messages up to a number: they arrived."""
        while self._kept and self._kept[0][0] <= number:
            self._kept.popleft()

    def accepts(self, number: int) -> bool:
        """Return whether a message of the other side is the next one; one that is repeated is not."""
        if number != self.taken + 1:
            return False
        self.taken = number
        return True


async def converse(comm: Any, mailbox: Mailbox, take: Callable[[bytes], None], interval: float) -> None:
    """Exchange messages over a connection until it breaks, with one at least every ``interval`` seconds.

    ``take`` is called with each message once, and with an empty one for each that only says that the other side is
    there.
    """
    tasks = [
        asyncio.ensure_future(_send(comm, mailbox, interval)),
        asyncio.ensure_future(_receive(comm, mailbox, take)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        comm.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, OSError):  # Dask's error for a broken connection is one
            raise error


async def _send(comm: Any, mailbox: Mailbox, interval: float) -> None:
    sent = 0
    while True:
        mailbox.posted.clear()
        for number, body in mailbox.after(sent) or [(0, b"")]:
            await comm.write((number, mailbox.taken, body))
            sent = max(sent, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(mailbox.posted.wait(), interval)


async def _receive(comm: Any, mailbox: Mailbox, take: Callable[[bytes], None]) -> None:
    while True:
        number, acknowledged, body = await comm.read()
        mailbox.acknowledge(acknowledged)
        if not number:
            take(b"")
        elif mailbox.accepts(number):
            take(bytes(body))

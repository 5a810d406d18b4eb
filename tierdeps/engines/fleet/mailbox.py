"""Messages between two sides whose connection may break: numbered, kept until they arrived, and taken once."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


#: The maximal number of messages that are written at once.
MAX_BATCH = 256


class Mailbox:
    """One side's messages. ``taken`` is the number of the last message of the other side that arrived."""

    def __init__(self) -> None:
        self._last = 0
        self._kept: deque[bytes] = deque()
        self.taken: int = 0
        self.posted: asyncio.Event = asyncio.Event()

    def post(self, body: bytes) -> None:
        """Add a message."""
        self._last += 1
        self._kept.append(body)
        self.posted.set()

    def after(self, number: int) -> tuple[int, list[bytes]]:
        """Return the number of the first message behind a number that has not arrived, and some from it on."""
        forgotten = self._last - len(self._kept)
        start = max(0, number - forgotten)
        return forgotten + start + 1, list(islice(self._kept, start, start + MAX_BATCH))

    def acknowledge(self, number: int) -> None:
        """Forget the messages up to a number: they arrived."""
        while self._kept and self._last - len(self._kept) < number:
            self._kept.popleft()

    def accept(self, first: int, bodies: Sequence[bytes]) -> list[bytes]:
        """Return those messages of the other side that are the next ones; what is repeated is omitted."""
        if first > self.taken + 1:  # of a connection that has been replaced
            return []
        accepted = [bytes(body) for body in bodies[self.taken + 1 - first :]]
        self.taken += len(accepted)
        return accepted


class Outbox:
    """Takes items from one thread to another: many that are posted shortly after each other wake it once.

    ``call`` calls a function in the other thread later, and ``take`` is called there with each item.
    """

    def __init__(self, call: Callable[[Callable[[], None]], object], take: Callable[..., object]) -> None:
        self._call = call
        self._take = take
        self._items: deque[tuple[Any, ...]] = deque()
        self._is_due = False

    def post(self, *item: Any) -> None:
        """Add an item, the arguments of a call of ``take``."""
        self._items.append(item)
        if not self._is_due:
            self._is_due = True
            self._call(self._flush)

    def _flush(self) -> None:
        self._is_due = False  # before the last look: what is posted from now on may need another flush
        while self._items:
            self._take(*self._items.popleft())


#: How many messages without content are sent in the time of a lease.
PULSES = 4


async def converse(comm: Any, mailbox: Mailbox, take: Callable[[list[bytes]], None], interval: float) -> None:
    """Exchange messages over a connection until it breaks, with one write at least every ``interval`` seconds.

    ``take`` is called with each message once, in lists; with an empty one where the other side only says that it is
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
        first, bodies = mailbox.after(sent)
        await comm.write((first, mailbox.taken, bodies))
        sent = max(sent, first + len(bodies) - 1)
        if len(bodies) < MAX_BATCH:
            with suppress(TimeoutError):
                await asyncio.wait_for(mailbox.posted.wait(), interval)


async def _receive(comm: Any, mailbox: Mailbox, take: Callable[[list[bytes]], None]) -> None:
    while True:
        first, acknowledged, bodies = await comm.read()
        mailbox.acknowledge(acknowledged)
        take(mailbox.accept(first, bodies))

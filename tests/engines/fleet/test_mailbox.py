"""Messages over a connection that breaks arrive once, in their order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps.engines.fleet.mailbox import MAX_BATCH, Mailbox, Outbox, converse

if TYPE_CHECKING:
    from collections.abc import Callable


class Wire:
    """Two ends of a connection that breaks after some messages, each end like a comm of Dask."""

    def __init__(self, life: int) -> None:
        self.life = life
        self.queues: tuple[asyncio.Queue[object], asyncio.Queue[object]] = (asyncio.Queue(), asyncio.Queue())
        self.ends = End(self, 0), End(self, 1)


class End:
    def __init__(self, wire: Wire, side: int) -> None:
        self._wire = wire
        self._side = side

    async def write(self, message: object) -> None:
        if not self._wire.life:
            raise ConnectionResetError
        self._wire.life -= 1
        self._wire.queues[self._side].put_nowait(message)

    async def read(self) -> object:
        message = await self._wire.queues[1 - self._side].get()
        if message is None:
            raise ConnectionResetError
        return message

    def abort(self) -> None:
        self._wire.queues[self._side].put_nowait(None)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 8), st.integers(0, 8))
def test_each_message_arrives_once_and_in_order(lives: list[int], here: int, there: int) -> None:
    boxes = Mailbox(), Mailbox()
    taken: tuple[list[bytes], list[bytes]] = ([], [])

    async def main() -> None:
        for box, size in zip(boxes, (here, there), strict=True):
            for number in range(size):
                box.post(str(number).encode())
        for life in [*lives, 1000]:
            wire = Wire(life)
            talks = [
                asyncio.ensure_future(converse(end, box, found.extend, 0.001))
                for end, box, found in zip(wire.ends, boxes, taken, strict=True)
            ]
            while not all(talk.done() for talk in talks):
                if life == 1000 and [len(found) for found in taken] == [there, here]:
                    break
                await asyncio.sleep(0)
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

    asyncio.run(main())
    expected = [[str(number).encode() for number in range(size)] for size in (there, here)]
    assert list(taken) == expected


def test_what_has_arrived_is_forgotten() -> None:
    box = Mailbox()
    for number in range(5):
        box.post(bytes([number]))
    box.acknowledge(3)
    box.acknowledge(2)
    assert box.after(0) == (4, [b"\x03", b"\x04"])
    assert box.after(4) == (5, [b"\x04"])
    assert box.after(5) == (6, [])


def test_many_messages_are_written_in_parts() -> None:
    box = Mailbox()
    for _ in range(MAX_BATCH + 1):
        box.post(b"")
    first, bodies = box.after(0)
    assert (first, len(bodies)) == (1, MAX_BATCH)
    assert box.after(MAX_BATCH) == (MAX_BATCH + 1, [b""])


def test_a_message_that_is_repeated_is_not_taken_again() -> None:
    box = Mailbox()
    assert box.accept(1, [b"1", b"2"]) == [b"1", b"2"]
    assert box.accept(1, [b"1", b"2", b"3"]) == [b"3"]
    assert box.accept(2, [b"2"]) == []
    assert box.accept(5, [b"5"]) == []  # 4 is still to come
    assert box.accept(4, [b"4", b"5"]) == [b"4", b"5"]


def test_items_that_are_posted_together_wake_the_other_thread_once() -> None:
    calls: list[Callable[[], None]] = []
    taken: list[tuple[str, int]] = []
    outbox = Outbox(calls.append, lambda *item: taken.append(item))
    outbox.post("a", 1)
    outbox.post("b", 2)
    assert len(calls) == 1
    calls.pop()()
    assert taken == [("a", 1), ("b", 2)]
    outbox.post("a", 3)
    calls.pop()()
    assert taken[2:] == [("a", 3)]

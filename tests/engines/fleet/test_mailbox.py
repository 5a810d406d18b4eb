"""Messages over a connection that breaks arrive once, in their order."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps.engines.fleet.mailbox import Mailbox, converse


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
                asyncio.ensure_future(converse(end, box, found.append, 0.001))
                for end, box, found in zip(wire.ends, boxes, taken, strict=True)
            ]
            while not all(talk.done() for talk in talks):
                if life == 1000 and [len(list(filter(None, found))) for found in taken] == [there, here]:
                    break
                await asyncio.sleep(0)
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

    asyncio.run(main())
    expected = [[str(number).encode() for number in range(size)] for size in (there, here)]
    assert [list(filter(None, found)) for found in taken] == expected


def test_what_has_arrived_is_forgotten() -> None:
    box = Mailbox()
    for number in range(5):
        box.post(bytes([number]))
    box.acknowledge(3)
    assert box.after(0) == [(4, b"\x03"), (5, b"\x04")]
    assert box.after(4) == [(5, b"\x04")]


def test_a_message_that_is_repeated_is_not_taken_again() -> None:
    box = Mailbox()
    assert [box.accepts(number) for number in (1, 2, 2, 1, 3)] == [True, True, False, False, True]

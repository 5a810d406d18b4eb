"""The watch over deadlines: one timer for all calls of a length, and no deadline is missed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from tierdeps.clock import VirtualLoop
from tierdeps.executor.calls import Call, Watch

if TYPE_CHECKING:
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run


def call(began_at: float, seconds: float) -> Call:
    return Call(cast("Run", None), cast("Node", None), "stop", began_at, seconds, lambda *_: None)


async def expiries(*, begun_meanwhile: bool) -> list[float]:
    """Watch two calls of one length; when the first expires, another one may begin."""
    loop = asyncio.get_running_loop()
    told: list[float] = []

    def expired(_: Call) -> None:
        told.append(loop.time())
        if begun_meanwhile and len(told) == 1:
            watch.add(call(loop.time(), 3.0))

    watch = Watch(loop, expired)
    watch.add(call(loop.time(), 3.0))
    await asyncio.sleep(0.5)
    watch.add(call(loop.time(), 3.0))
    await asyncio.sleep(10)
    watch.close()
    return told


def test_tells_of_each_call_at_its_deadline() -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(expiries(begun_meanwhile=False)) == pytest.approx([3.0, 3.5])


def test_a_call_that_begins_while_another_expires_delays_nobody() -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(expiries(begun_meanwhile=True)) == pytest.approx([3.0, 3.5, 6.0])

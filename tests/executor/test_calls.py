"""The deadlines of calls: one timer for all calls of a length, and no deadline is missed."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tierdeps.clock import VirtualLoop
from tierdeps.executor.invoke import DeadlineTimers, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.executor.driver import DriverRun


class Timed(Invocation):
    """A call of which the end of its time is reported."""

    expired: Callable[[], None]

    def expire(self) -> None:
        self.expired()


def call(started_at: float, seconds: float, expired: Callable[[], None]) -> Invocation:
    run = SimpleNamespace(routines=None, clock=lambda: started_at)
    found = Timed(cast("DriverRun", SimpleNamespace(run=run)), "stop", seconds)
    found.expired = expired
    return found


async def expiries(*, started_meanwhile: bool) -> list[float]:
    """Watch two calls of one length; when the first expires, another one may start."""
    loop = asyncio.get_running_loop()
    told: list[float] = []

    def expired() -> None:
        told.append(loop.time())
        if started_meanwhile and len(told) == 1:
            timers.add(call(loop.time(), 3.0, expired))

    timers = DeadlineTimers(loop)
    timers.add(call(loop.time(), 3.0, expired))
    await asyncio.sleep(0.5)
    timers.add(call(loop.time(), 3.0, expired))
    await asyncio.sleep(10)
    timers.close()
    return told


def test_reports_each_call_at_its_deadline() -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(expiries(started_meanwhile=False)) == pytest.approx([3.0, 3.5])


def test_a_call_that_starts_while_another_expires_delays_nobody() -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(expiries(started_meanwhile=True)) == pytest.approx([3.0, 3.5, 6.0])

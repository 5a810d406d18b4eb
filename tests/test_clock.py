"""Simulated time."""

from __future__ import annotations

import asyncio
from time import perf_counter

import pytest

from tierdeps.clock import Deadlock, VirtualLoop, run_virtually


def test_an_hour_passes_at_once() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = perf_counter()
    assert run_virtually(main()) == pytest.approx(3600)
    assert perf_counter() - began < 60


def test_things_happen_in_the_order_of_their_times() -> None:
    happened: list[int] = []

    async def later(seconds: int) -> None:
        await asyncio.sleep(seconds)
        happened.append(seconds)

    async def main() -> None:
        await asyncio.gather(*(later(seconds) for seconds in (3, 1, 2)))

    run_virtually(main())
    assert happened == [1, 2, 3]


def test_waiting_for_nothing_is_an_error_and_no_hang() -> None:
    loop = VirtualLoop()
    forever = loop.create_future()
    try:
        with pytest.raises(Deadlock):
            loop.run_until_complete(forever)
    finally:
        forever.cancel()
        loop.close()


@pytest.mark.parametrize("now", [0.0, 46_203_703.0368784, 1e12])
def test_a_timer_that_is_due_at_once_fires_however_late_it_is(now: float) -> None:
    """A nanosecond added to a late time is lost: the loop would turn for ever and never reach the timer."""
    loop = VirtualLoop()
    try:
        loop._skipper.now = now
        fired: list[float] = []
        loop.call_at(now, lambda: fired.append(loop.time()))
        loop.call_at(now, loop.stop)
        turns = iter(range(1000))
        loop._skipper.select = lambda timeout=None: [] if next(turns) < 999 else pytest.fail("it never fires")  # type: ignore[method-assign]
        loop.run_forever()
        assert fired == [now]
    finally:
        loop.close()

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

"""Threads for plain methods, which end soon or never."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from random import Random
from time import sleep
from typing import TYPE_CHECKING, Any

from tierdeps.threads import EAGER_THREADS, Threads

if TYPE_CHECKING:
    from collections.abc import Callable

#: Longer than anything here takes, in seconds.
LONG = 30.0


def told(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    future.set_result(error or result)


def submit(threads: Threads, function: Callable[[Any], Any], argument: object = None) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    threads.submit(function, argument, partial(told, future))
    return future


def alive() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "tierdeps"}


def test_each_of_thousands_is_called_and_reported_once() -> None:
    called: list[int] = []

    def call(number: int) -> int:
        called.append(number)
        return number

    async def main() -> list[int]:
        threads = Threads(asyncio.get_running_loop())
        found: list[int] = []
        for turn in range(5):
            numbers = range(turn * 1000, turn * 1000 + 1000)
            found += await asyncio.gather(*(submit(threads, call, number) for number in numbers))
        threads.close()
        return found

    assert asyncio.run(main()) == list(range(5000))
    assert sorted(called) == list(range(5000))


def test_a_chain_goes_on_whatever_else_waits() -> None:
    random = Random(3)  # noqa: S311  pauses are no secret

    async def chain(threads: Threads) -> int:
        ended = [await submit(threads, sleep, random.choice([0, 0, 0.001])) for _ in range(50)]
        return len(ended)

    async def main() -> list[int]:
        threads = Threads(asyncio.get_running_loop())
        found = await asyncio.wait_for(asyncio.gather(*(chain(threads) for _ in range(40))), LONG)
        threads.close()
        return found

    assert asyncio.run(main()) == [50] * 40


def test_an_end_is_reported_though_every_thread_is_busy_then() -> None:
    """Whoever ended it may have started with a long one at once."""
    gate = threading.Event()

    def open_gate(result: Any, error: BaseException | None) -> None:
        gate.set()

    async def main() -> list[bool]:
        threads = Threads(asyncio.get_running_loop())
        await asyncio.gather(*(submit(threads, sleep, 0.001) for _ in range(EAGER_THREADS)))
        threads.submit(int, 0, open_gate)
        found = await asyncio.gather(*(submit(threads, gate.wait, LONG) for _ in range(2 * EAGER_THREADS)))
        threads.close()
        return found

    assert asyncio.run(main()) == [True] * 2 * EAGER_THREADS


def test_what_is_raised_is_reported() -> None:
    async def main() -> Any:
        threads = Threads(asyncio.get_running_loop())
        found = await submit(threads, int, "x")
        threads.close()
        return found

    assert isinstance(asyncio.run(main()), ValueError)


def test_threads_end_once_they_are_released() -> None:
    before = alive()

    async def main() -> set[threading.Thread]:
        threads = Threads(asyncio.get_running_loop())
        await asyncio.gather(*(submit(threads, sleep, 0.01) for _ in range(10)))
        mine = alive() - before
        threads.close()
        return mine

    mine = asyncio.run(main())
    assert mine
    for thread in mine:
        thread.join(LONG)
    assert not alive() & mine

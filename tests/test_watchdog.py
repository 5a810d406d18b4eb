"""The watchdog names what blocks the event loop, whoever it is, and disturbs no loop that waits."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tierdeps import watchdog
from tierdeps.watchdog import Watchdog, WatchedSelector, watched_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

#: How long the loop is blocked for: the watchdog needs a turn of its own meanwhile, on a busy machine too.
LONG = 1.5


def hog() -> None:
    time.sleep(LONG)


def compute() -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        sum(range(1000))


class Watched:
    """What a watchdog said."""

    def __init__(self, charged: Callable[[], float] = lambda: 0.0, blocked: float = 0.3) -> None:
        self.seen: list[str] = []
        self.over: list[tuple[str, float]] = []
        self._charged = charged
        self._blocked = blocked

    def watch(
        self,
        main: Callable[[], Coroutine[Any, Any, None]],
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> Watched:
        async def watched() -> None:
            with Watchdog(
                self.seen.append, lambda *ended: self.over.append(ended), self._charged, blocked=self._blocked
            ):
                await main()

        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(watched())
        return self


def test_work_of_our_own_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_OURS", __file__)

    async def main() -> None:
        hog()
        await asyncio.sleep(0.5)

    watched = Watched().watch(main)
    assert (watched.seen, watched.over) == ([], [])


@pytest.mark.parametrize("block", [hog, compute])
@pytest.mark.parametrize("how", ["callback", "task", "main"])
def test_what_blocks_the_loop_is_named_while_it_does_and_afterwards(block: Callable[[], None], how: str) -> None:
    async def work() -> None:
        block()

    async def main() -> None:
        if how == "callback":
            asyncio.get_running_loop().call_soon(block)
        elif how == "task":
            await asyncio.create_task(work(), name="web:work")
        else:
            block()
        await asyncio.sleep(0.5)

    watched = Watched().watch(main)
    assert len(watched.seen) == 1
    assert f"{__file__}:" in watched.seen[0]
    assert f"({block.__name__})" in watched.seen[0]
    assert watched.seen[0].endswith(", in web:work") is (how == "task")
    assert [where for where, _ in watched.over] == watched.seen
    assert watched.over[0][1] > 0.3


def test_each_blockage_is_reported_once() -> None:
    async def main() -> None:
        for _ in range(2):
            hog()
            await asyncio.sleep(0.5)

    assert len(Watched().watch(main).seen) == 2


def test_what_calls_are_charged_with_is_not_reported_again() -> None:
    charged = [0.0]

    async def main() -> None:
        hog()
        charged[0] += 1000
        await asyncio.sleep(0.5)

    watched = Watched(lambda: charged[0]).watch(main)
    assert len(watched.seen) == 1
    assert watched.over == []


def test_a_loop_that_waits_is_not_disturbed() -> None:
    turns: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        before = loop.call_soon_threadsafe

        def counted(*given: Any, **more: Any) -> asyncio.Handle:
            turns.append(0)
            return before(*given, **more)

        loop.call_soon_threadsafe = counted  # type: ignore[assignment, method-assign]
        await asyncio.sleep(1)

    watched = Watched().watch(main)
    assert (watched.seen, watched.over) == ([], [])
    assert len(turns) <= 1  # where it was looked at just when it started


def test_a_loop_that_is_busy_with_short_work_is_not_blocked() -> None:
    async def main() -> None:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            sum(range(1000))
            await asyncio.sleep(0)

    assert Watched(blocked=5).watch(main).seen == []


def test_a_loop_that_goes_on_waiting_is_not_sampled_until_it_has_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_S", 0.02)
    made: list[WatchedSelector] = []

    class Seen(WatchedSelector):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(watchdog, "WatchedSelector", Seen)

    def dormant() -> bool:
        """Wait in a thread, for the loop is to wait meanwhile."""
        latest = time.monotonic() + 20
        while made[0].on_event is None and time.monotonic() < latest:
            time.sleep(0.01)
        return made[0].on_event is not None

    async def main() -> None:
        for _ in range(2):
            assert await asyncio.get_running_loop().run_in_executor(None, dormant)
            hog()
            await asyncio.sleep(0.1)

    watched = Watched().watch(main, watched_loop)
    assert len(watched.seen) == 2
    assert all("(hog)" in where for where in watched.seen)


def test_a_watchdog_whose_loop_waits_ends_with_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_S", 0.01)

    async def main() -> None:
        await asyncio.sleep(0.3)

    Watched().watch(main, watched_loop)
    watching = [one for one in threading.enumerate() if one.name == "tierdeps-watchdog"]
    for one in watching:
        one.join(20)
    assert not any(one.is_alive() for one in watching)

"""The deadlines of processes that are ending: one timer reads them all."""

from __future__ import annotations

import asyncio

from tierdeps.clock import run_virtually
from tierdeps.processes.end_deadlines import EndDeadlines, check_interval, end_deadlines
from tierdeps.processes.kill_delay import kill_delay


def _future() -> asyncio.Future[int | None]:
    return asyncio.get_running_loop().create_future()


def test_an_exit_before_the_deadline_is_in_time() -> None:
    async def main() -> tuple[bool, float]:
        loop, exited = asyncio.get_running_loop(), _future()
        loop.call_later(3, exited.set_result, 0)
        return await EndDeadlines().exits_in_time(exited, lambda: 10.0), round(loop.time(), 6)

    assert run_virtually(main()) == (True, 3)


def test_an_exit_that_came_before_is_in_time() -> None:
    async def main() -> bool:
        exited = _future()
        exited.set_result(0)
        return await EndDeadlines().exits_in_time(exited, lambda: 0.0)

    assert run_virtually(main())


def test_each_process_has_a_deadline_of_its_own() -> None:
    async def main() -> list[float]:
        deadlines, loop = EndDeadlines(), asyncio.get_running_loop()

        async def ended_at(seconds: float) -> float:
            until = loop.time() + seconds
            assert not await deadlines.exits_in_time(_future(), lambda: until - loop.time())
            return round(loop.time(), 6)

        return await asyncio.gather(*map(ended_at, (10, 0.05, 4)))

    assert run_virtually(main()) == [kill_delay(10), kill_delay(0.05), kill_delay(4)]


def test_a_deadline_that_moves_to_an_earlier_time_is_seen() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        exited = _future()
        # Expedited after 2 seconds: one second is left from then on.
        assert not await EndDeadlines().exits_in_time(exited, lambda: 60.0 if loop.time() < 2 else 3 - loop.time())
        return loop.time()

    assert 2 + kill_delay(1) <= run_virtually(main()) <= 2 + kill_delay(1) + check_interval(1)


def test_no_timer_is_left_when_nothing_is_waited_for() -> None:
    async def main() -> int:
        deadlines = EndDeadlines()
        waits = [asyncio.create_task(deadlines.exits_in_time(_future(), lambda: 60.0)) for _ in range(3)]
        await asyncio.sleep(1)
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)
        timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
        return sum(not timer.cancelled() for timer in timers)

    assert run_virtually(main()) == 0


def test_the_more_processes_end_the_more_seldom_each_deadline_is_read() -> None:
    assert [check_interval(ending) for ending in (1, 500, 1000, 5000)] == [0.1, 0.1, 0.2, 1.0]


def test_each_loop_has_deadlines_of_its_own() -> None:
    async def main() -> EndDeadlines:
        assert end_deadlines() is end_deadlines()
        return end_deadlines()

    assert run_virtually(main()) is not run_virtually(main())

"""Tasks that carry one coroutine after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from tests.test_lifecycle import Host
from tierdeps.carriers import Tickets
from tierdeps.clock import VirtualLoop, run_virtually
from tierdeps.lifecycle import Context

Work = Callable[[], Awaitable[Any]]
VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="clean")


def subject(name: str = "a") -> Context:
    return Context(name, "start", settings={}, timeout=1, deadline=1, host=Host())


def keep(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    future.set_result(error or result)


def carry(*works: Work) -> tuple[list[Any], float]:
    """Carry them all; return what came out, in order, and how long it took."""

    async def main() -> tuple[list[Any], float]:
        loop = asyncio.get_running_loop()
        carriers, ended = Tickets(loop), [loop.create_future() for _ in works]
        for work, future in zip(works, ended, strict=True):
            carriers.submit(work(), subject(), partial(keep, future))
        return list(await asyncio.gather(*ended)), loop.time()

    return run_virtually(main())


def test_those_that_do_not_wait_share_a_task() -> None:
    async def which() -> object:
        return asyncio.current_task()

    tasks, _ = carry(*[which] * 50)
    assert len(set(tasks)) == 1


def test_those_that_wait_do_so_at_the_same_time_each_in_its_task() -> None:
    async def wait() -> object:
        task = asyncio.current_task()
        async with asyncio.timeout(5):
            await asyncio.sleep(1)
        assert asyncio.current_task() is task
        return task

    tasks, seconds = carry(*[wait] * 50)
    assert len(set(tasks)) == 50
    assert 1 <= seconds < 1.001


def test_no_more_in_a_row_than_lets_others_have_their_turn() -> None:
    turns: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        carriers, count, done = Tickets(loop), 0, loop.create_future()

        async def nothing() -> None:
            nonlocal count
            count += 1
            if count < 2000:
                carriers.submit(nothing(), subject(), lambda *_: None)
            else:
                done.set_result(None)

        carriers.submit(nothing(), subject(), lambda *_: None)
        while not done.done():
            turns.append(count)
            await asyncio.sleep(0)

    run_virtually(main())
    assert len(turns) > 5


def test_variables_that_one_sets_are_not_seen_by_the_next() -> None:
    async def set_it() -> str:
        before = VARIABLE.get()
        VARIABLE.set("dirty")
        return before

    assert carry(*[set_it] * 5)[0] == ["clean"] * 5


def test_one_that_cancels_itself_is_alone_in_it() -> None:
    async def cancels() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def waits() -> str:
        await asyncio.sleep(1)
        return "well"

    assert carry(cancels, waits, waits)[0] == [None, "well", "well"]


def test_what_is_given_up_before_its_turn_never_begins() -> None:
    async def main() -> list[object]:
        loop = asyncio.get_running_loop()
        begun: list[object] = []
        ended = loop.create_future()

        async def work() -> None:
            begun.append("begun")

        ticket = Tickets(loop).submit(work(), subject(), lambda _, error: ended.set_result(error))
        assert ticket.give_up()
        assert isinstance(await ended, asyncio.CancelledError)
        return begun

    assert run_virtually(main()) == []


def test_a_task_that_lasts_has_the_name_of_what_it_does() -> None:
    async def name() -> str:
        await asyncio.sleep(1)
        task = asyncio.current_task()
        return "" if task is None else task.get_name()

    assert carry(name)[0] == ["tierdeps a:start"]


def held(*steps: float, deadline: float = 1000) -> list[tuple[str, ...]]:
    """Await something between steps that hold the loop for so long; return what is reported."""

    async def main() -> list[tuple[str, ...]]:
        loop, host = asyncio.get_running_loop(), Host()
        assert isinstance(loop, VirtualLoop)
        ended = loop.create_future()

        async def work() -> None:
            for seconds in steps[:-1]:
                loop.block(seconds)
                await asyncio.sleep(1)
            loop.block(steps[-1])

        context = Context("a", "start", settings={}, timeout=1, deadline=deadline, host=host)
        Tickets(loop).submit(work(), context, lambda *_: ended.set_result(None))
        await ended
        return host.heard

    return run_virtually(main())


def test_long_steps_are_reported_and_whether_they_were_the_last() -> None:
    assert held(0.0) == held(0.01, 0.02, 0.0) == []
    assert held(2.0) == [("a", "2.0", "ended")]
    assert held(2.0, 0.0, 3.0, 0.01, 4.0) == [("a", "2.0", "goes on"), ("a", "3.0", "goes on"), ("a", "4.0", "ended")]


def test_a_short_last_step_is_reported_where_it_began_after_the_deadline() -> None:
    assert held(0.0, 0.0, deadline=0.5) == [("a", "0.0", "ended")]
    assert held(0.0, 0.0, 0.0, deadline=0.5) == [("a", "0.0", "ended")], "of others, their timers tell"
    assert held(0.0, 0.0, deadline=1.5) == []


def test_a_task_that_somebody_cancels_before_it_begins_is_replaced() -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        async def work() -> str:
            return "well"

        Tickets(loop).submit(work(), subject(), lambda result, _: ended.set_result(result))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        return str(await ended)

    assert run_virtually(main()) == "well"

"""Calls whose first step is made at once: what a method sees is what it would see in a task of its own."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from tierdeps.clock import run_virtually
from tierdeps.lifecycle import Context
from tierdeps.stepping import AsyncCall, Stepper

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tierdeps.lifecycle import Host

    Ended = tuple[object, BaseException | None]

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="clean")


class Calls:
    """Starts calls, and keeps what they end with."""

    def __init__(self) -> None:
        self.stepper = Stepper(asyncio.get_running_loop())
        self.ended: list[Ended] = []

    def start(self, awaitable: Awaitable[Any]) -> AsyncCall | None:
        context = Context("a", "start", {}, 1000.0, 1000.0, cast("Host", None))
        return self.stepper.start(awaitable, context, lambda result, error: self.ended.append((result, error)))


def kinds(ended: list[Ended]) -> list[object]:
    return [result if error is None else type(error) for result, error in ended]


async def now() -> str:
    return "now"


async def next_turn() -> str:
    await asyncio.sleep(0)
    return "next turn"


async def me() -> asyncio.Task[Any] | None:
    return asyncio.current_task()


def test_what_ends_with_its_first_step_has_ended_at_once() -> None:
    async def main() -> None:
        calls = Calls()
        assert calls.start(now()) is None
        assert calls.ended == [("now", None)]

    run_virtually(main())


def test_what_goes_on_ends_in_a_task_that_has_its_name() -> None:
    async def main() -> None:
        calls = Calls()
        call = calls.start(next_turn())
        assert call is not None
        assert call.task.get_name() == "tierdeps a:start"
        assert calls.ended == []
        await call.task
        assert calls.ended == [("next turn", None)]

    run_virtually(main())


def test_callbacks_that_the_first_step_asks_for_come_before_the_second() -> None:
    seen: list[str] = []

    async def asks() -> None:
        asyncio.get_running_loop().call_soon(seen.append, "callback")
        await asyncio.sleep(0)
        seen.append("second step")

    async def main() -> None:
        Calls().start(asks())
        await asyncio.sleep(1)

    run_virtually(main())
    assert seen == ["callback", "second step"]


def test_many_may_wait_for_one_future_in_their_first_step() -> None:
    async def main() -> list[object]:
        calls, future = Calls(), asyncio.get_running_loop().create_future()

        async def waits() -> object:
            return await future

        for _ in range(3):
            calls.start(waits())
        future.set_result(1)
        await asyncio.sleep(1)
        return kinds(calls.ended)

    assert run_virtually(main()) == [1, 1, 1]


def test_a_call_that_is_cancelled_after_its_first_step_cancels_what_it_waits_for() -> None:
    async def main() -> None:
        calls, inner = Calls(), asyncio.ensure_future(asyncio.sleep(100))

        async def waits() -> None:
            await inner

        call = calls.start(waits())
        assert call is not None
        assert call.cancel() is False
        await asyncio.sleep(1)
        assert inner.cancelled()
        assert kinds(calls.ended) == [asyncio.CancelledError]

    run_virtually(main())


def test_a_call_that_is_cancelled_in_the_turn_of_its_first_step_may_go_on_all_the_same() -> None:
    async def deaf() -> str:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
        return "deaf"

    async def main() -> None:
        calls = Calls()
        call = calls.start(deaf())
        assert call is not None
        call.cancel()
        await asyncio.sleep(2)
        assert calls.ended == [("deaf", None)]

    run_virtually(main())


def test_timeouts_and_groups_of_the_first_step_are_of_the_call_s_own_task() -> None:
    async def limited() -> str:
        try:
            async with asyncio.timeout(1), asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(5))
        except TimeoutError:
            return "too late"
        return "in time"

    async def main() -> None:
        calls = Calls()
        calls.start(limited())
        calls.start(limited())
        await asyncio.sleep(2)
        assert calls.ended == [("too late", None)] * 2

    run_virtually(main())


def test_it_may_be_started_in_a_task_which_is_the_current_one_again_afterwards() -> None:
    async def main() -> None:
        calls, outer = Calls(), asyncio.current_task()
        for coroutine in (me(), next_turn(), me()):
            calls.start(coroutine)
            assert asyncio.current_task() is outer
        assert outer not in kinds(calls.ended)
        await asyncio.sleep(1)

    run_virtually(main())


def test_a_task_that_a_method_kept_is_no_other_call_s() -> None:
    async def main() -> None:
        calls = Calls()
        for _ in range(3):
            calls.start(me())
        assert len(set(kinds(calls.ended))) == 3

    run_virtually(main())


def test_a_method_that_cancels_its_own_task_at_its_end_cancels_no_other() -> None:
    async def cancels() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def main() -> None:
        calls = Calls()
        calls.start(cancels())
        calls.start(next_turn())
        await asyncio.sleep(1)
        assert kinds(calls.ended) == [None, "next turn"]

    run_virtually(main())


def test_variables_stay_with_their_call_from_step_to_step() -> None:
    async def sets(value: str) -> tuple[str, str]:
        before = VARIABLE.get()
        VARIABLE.set(value)
        await asyncio.sleep(0)
        return before, VARIABLE.get()

    async def main() -> None:
        calls = Calls()
        for value in "ab":
            calls.start(sets(value))
        await asyncio.sleep(1)
        assert kinds(calls.ended) == [("clean", "a"), ("clean", "b")]
        assert VARIABLE.get() == "clean"

    run_virtually(main())


def test_a_spare_task_ends_by_itself() -> None:
    async def main() -> None:
        Calls().start(now())
        await asyncio.sleep(1)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtually(main())

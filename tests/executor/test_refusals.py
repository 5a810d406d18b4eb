"""What cannot be asked of a run at some moment is refused in a sentence, and what it reports before and after."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.test_losing import losing
from tierdeps.clock import run_virtually
from tierdeps.errors import DeclarationError, DisabledTargetError, RunError, UnknownNameError
from tierdeps.model import Policy, State, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report


async def hang(context: Context) -> None:
    await asyncio.Event().wait()


def refusal(ask: Callable[[], object]) -> str:
    """Return the sentence that a question is refused with."""
    with pytest.raises(RunError) as caught:
        ask()
    return str(caught.value)


async def refused(executor: Executor, plan: Plan) -> list[str]:
    """Ask for all that is refused at some moments; return the sentences, empty ones where it is not refused."""
    found = []
    for asking in (executor.wait(), executor.observe(0), executor.reload(plan)):
        try:
            await asyncio.wait_for(asking, 0.01)
        except RunError as error:
            found.append(str(error))
        except TimeoutError:
            found.append("")
        else:
            found.append("")
    return found


def test_before_the_start_there_is_nothing_to_wait_for_nor_to_leave(world: World) -> None:
    plan = world.plan([world.driver("a")])

    async def main() -> None:
        executor = world.executor(plan)
        assert await refused(executor, plan) == [
            "nothing was started, so there is nothing to wait for",
            "only what has started can be observed",
            "the start has not finished; reload after it has",
        ]
        assert refusal(executor.release) == "only what has started can be left running"
        assert executor.waiting() == ()
        report = await executor.stop()
        assert (report.engine, report["a"].state, report["a"].begun) == ("inline", State.PENDING, False)
        assert not executor.crashes
        assert not executor.held_seconds

    run_virtually(main())
    assert world.recorder.ended == []


def test_during_the_start_it_can_only_be_waited_for_and_stopped(world: World) -> None:
    plan = world.plan([world.driver("a")])

    async def main() -> None:
        executor = world.executor(plan)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(0.5)
        assert await refused(executor, plan) == [
            "",
            "only what has started can be observed",
            "the start has not finished; reload after it has",
        ]
        assert refusal(executor.release) == "only what has started can be left running"
        await start

    run_virtually(main())


def test_during_and_after_the_stop_nothing_is_reloaded(world: World) -> None:
    plan = world.plan([world.driver("a")])

    async def main() -> None:
        executor = world.executor(plan)
        await executor.start()
        executor.request_stop()
        text = "the run has ended or is being stopped; start the plan "
        assert refusal(lambda: executor.difference(plan)).startswith(text)
        busy = "drivers are being started or stopped; leave them running after that"
        assert refusal(executor.release) == busy
        await executor.wait()
        assert refusal(lambda: executor.difference(plan)).startswith(text)
        assert executor.release() is await executor.stop()

    run_virtually(main())
    assert len(world.recorder.ended) == 1


def test_during_a_reload_there_is_no_other_one(world: World) -> None:
    plan = world.plan([world.driver("a")])
    world.deeds["b:start"] = hang

    async def main() -> None:
        executor = world.executor(plan)
        await executor.start()
        reload = asyncio.create_task(executor.reload(world.plan([world.driver("b")])))
        await asyncio.sleep(1.5)
        text = "another reload is running; reload after it has finished"
        assert refusal(lambda: executor.difference(plan)) == text
        assert refusal(executor.release).startswith("drivers are being started or stopped")
        await executor.stop()
        await reload

    run_virtually(main())


def test_while_a_lost_driver_is_stopped_nothing_is_reloaded_or_left(world: World) -> None:
    losing(world, "a", 5)

    async def main() -> None:
        plan = world.plan([world.driver("a"), world.driver("b")])
        executor = world.executor(plan, on_failure="isolate")
        await executor.start()
        await asyncio.sleep(4.5)
        text = "drivers are being stopped because one was lost; reload after that"
        assert refusal(lambda: executor.difference(plan)) == text
        assert refusal(executor.release).startswith("drivers are being started or stopped")
        await executor.stop()

    run_virtually(main())


def test_what_is_left_running_is_reported_as_it_stands(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]))
        await executor.start()
        report = executor.release()
        assert await executor.wait() is executor.release() is report
        return report

    report = run_virtually(main())
    assert world.recorder.ended == [report]
    assert (report["a"].state, report["a"].stopped) == (State.READY, False)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"jobs": 0}, "jobs: expected a number from 1, got 0"),
        ({"on_failure": "panic"}, "on_failure: expected abort, isolate, ignore, got 'panic'"),
    ],
)
def test_options_that_cannot_be_are_named(world: World, options: dict[str, object], text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        world.executor(world.plan([world.driver("a")]), **options)
    assert str(caught.value) == text


@pytest.mark.parametrize("name", ["timeout", "stop_timeout", "deadline"])
def test_times_that_cannot_be_are_named(world: World, name: str) -> None:
    with pytest.raises(DeclarationError, match=rf"^{name}: expected a number of seconds"):
        world.executor(world.plan([world.driver("a")]), **{name: -1})


def test_an_unknown_target_is_named_as_a_driver(world: World) -> None:
    with pytest.raises(UnknownNameError) as caught:
        world.plan([world.driver("storage")]).subset(["storrage"])
    assert str(caught.value) == "no driver is named 'storrage'; did you mean 'storage'?"


def test_a_disabled_target_is_named(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))], disabled=["a"])
    with pytest.raises(DisabledTargetError, match=r"^the driver 'a' is disabled"):
        plan.subset(["b", "a"])


def test_reporters_hear_of_the_end_of_each_start_and_reload(world: World) -> None:
    heard: list[Report] = []
    world.recorder.start_ended = heard.append  # type: ignore[method-assign,assignment]
    plan = world.plan([world.driver("a")])

    async def main() -> list[Report]:
        executor = world.executor(plan)
        started = await executor.start()
        reloaded = await executor.reload(plan)
        await executor.stop()
        return [started, reloaded.report]

    assert heard == run_virtually(main())
    assert len(heard) == 2


def test_what_blocked_the_loop_from_outside_is_a_note(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]))
        executor.note_blocked("too early", 3)
        await executor.start()
        executor.note_blocked("writing the journal", 3)
        executor.note_blocked("writing the journal", 2)
        executor.note_blocked("a trifle", 0.1)
        return await executor.stop()

    (note,) = run_virtually(main()).notes
    assert note.startswith("writing the journal blocked the event loop for 3.0 s")


def test_a_pause_that_a_stop_ended_is_waited_for_no_more(world: World) -> None:
    async def fail(context: Context) -> None:
        raise ValueError("no")

    world.deeds.update({"a:start": fail, "b:stop": hang})
    plan = world.plan([world.driver("a", policy=Policy(retries=1, backoff=60)), world.driver("b")])

    async def main() -> tuple[tuple[str, ...], tuple[str, ...]]:
        executor = world.executor(plan, stop_timeout=5)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(2)
        before = executor.waiting()
        executor.request_stop()
        await asyncio.sleep(2)
        during = executor.waiting()
        await start
        return before, during

    before, during = run_virtually(main())
    assert before == ("a:start waits for another attempt",)
    assert not any("another attempt" in text for text in during)
    assert "b:stop has run for 2 s" in during

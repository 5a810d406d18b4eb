"""Drivers that restart by themselves, because their check fails or for another reason, and what starts meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

import pytest

from tests.executor.test_health import Checked, driver, play, states, times
from tierdeps import DependencyGraph, Lifecycle, State, StepEvent, requires, wants

if TYPE_CHECKING:
    from tests.executor.test_health import Seen
    from tierdeps import Context, Executor


class Inline(Checked):
    """Restarts within its ``recover``."""

    ends_with: ClassVar[bool | Exception] = True

    async def recover(self, context: Context) -> bool:
        context.restarting("its check failed")
        await asyncio.sleep(3)
        if isinstance(self.ends_with, Exception):
            raise self.ends_with
        if self.ends_with:
            self.sick.discard(context.driver)
            context.restarted()
        return self.ends_with


class InVain(Inline):
    ends_with = False


class Raises(Inline):
    ends_with = OSError("no such file")


class AdoptedInline(Inline):
    async def adopt(self, context: Context) -> bool:
        return context.driver == "a"


@pytest.mark.parametrize(("kind", "state"), [(Inline, State.READY), (AdoptedInline, State.ADOPTED)])
def test_a_recover_that_reports_a_restart_goes_on_to_its_end(kind: type[Lifecycle], state: State) -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        Checked.sick.add("a")
        await asyncio.sleep(40)
        assert states(executor) == {"a": state}
        marks = [event.mark for event in seen.events if event.driver == "a" and event.phase == "start"]
        assert marks[-2:] == [StepEvent.RETRIED, StepEvent.DONE]
        checked = len(times("check", "a"))
        await asyncio.sleep(10)
        assert len(times("check", "a")) > checked, "it is checked again"

    assert play(steps, driver("a", lifecycle=kind)).ok


@pytest.mark.parametrize("kind", [InVain, Raises])
def test_a_driver_that_reports_a_restart_and_does_not_recover_is_lost(kind: type[Lifecycle]) -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        Checked.sick.add("a")
        await asyncio.sleep(40)
        assert states(executor) == {"a": State.STOPPED, "b": State.STOPPED}

    report = play(steps, driver("a", lifecycle=kind), driver("b", requires("a")))
    assert report.root_causes[0].reason.startswith("its check failed 3 times in a row: ")


def test_there_is_no_check_while_a_driver_restarts() -> None:
    async def steps(executor: Executor, seen: Seen) -> None:
        del executor
        Checked.sick.add("a")
        await asyncio.sleep(40)
        first, done = [event.at for event in seen.events if event.phase == "start" and event.at > 1]
        assert not [at for at in times("check", "a") if first <= at <= done]

    play(steps, driver("a", lifecycle=Inline))


class Kept(Lifecycle):
    """Keeps its context; it has no check."""

    contexts: ClassVar[dict[str, Context]] = {}

    async def start(self, context: Context) -> None:
        self.contexts[context.driver] = context


@pytest.mark.parametrize("kind", [Kept, type("Both", (Checked, Kept), {"start": Kept.start})])
@pytest.mark.parametrize("verb", [requires, wants])
def test_nothing_starts_on_a_driver_that_restarts(kind: type[Lifecycle], verb: object) -> None:
    a, b = driver("a", lifecycle=kind), driver("b", verb("a"))  # type: ignore[operator]  # either verb

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        await asyncio.sleep(20)
        Kept.contexts["a"].restarting("it exited with 9")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b]).collapse()))
        await asyncio.sleep(30)
        assert executor.waiting() == ("b:start waits for the restart of a",)
        assert not times("start", "b")
        Kept.contexts["a"].restarted()
        assert (await reloading).ok
        assert [round(at) for at in times("start", "b")] == [50]

    assert play(steps, a).ok


@pytest.mark.parametrize(("verb", "expected"), [(requires, []), (wants, [50])])
def test_what_waits_for_a_restart_does_not_wait_for_one_that_is_lost(verb: object, expected: list[float]) -> None:
    a, b = driver("a", lifecycle=Kept), driver("b", verb("a"))  # type: ignore[operator]  # either verb

    async def steps(executor: Executor, seen: Seen) -> None:
        del seen
        await asyncio.sleep(20)
        Kept.contexts["a"].restarting("it exited with 9")
        reloading = asyncio.ensure_future(executor.reload(DependencyGraph([a, b]).collapse()))
        await asyncio.sleep(30)
        Kept.contexts["a"].lost("it exited with 9 again")
        await reloading
        assert [round(at) for at in times("start", "b")] == expected

    play(steps, a)

"""Reporters that raise: each receives nothing more, the report says so, and the run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import change
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report

METHODS = ("run_started", "event", "raised", "start_ended", "plan_changed", "run_ended")


class Breaking(Reporter):
    """Counts its calls, and raises in one of its methods."""

    def __init__(self, method: str) -> None:
        self.calls: list[str] = []
        for name in METHODS:
            setattr(self, name, self._fail if name == method else lambda *_, name=name: self.calls.append(name))

    def _fail(self, *_: Any) -> NoReturn:
        self.calls.append("raised an exception")
        raise ValueError("no")


async def fail(context: Context) -> NoReturn:
    raise OSError("no disk")


@pytest.mark.parametrize("method", METHODS)
def test_a_reporter_that_raises_receives_nothing_more_and_is_noted(world: World, method: str) -> None:
    breaking = Breaking(method)
    world.deeds["bad:start"] = fail
    kinds = Kinds(world)
    old, new = world.plan([kinds("a")]), world.plan([kinds("a"), kinds("bad")])

    async def main() -> Report:
        executor = Executor(old, engine=INLINE, reporters=(breaking, world.recorder), on_failure="ignore")
        await executor.start()
        assert (await executor.reload(new)).ok
        await executor.stop()
        return executor.report()

    report = run_virtually(main())
    assert report.notes == ("the reporter Breaking raised ValueError: no; it receives no more events",)
    assert breaking.calls.count("raised an exception") == 1
    assert breaking.calls[-1] == "raised an exception"
    assert (report.ready, len(world.recorder.ended)) == (True, 1)


def test_all_is_reported_in_its_order(world: World) -> None:
    listening = Breaking("")
    world.deeds["bad:start"] = fail
    kinds = Kinds(world)
    for method in METHODS:
        setattr(world.recorder, method, getattr(listening, method))
    change(world, world.plan([kinds("a")]), world.plan([kinds("a"), kinds("bad")]), on_failure="ignore")
    order = [call for number, call in enumerate(listening.calls) if not number or listening.calls[number - 1] != call]
    assert order == [
        "run_started", "event", "start_ended", "plan_changed", "event", "raised", "event", "start_ended", "event",
        "run_ended",
    ]  # fmt: skip

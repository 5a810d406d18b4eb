"""The states of drivers: which follow on which, and what a report says of them while the run goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor.driver import DriverRun, IllegalTransitionError
from tierdeps.executor.run import Options, Run
from tierdeps.model import State, requires
from tierdeps.model.report import TRANSITIONS
from tierdeps.reporters.group import ReporterGroup
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report


async def fail(context: Context) -> NoReturn:
    raise ValueError("busy")


def pair(world: World) -> Plan:
    return world.plan([world.driver("a"), world.driver("b", requires("a"))])


def driver_in(world: World, *way: State) -> DriverRun:
    """Return a driver that went this way, in a run that the world's recorder listens to."""

    async def main() -> DriverRun:
        run = Run(Options(), INLINE.open(), ReporterGroup((world.recorder,)))
        run.switch(world.plan([world.driver("a")]), Settings())
        driver = run.current.driver("a")
        for state in way:
            driver.move(state)
        return driver

    return run_virtually(main())


def test_every_state_says_where_it_leads() -> None:
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("to", State)
def test_a_driver_refuses_a_transition_that_is_not_listed(world: World, to: State) -> None:
    driver = driver_in(world, State.STARTING, State.READY)
    if to in TRANSITIONS[State.READY]:
        driver.move(to)
        assert driver.state is to
        return
    with pytest.raises(IllegalTransitionError, match=f"a cannot go from ready to {to}"):
        driver.move(to)
    assert driver.state is State.READY


def test_a_transition_emits_its_event_once_and_a_refused_one_none(world: World) -> None:
    driver = driver_in(world)
    driver.move(State.FAILED, "no disk")
    with pytest.raises(IllegalTransitionError):
        driver.move(State.READY)
    assert [(event.state, event.reason) for event in world.recorder.events] == [(State.FAILED, "no disk")]


def test_a_stop_keeps_what_the_start_came_to(world: World) -> None:
    driver = driver_in(world, State.STARTING, State.READY)
    driver.move(State.STOPPING, of_stop=True)
    driver.move(State.FAILED, "it hangs", of_stop=True)
    assert (driver.state, driver.start_state, driver.reason) == (State.FAILED, State.READY, "")


def test_a_report_of_a_run_says_what_is_being_stopped_and_what_is_stopped(world: World) -> None:
    async def main() -> tuple[Report, Report, Report]:
        executor = world.executor(pair(world))
        await executor.start()
        stop = asyncio.create_task(executor.stop())
        await asyncio.sleep(1.5)
        during = executor.report()
        final = await stop
        return during, executor.report(), final

    during, after, final = run_virtually(main())
    assert [outcome.state for outcome in during.outcomes] == [State.STOPPING, State.STOPPED]
    assert [outcome.state for outcome in after.outcomes] == [State.STOPPED, State.STOPPED]
    assert [outcome.state for outcome in final.outcomes] == [State.READY, State.READY], "what the start came to"
    assert {outcome.start_state for report in (during, after, final) for outcome in report.outcomes} == {State.READY}
    assert during.ready
    assert after.ok


def test_a_report_after_a_stop_that_went_wrong_says_so(world: World) -> None:
    world.deeds["b:stop"] = fail

    async def main() -> tuple[Report, Report]:
        executor = world.executor(pair(world))
        await executor.start()
        return await executor.stop(), executor.report()

    final, after = run_virtually(main())
    assert [outcome.state for outcome in after.outcomes] == [State.STOPPED, State.FAILED]
    assert after["b"].start_state is final["b"].state is State.READY
    assert after.root_causes == (), "a stop that goes wrong is no reason for which the start failed"
    assert after["b"].stop_error == "ValueError: busy"
    assert not after.ok


def test_what_failed_is_stopped_and_still_the_cause(world: World) -> None:
    world.deeds["b:start"] = fail

    async def main() -> Report:
        executor = world.executor(pair(world))
        await executor.start()
        return executor.report()

    after = run_virtually(main())
    assert after["b"].state is State.STOPPED
    assert [outcome.driver for outcome in after.root_causes] == ["b"]
    assert not after.ready

"""Drivers that are lost at any moment, on a virtual clock: during starts, reloads, requests and stops.

``python -m tests.property.test_losing 30000`` plays that many of each kind by hand and says how many held; a
second number is the first seed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.property.stage import Recorder, Site, Stage
from tests.property.test_reload import DEADLINE, SLOW, STOP_TIMEOUT, by_hand, check_events, executor, play
from tierdeps.errors import RunError, TierdepsError, UnknownNameError
from tierdeps.executor import Action, ActionResult, Dependents
from tierdeps.model import Kind, OnFailure, State

if TYPE_CHECKING:
    from tierdeps.executor import Executor
    from tierdeps.model import Plan, Report

#: With these, nothing that requires a driver is up while that is down.
COUPLING = (Dependents.COUPLED, Dependents.COUPLED, Dependents.ALL)


@dataclass
class Storm:
    """One run in which drivers are lost, and the result of it; ``quiet`` is how it stood before the stop."""

    stage: Stage
    on_failure: OnFailure
    recorder: Recorder
    lost: list[str]
    quiet: Report
    final: Report
    took: float
    leftovers: int
    #: What came out of each request for single drivers.
    answers: list[ActionResult | TierdepsError]


async def storm(seed: int, *, gentle: bool) -> Storm:
    """Start a random plan and lose drivers of it; unless it is gentle, reload and stop at any moment too."""
    random, loop = Random(seed), asyncio.get_running_loop()  # noqa: S311
    site, stage = Site(random), Stage(seed, bad=2)
    parts = site.parts()
    recorder, lost, answers = Recorder(stage), list[str](), list[ActionResult | TierdepsError]()
    policy = OnFailure.ISOLATE if gentle else random.choice(tuple(OnFailure))
    run = executor(stage, site.plan(stage, parts), recorder, on_failure=policy, jobs=random.choice((None, None, 1, 2)))
    start = loop.create_task(run.start())
    for _ in range(random.randint(1, 4)):
        loop.call_later(random.uniform(0, 25), lose, stage, random, lost)
    if not gentle:
        trouble(run, site, stage, random)
        ask(run, list(parts), answers, stage, random)
    await asyncio.wait([start])
    await asyncio.sleep(600)
    quiet, began = run.report(), loop.time()
    final = await run.stop()
    took = loop.time() - began
    assert await run.wait() is final
    await asyncio.sleep(100)
    leftovers = sum(task.get_name().startswith("tierdeps ") for task in asyncio.all_tasks())
    return Storm(stage, policy, recorder, lost, quiet, final, took, leftovers, answers)


def lose(stage: Stage, random: Random, lost: list[str]) -> None:
    """Lose a driver that runs, or one that did."""
    some = [actor for actor in stage.actors if actor.context is not None]
    if some:
        actor = random.choice(some)
        assert actor.context is not None
        actor.context.lost("gone")
        lost.append(actor.name)


def trouble(run: Executor, site: Site, stage: Stage, random: Random) -> None:
    """Ask for a reload, for a stop, for haste."""
    loop = asyncio.get_running_loop()
    old = site.parts()
    new = site.change(old)
    stage.frail = {(name, 2) for name in new}

    async def reload(seconds: float, plan: Plan) -> None:
        await asyncio.sleep(seconds)
        with suppress(RunError):
            await run.reload(plan)

    if random.random() < 0.7:
        stage.tasks = [loop.create_task(reload(random.uniform(0, 30), site.plan(stage, new))) for _ in range(2)]
    if random.random() < 0.5:
        loop.call_later(random.uniform(0, 40), run.request_stop)
    if random.random() < 0.2:
        loop.call_later(random.uniform(0, 45), run.expedite)


def ask(
    run: Executor, names: list[str], answers: list[ActionResult | TierdepsError], stage: Stage, random: Random
) -> None:
    """Request restarts, stops and starts of single drivers at any moment, some of them at the same one."""

    async def request(seconds: float) -> None:
        await asyncio.sleep(seconds)
        named = random.sample(names, random.randint(1, min(2, len(names))))
        try:
            answers.append(await run.perform(random.choice(tuple(Action)), named, random.choice(COUPLING)))
        except (RunError, UnknownNameError) as error:  # it was adopted or removed, or the run is over
            answers.append(error)

    moments = [random.uniform(0, 40) for _ in range(random.choice((0, 1, 2, 4)))] if names else []
    loop = asyncio.get_running_loop()
    stage.tasks += [loop.create_task(request(random.choice(moments))) for _ in moments]


def check_storm(played: Storm) -> None:
    """Each driver of which a phase started is stopped once, in order, and all is over in time."""
    check_events(played.stage, played.recorder, played.on_failure)
    assert played.took <= DEADLINE + STOP_TIMEOUT
    assert played.leftovers == 0
    assert all(task.done() for task in played.stage.tasks), "a request was not answered"
    for answer in played.answers:
        check_answer(answer)


def check_answer(answer: ActionResult | TierdepsError) -> None:
    """What an action was to bring up is up in its report, or is named as down; what it stopped was stopped."""
    if isinstance(answer, TierdepsError):
        return
    if answer.problem.startswith("the run was stopped"):
        return
    for name in answer.plan.to_start:
        outcome = answer.report[name]
        ignored = outcome.ignored and name not in answer.plan.named
        assert (name in answer.down) == (not (outcome.state.satisfies_barrier or ignored)), outcome
    for outcome in answer.stopped:
        assert outcome.stopped or (outcome.stop_error and not answer.ok), outcome
    only_stopped = {*answer.plan.to_stop} - {*answer.plan.to_start}
    assert all(answer.report[name].stopped or answer.report[name].stop_error for name in only_stopped)


def check_gentle(played: Storm) -> None:
    """What requires a lost driver is stopped, and so is that; everything else goes on, or was never started."""
    check_storm(played)
    quiet = played.quiet
    if any(quiet.plan.drivers[root.driver].policy.on_failure is OnFailure.ABORT for root in quiet.root_causes):
        return  # by its own policy all was stopped
    for outcome in quiet.outcomes:
        driver = quiet.plan.drivers[outcome.driver]
        required = {wait.step.driver for waits in driver.waits for wait in waits if wait.kind is Kind.REQUIRES}
        if outcome.state is State.READY:
            assert not outcome.stopped
            assert not any(is_down(quiet, name) for name in required), outcome
        if outcome.state is State.BLOCKED:
            assert outcome.cause
            assert {*outcome.cause} <= {root.driver for root in quiet.root_causes}
            assert outcome.stopped == outcome.begun
        if outcome.state is State.FAILED:
            assert outcome.driver in played.lost
            assert outcome.stopped == outcome.begun or outcome.ignored
        assert outcome.state not in (State.PENDING, State.STARTING)


def is_down(report: Report, name: str) -> bool:
    return report[name].stopped or (report[name].state in (State.FAILED, State.BLOCKED) and not report[name].ignored)


@SLOW
@given(st.integers(0, 2**32))
def test_what_requires_a_lost_driver_is_stopped_and_nothing_else(seed: int) -> None:
    check_gentle(play(storm(seed, gentle=True)))


@SLOW
@given(st.integers(0, 2**32))
def test_whatever_is_lost_whenever_each_driver_is_stopped_once_and_in_time(seed: int) -> None:
    check_storm(play(storm(seed, gentle=False)))


if __name__ == "__main__":
    by_hand(
        {
            "calm": lambda seed: check_gentle(play(storm(seed, gentle=True))),
            "storm": lambda seed: check_storm(play(storm(seed, gentle=False))),
        },
    )

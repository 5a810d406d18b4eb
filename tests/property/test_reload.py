"""Reloads and losses at any moment, on a virtual clock.

``python -m tests.property.test_reload 30000`` plays that many of each kind by hand and says how many held; a
second number is the first seed.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.stage import EventSource, Recorder, Site, Stage, unchanged
from tierdeps.clock import VirtualLoop
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.model import Event, Kind, OnFailure, Plan, State, StepEvent
from tierdeps.model.report import TRANSITIONS
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping
    from typing import Any

    from tierdeps.executor import ReloadResult
    from tierdeps.model import Report

#: The states that a driver which a reload replaced may be reported in, where the reload is taken back.
OVER = frozenset({State.STOPPED, State.FAILED, State.BLOCKED, State.SKIPPED, State.ADOPTED, State.PENDING})
TIMEOUT, STOP_TIMEOUT, DEADLINE, GRACE = 5.0, 6.0, 600.0, 1.0


def executor(stage: Stage, plan: Plan, recorder: Recorder | None = None, **options: Any) -> Executor:
    reporters = () if recorder is None else (recorder,)
    return Executor(
        plan,
        engine=INLINE,
        reporters=reporters,
        timeout=TIMEOUT,
        stop_timeout=STOP_TIMEOUT,
        deadline=DEADLINE,
        allow_empty=True,  # where nothing is left, or all is skipped, that is what was asked for
        **options,
    )


def states(report: Report) -> dict[str, State]:
    return {outcome.driver: outcome.state for outcome in report.outcomes}


def each_is_stopped_once(stage: Stage) -> None:
    for actor in stage.actors:
        assert actor.counted("stop") == actor.began, (actor.name, actor.calls)
        assert actor.counted("cleanup") == actor.began, (actor.name, actor.calls)


def stops_respect_edges(recorder: EventSource) -> None:
    """Nothing is stopped while something of its plan that requires it, and is not of an earlier stage, is up."""
    plan: Plan | None = None
    up: dict[str, bool] = {}
    stopping: set[str] = set()
    for record in recorder.records:
        if isinstance(record, Plan):
            plan = record
            continue
        assert plan is not None
        if record.mark is not None:
            continue
        if record.driver in stopping:  # and that is its end, well or not
            stopping.discard(record.driver)
            up[record.driver] = False
        elif record.state in (State.PENDING, State.STARTING):
            up[record.driver] = record.state is State.STARTING
        elif record.state is State.STOPPING:
            stopping.add(record.driver)
            for other in requiring(plan, record.driver):
                assert not up.get(other, False), f"{other} requires {record.driver}, which is stopped at {record.at}"


def moves_are_listed(recorder: EventSource) -> None:
    """No driver goes where TRANSITIONS does not let it; another instance of a driver starts from the start.

    What a reverted reload had replaced is reported again: it is as it was before.
    """
    stands: dict[str, State] = {}
    repeated: dict[str, State] = {}
    for record in recorder.records:
        if isinstance(record, Plan):
            repeated = dict(stands)
        elif record.mark is None:
            before = stands.get(record.driver, State.PENDING)
            again = record.driver in repeated
            listed = record.state in TRANSITIONS[before] or (again and record.state in TRANSITIONS[State.PENDING])
            assert listed or (again and record.state in OVER), f"{record} from {before}"
            stands[record.driver] = record.state
            repeated.pop(record.driver, None)


def requiring(plan: Plan, name: str) -> Iterator[str]:
    """Yield who requires a driver, but for those that it needs in another phase itself."""
    place = {tier.name: number for number, tier in enumerate(plan.tiers)}
    mine = plan.drivers[name]
    for other in plan:
        needs = any(wait.step.driver == name and wait.kind is Kind.REQUIRES for waits in other.waits for wait in waits)
        if needs and (place[other.tier], other.stage) > (place[mine.tier], mine.stage):
            yield other.name


def steps_respect_edges(recorder: EventSource, on_failure: OnFailure) -> None:
    """A step starts after what it requires; nothing of a tier starts while an earlier one is not up."""
    plan: Plan | None = None
    done: set[tuple[str, str | None]] = set()
    state: dict[str, State] = {}
    for record in recorder.records:
        if isinstance(record, Plan):
            plan = record
            continue
        assert plan is not None
        if record.mark is None:
            state[record.driver] = record.state
            if record.state is State.STARTING:
                done = {step for step in done if step[0] != record.driver}
        elif record.mark is StepEvent.DONE:
            done.add((record.driver, record.phase))
        elif record.mark is StepEvent.STARTED and record.phase in plan.drivers[record.driver].phases:
            step_begins(plan, record, done, state, on_failure)


def step_begins(
    plan: Plan, record: Event, done: set[tuple[str, str | None]], state: dict[str, State], on_failure: OnFailure
) -> None:
    driver = plan.drivers[record.driver]
    passed = (State.ADOPTED, State.SKIPPED)
    for wait in driver.waits[driver.phases.index(record.phase or "")]:
        if wait.kind is Kind.REQUIRES:
            needed = state.get(wait.step.driver)
            ignored = (plan.drivers[wait.step.driver].policy.on_failure or on_failure) is OnFailure.IGNORE
            assert tuple(wait.step) in done or needed in passed or ignored, f"{record} without {wait}"
            assert needed not in (State.STOPPING, State.STOPPED), f"{record} after the stop of {wait}"


@dataclass
class Played:
    """One reload: what ran before, what came out, and how a fresh start came out."""

    stage: Stage
    recorder: Recorder
    before: Report
    reloaded: ReloadResult
    final: Report
    same: set[str]
    touched: set[str]
    #: What really ran after it.
    alive: set[str]
    fresh: Report
    took: float


async def reload(seed: int, *, frail: bool) -> Played:
    """Start a random plan, go over to another one, and stop it; start the other one afresh as well."""
    random = Random(seed)  # noqa: S311
    site, stage = Site(random), Stage(seed)
    old_parts = site.parts()
    new_parts = site.change(old_parts)
    old, new = site.plan(stage, old_parts), site.plan(stage, new_parts)
    if frail:
        held = {(part.name, part.version) for part in old_parts.values()}
        stage.frail = {(part.name, part.version) for part in new_parts.values()} - held
        stage.bad = 2
    values = {name: {"value": 1} for name in old_parts}
    later = {name: {"value": random.choice((1, 1, 2))} for name in new_parts}
    recorder = Recorder(stage)
    jobs = random.choice((None, None, 1, 3))
    run = executor(stage, old, recorder, settings=Settings(drivers=values), jobs=jobs)
    before = await run.start()
    loop = asyncio.get_running_loop()
    turn, began = stage.count(), loop.time()
    reloaded = await run.reload(new, Settings(drivers=later))
    took = loop.time() - began
    adopted = {outcome.driver for outcome in before.outcomes if outcome.state is State.ADOPTED}
    same = unchanged(old_parts, new_parts, adopted.__contains__)
    called = {
        actor.name for actor in stage.actors for call in actor.calls if call.turn > turn and call.verb != "reload"
    }
    alive = {actor.name for actor in stage.actors if actor.began and not actor.counted("stop")}
    final = await run.stop()
    fresh_run = executor(stage, new, settings=Settings(drivers=later), jobs=jobs)
    fresh = await fresh_run.start()
    await fresh_run.stop()
    await asyncio.sleep(100)
    return Played(stage, recorder, before, reloaded, final, same, called, alive, fresh, took)


def check_reload(played: Played) -> None:
    """A reload ends as a fresh start would, and touches nothing that both have."""
    assert played.before.ok
    assert played.reloaded.ok, played.reloaded
    assert states(played.reloaded.report) == states(played.fresh)
    assert not played.touched & played.same
    assert {*played.reloaded.reload.untouched, *played.reloaded.reload.to_reload} == played.same
    check_run(played)


def check_frail(played: Played) -> None:
    """Where the new part does not come up, all is as before; else all is as after a fresh start."""
    assert played.before.ok
    assert not played.touched & played.same
    if played.reloaded.failed is None:
        assert played.reloaded.report.ready
        assert states(played.reloaded.report) == states(played.fresh) or not played.fresh.ready
    else:
        assert not played.reloaded.failed.ready
        assert played.reloaded.report.ok
        assert states(played.reloaded.report) == states(played.before)
    check_run(played)


def check_events(stage: Stage, recorder: Recorder, on_failure: OnFailure = OnFailure.ABORT) -> None:
    each_is_stopped_once(stage)
    moves_are_listed(recorder)
    stops_respect_edges(recorder)
    steps_respect_edges(recorder, on_failure)


def check_run(played: Played) -> None:
    check_events(played.stage, played.recorder)
    ready = {name for name, state in states(played.reloaded.report).items() if state is State.READY}
    assert ready <= played.alive, "said to be ready, and stopped"
    started = {outcome.driver for outcome in played.reloaded.report.outcomes if outcome.begun}
    assert played.alive <= started, "runs on, and nobody knows"
    assert played.took <= 4 * (DEADLINE + STOP_TIMEOUT)
    assert not any(outcome.stop_error for outcome in played.final.outcomes)


def play(coroutine: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        problems: list[Any] = []
        runner.get_loop().set_exception_handler(lambda _, context: problems.append(context))
        result = runner.run(coroutine)
        assert not problems, problems
        return result


#: A message after so many scenarios.
REPORTED = 10_000


def by_hand(checks: Mapping[str, Callable[[int], None]]) -> None:
    """Play scenarios by hand: as many of each kind as the first argument says, from the seed that the second one is."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for name, check in checks.items():
        began = perf_counter()
        for seed in range(first, first + count):
            try:
                check(seed)
            except Exception as error:
                raise AssertionError(f"{name}, seed {seed}: {error!r}") from error
            if (seed + 1 - first) % REPORTED == 0:
                print(f"{name}: {seed + 1 - first} held so far", flush=True)  # noqa: T201
        print(f"{name}: {count} scenarios held, in {perf_counter() - began:.0f} s")  # noqa: T201


SLOW = settings(max_examples=2 * settings().max_examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.integers(0, 2**32))
def test_a_reload_ends_as_a_fresh_start_would_and_touches_nothing_that_both_have(seed: int) -> None:
    check_reload(play(reload(seed, frail=False)))


@SLOW
@given(st.integers(0, 2**32))
def test_where_the_new_part_fails_all_is_as_before(seed: int) -> None:
    check_frail(play(reload(seed, frail=True)))


if __name__ == "__main__":
    by_hand(
        {
            "well": lambda seed: check_reload(play(reload(seed, frail=False))),
            "frail": lambda seed: check_frail(play(reload(seed, frail=True))),
        },
    )

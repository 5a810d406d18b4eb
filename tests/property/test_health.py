"""Drivers whose checks fail at any moment, on a virtual clock: during starts, reloads, requests, losses and stops.

``python -m tests.property.test_health 30000`` plays that many by hand and says how many held; a second number is the
first seed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.property.checked import EPSILON, STOP_TIMEOUT, UP, CheckedDriver, Watched, World, waits
from tests.property.test_couplings import IGNORE, ISOLATE, random_plan
from tests.property.test_losing import check_answer
from tests.property.test_reload import DEADLINE, SLOW, by_hand, moves_are_listed, play
from tierdeps.engines.local import INLINE
from tierdeps.errors import RunError, TierdepsError, UnknownNameError
from tierdeps.executor import Action, ActionResult, Dependents, Executor
from tierdeps.model import Event, OnFailure, Plan, Policy, State, StepEvent
from tierdeps.model.report import CHECK
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from tierdeps.model import Report

#: How long things go wrong, and how long all has to come to rest then, in seconds.
TROUBLE_S, REST_S = 30.0, 30.0
POLICIES = (ISOLATE, ISOLATE, ISOLATE, IGNORE, Policy(on_failure=OnFailure.ABORT))
#: What a driver that fails its check may have left to live, besides what its own limits say.
MOMENT_S = 1.0


class Recorder(Reporter):
    """Keeps the events of a run, and when each instance was to be checked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.records: list[Event | Plan] = []
        self.executor: Executor | None = None
        #: The plan that a reload leads to, and the drivers of which it makes other instances.
        self.reload_to: Plan | None = None
        self.replaced: set[str] = set()
        #: By the identity of a plan that ran before another one, the instances that there were.
        self._before: dict[int, dict[str, CheckedDriver]] = {}

    def run_started(self, plan: Plan) -> None:
        self.plan_changed(plan)

    def plan_changed(self, plan: Plan) -> None:
        world, before = self.world, self.world.plan
        self.records.append(plan)
        world.plan = plan
        gone = {name for name in world.current if name not in plan.drivers}
        if plan is self.reload_to:
            gone |= self.replaced
            self.reload_to = None
            world.plan_before, world.untouched = before, plan.drivers.keys() - self.replaced
        elif before is not None and plan is not before:  # that reload is reverted
            gone |= self.replaced
            for name in self.replaced & world.current.keys():
                world.current[name].is_reverted = True
            world.ends_reload(was_reverted=True)
        for name in gone & world.current.keys():
            self._unwatch(world.current[name])
            world.states.pop(name, None)
        if before is not None and plan is not before:
            if id(plan) in self._before:  # the instances that only the reverted plan had are of it no more
                world.current = dict(self._before[id(plan)])
            self._before[id(before)] = dict(world.current)

    def event(self, event: Event) -> None:
        self.records.append(event)
        world, name = self.world, event.driver
        if event.mark is None:
            world.states[name] = event.state
            if event.state in UP:
                self._watch(name, event.state)
            elif event.state is not State.PENDING:
                self._unwatch(self.world.current.get(name))
            if event.state is State.FAILED:
                self._failed(event)
                world.loop.call_soon(self.note_end)
        elif event.state in UP and event.phase != CHECK and event.mark is StepEvent.RETRIED:
            self._unwatch(self.world.current.get(name))
        elif event.state in UP and event.phase == "start" and event.reason == "ready again":
            self._watch(name, event.state)
        elif event.phase == CHECK and event.state not in UP:
            world.wrong(f"{event}: it is not up")

    def _failed(self, event: Event) -> None:
        if event.reason.startswith("its check failed"):
            instance = self.world.current[event.driver]
            if instance.traits.recovers == "lost":
                instance.failed_enough()

    def _watch(self, name: str, state: State) -> None:
        instance = self.world.current[name]
        if (
            not self.world.is_ending
            and instance.traits.every
            and (not instance.watched or instance.watched[-1].end < inf)
        ):
            instance.watched.append(Watched(self.world.now, state=state))

    def _unwatch(self, instance: CheckedDriver | None) -> None:
        if instance is not None and instance.watched and instance.watched[-1].end == inf:
            instance.watched[-1].end = self.world.now

    def note_end(self) -> None:
        """Nothing is checked any more once all is being stopped."""
        if self.executor is not None and self.executor.is_ending and not self.world.is_ending:
            self.world.is_ending = True
            for instance in self.world.instances:
                self._unwatch(instance)


@dataclass
class HealthRun:
    """One run of drivers whose health changes, and what came out of it."""

    world: World
    recorder: Recorder
    #: How it stood once all drivers had been well for long, and what was down then had been started.
    quiet: Report
    final: Report
    took: float
    was_ended: bool
    answers: list[ActionResult | TierdepsError] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def health_run(seed: int) -> HealthRun:
    """Start a random plan, let much go wrong with it, then nothing more, start what is down, and stop all."""
    random, loop = Random(seed), asyncio.get_running_loop()  # noqa: S311
    world = World(seed)
    recorder = Recorder(world)
    executor = recorder.executor = Executor(
        random_plan(random, world.kind, POLICIES),
        engine=INLINE,
        reporters=(recorder,),
        jobs=random.choice((None, None, 1, 2)),
        stop_timeout=STOP_TIMEOUT,
        deadline=DEADLINE,
        allow_empty=True,
    )
    trouble = Trouble(executor, recorder, random)
    start = loop.create_task(executor.start())
    await asyncio.sleep(TROUBLE_S)
    world.make_all_healthy()
    await asyncio.wait([start, *trouble.tasks])
    await asyncio.sleep(REST_S)
    was_ended = executor.is_ending
    if not was_ended:
        await revive(executor, world)
    quiet, at = executor.report(), loop.time()
    truthful(world, quiet)
    world.is_in_order = not was_ended
    executor.request_stop()
    recorder.note_end()
    final = await executor.stop()
    took = loop.time() - at
    await asyncio.sleep(0)
    leaves_nothing(world)
    return HealthRun(world, recorder, quiet, final, took, was_ended, trouble.answers, trouble.tasks)


class Trouble:
    """What happens to the drivers of a run at drawn times, and what is requested meanwhile."""

    def __init__(self, executor: Executor, recorder: Recorder, random: Random) -> None:
        self._executor, self._recorder, self._world, self._random = executor, recorder, recorder.world, random
        self._loop = asyncio.get_running_loop()
        self.answers: list[ActionResult | TierdepsError] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._moments = [random.uniform(0, TROUBLE_S - 1) for _ in range(4)]
        for chances, function in (
            ((1, 2, 3, 4), self._unhealthy_time),
            ((0, 1, 2), self._exit),
            ((0, 0, 1), self._loss),
            ((0, 0, 0, 0, 1), self._stop),
            ((1, 2), self._look),
        ):
            for _ in range(random.choice(chances)):
                self._loop.call_at(self._moment(), function)
        requests = [self._request() for _ in range(random.choice((0, 1, 2, 3)))]
        requests += [self._reload() for _ in range(random.choice((0, 0, 1)))]
        self.tasks += [self._loop.create_task(request) for request in requests]

    def _moment(self) -> float:
        """Draw when something happens; several things may happen at the same time."""
        if self._random.random() < 0.5:
            return self._random.choice(self._moments)
        return self._random.uniform(0, TROUBLE_S - 1)

    def _unhealthy_time(self) -> None:
        names = sorted(self._world.kinds)
        self._world.make_unhealthy(self._random.choice(names), self._random.choice((0.5, 3.0, 8.0, 30.0)))

    def _some(self) -> CheckedDriver | None:
        up = self._world.up()
        return self._random.choice(up) if up else None

    def _exit(self) -> None:
        instance = self._some()
        if instance is not None and instance.supervisor is not None:
            instance.supervisor.exit(self._random.choice((0, 9)))

    def _loss(self) -> None:
        instance = self._some()
        if instance is not None:
            instance.loses("gone")

    def _stop(self) -> None:
        self._executor.request_stop()
        self._recorder.note_end()

    def _look(self) -> None:
        truthful(self._world, self._executor.report())

    async def _request(self) -> None:
        await asyncio.sleep(self._moment())
        assert self._world.plan is not None
        random, names = self._random, list(self._world.plan.drivers)
        named = random.sample(names, min(len(names), random.choice((1, 1, 2))))
        action, dependents = random.choice(tuple(Action)), random.choice((Dependents.COUPLED, *Dependents))
        if dependents is Dependents.NONE:
            self._world.alone.update(named)
        try:
            self.answers.append(await self._executor.perform(action, named, dependents))
        except (RunError, UnknownNameError) as error:  # it was adopted or removed, or the run is over
            self.answers.append(error)

    async def _reload(self) -> None:
        await asyncio.sleep(self._moment())
        plan = random_plan(self._random, self._world.kind, POLICIES)
        with suppress(RunError):
            self._recorder.replaced = {*self._executor.difference(plan).to_start}
            self._recorder.reload_to = plan
            await self._executor.reload(plan)
            self._world.ends_reload(was_reverted=False)


async def revive(executor: Executor, world: World) -> None:
    """Start what is down, one after the other, now that all are well: each comes up, and with it what it kept down."""
    assert world.plan is not None
    for name in [driver.name for driver in world.plan]:
        report = executor.report()
        if report[name].state in UP:
            continue
        down = [one for one in report.outcomes if one.state not in UP]
        with_it = {one.driver for one in down if one.cause == (name,)}
        shut_out = {one.driver for one in down if one.reason.startswith("the tier ")}
        result = await executor.start_drivers(name)
        assert result.ok, result
        assert result.report[name].state in UP, result
        for other in with_it:
            needed = {wait.step.driver for wait in waits(world.planned(other)) if wait.needs_success}
            instances = [one for one in world.instances if one.name == other and not one.is_reverted]
            has_started = any(one.start_called or one.adopted for one in instances)
            # one that has not started yet waits for its tier
            if has_started and all(result.report[one].state in UP for one in needed):
                assert result.report[other].state in UP, f"{other} was down because of {name}, and was not started"
        opens_its_tier(world.plan, name, result.report, shut_out)


def opens_its_tier(plan: Plan, name: str, report: Report, shut_out: set[str]) -> None:
    """The last driver that a tier waits for brings up what never started because the tier did not open."""
    tiers = [tier.name for tier in plan.tiers]
    place = {driver.name: tiers.index(driver.tier) for driver in plan}
    for other in shut_out:
        before = [one for one in place if place[one] < place[other]]
        needed = {wait.step.driver for wait in waits(plan.drivers[other]) if wait.needs_success}
        if name in before and all(report[one].state in UP for one in (*before, *needed)):
            assert report[other].state in UP, f"{other} waited for its tier, which {name} was the last of"


def truthful(world: World, report: Report) -> None:
    """What a report says of a driver is so."""
    for outcome in report.outcomes:
        name, state = outcome.driver, outcome.state
        if state is State.PENDING or name not in world.current:
            continue
        instance = world.current[name]
        true = {
            State.READY: instance.is_up and not instance.adopted,
            State.ADOPTED: instance.adopted,
            State.STARTING: instance.start_called and not instance.stopping,
            State.STOPPING: instance.stopping and not instance.stopped,
            State.STOPPED: not world.runs(name),
        }
        if not true.get(state, True):
            world.wrong(f"{name} is said to be {state}")
        if state is not world.states.get(name):
            world.wrong(f"{name} is {state} in the report, and {world.states.get(name)} by the events")


def leaves_nothing(world: World) -> None:
    """Nothing is up, no task of tierdeps is left, and no timer."""
    for instance in world.instances:
        if instance.start_called != instance.stopped:
            world.wrong(f"{instance.name} is left, or was stopped without a start")
    if tasks := [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("tierdeps ")]:
        world.wrong(f"tasks are left: {tasks}")
    scheduled = world.loop._scheduled  # type: ignore[attr-defined]
    if timers := [timer for timer in scheduled if not timer.cancelled()]:
        world.wrong(f"timers are left: {timers}")


def check_health_run(played: HealthRun) -> None:
    """Hold what happened against what is promised."""
    world = played.world
    assert not played.final.notes, played.final.notes
    assert not world.problems, "\n".join(world.problems)
    moves_are_listed(played.recorder)
    for instance in world.instances:
        assert instance.cleanups == instance.start_called
        checks_are_in_time(instance)
        illness_has_consequences(instance)
    assert played.took <= len(world.kinds) * 2 * STOP_TIMEOUT
    assert all(task.done() for task in played.tasks), "a request was not answered"
    for answer in played.answers:
        check_answer(answer)
    if not played.was_ended:
        assert all(outcome.state in UP for outcome in played.quiet.outcomes), played.quiet


def checks_are_in_time(instance: CheckedDriver) -> None:
    """A driver is checked while it is up, one check after the other, in time; and never else."""
    traits, checks = instance.traits, iter(instance.checks)
    every = max(traits.every, traits.every / 2 + traits.timeout) + EPSILON
    if traits.recovers == "hangs":
        every += STOP_TIMEOUT
    check = next(checks, None)
    for watched in instance.watched:
        last = watched.begin
        while check is not None and check.end < watched.end + EPSILON:
            assert watched.begin - EPSILON <= check.begin, f"{instance.name} was checked while it was not up: {check}"
            if check.passed is not None:
                assert check.end - last <= every, f"{instance.name} was not checked from {last:.3f} to {check.end:.3f}"
                last = check.end
            check = next(checks, None)
        assert watched.end - last <= every, f"{instance.name} was not checked from {last:.3f} to {watched.end:.3f}"
    assert check is None, f"{instance.name} was checked while it was not up: {check}"


def illness_has_consequences(instance: CheckedDriver) -> None:
    """What does not work is restarted, lost or stopped in time."""
    traits = instance.traits
    limit = traits.every * traits.failures + traits.timeout + MOMENT_S
    limit += STOP_TIMEOUT if traits.recovers == "hangs" else 0
    for span in instance.world.spans.get(instance.name, ()):
        for watched in instance.watched:
            seconds = min(span.end, watched.end) - max(span.start, watched.begin)
            assert seconds <= limit, f"{instance.name} did not work from {span.start:.3f}, and nothing was done"


@SLOW
@given(st.integers(0, 2**32))
def test_what_fails_its_check_is_restarted_or_lost_in_time_and_nothing_else_is(seed: int) -> None:
    check_health_run(play(health_run(seed)))


if __name__ == "__main__":
    by_hand(
        {"health": lambda seed: check_health_run(play(health_run(seed)))},
    )

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

from tests.property.patients import EPSILON, STOP_TIMEOUT, UP, Patient, Ward, Watched, waits
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


class Nurse(Reporter):
    """Keeps the events of a run, and when each instance was to be checked."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.told: list[Event | Plan] = []
        self.executor: Executor | None = None
        #: The plan that a reload leads to, and the drivers of which it makes other instances.
        self.reload_to: Plan | None = None
        self.replaced: set[str] = set()
        #: By the identity of a plan that ran before another one, the instances that there were.
        self._before: dict[int, dict[str, Patient]] = {}

    def run_started(self, plan: Plan) -> None:
        self.plan_changed(plan)

    def plan_changed(self, plan: Plan) -> None:
        ward, before = self.ward, self.ward.plan
        self.told.append(plan)
        ward.plan = plan
        gone = {name for name in ward.current if name not in plan.drivers}
        if plan is self.reload_to:
            gone |= self.replaced
            self.reload_to = None
            ward.plan_before, ward.untouched = before, plan.drivers.keys() - self.replaced
        elif before is not None and plan is not before:  # that reload is reverted
            gone |= self.replaced
            for name in self.replaced & ward.current.keys():
                ward.current[name].is_reverted = True
            ward.ends_reload(was_reverted=True)
        for name in gone & ward.current.keys():
            self._unwatch(ward.current[name])
            ward.states.pop(name, None)
        if before is not None and plan is not before:
            if id(plan) in self._before:  # the instances that only the reverted plan had are of it no more
                ward.current = dict(self._before[id(plan)])
            self._before[id(before)] = dict(ward.current)

    def event(self, event: Event) -> None:
        self.told.append(event)
        ward, name = self.ward, event.driver
        if event.mark is None:
            ward.states[name] = event.state
            if event.state in UP:
                self._watch(name, event.state)
            elif event.state is not State.PENDING:
                self._unwatch(self.ward.current.get(name))
            if event.state is State.FAILED:
                self._failed(event)
                ward.loop.call_soon(self.note_end)
        elif event.state in UP and event.phase != CHECK and event.mark is StepEvent.RETRIED:
            self._unwatch(self.ward.current.get(name))
        elif event.state in UP and event.phase == "start" and event.reason == "ready again":
            self._watch(name, event.state)
        elif event.phase == CHECK and event.state not in UP:
            ward.wrong(f"{event}: it is not up")

    def _failed(self, event: Event) -> None:
        if event.reason.startswith("its check failed"):
            patient = self.ward.current[event.driver]
            if patient.traits.recovers == "lost":
                patient.failed_enough()

    def _watch(self, name: str, state: State) -> None:
        patient = self.ward.current[name]
        if not self.ward.is_ending and patient.traits.every and (not patient.watched or patient.watched[-1].end < inf):
            patient.watched.append(Watched(self.ward.now, state=state))

    def _unwatch(self, patient: Patient | None) -> None:
        if patient is not None and patient.watched and patient.watched[-1].end == inf:
            patient.watched[-1].end = self.ward.now

    def note_end(self) -> None:
        """Nothing is checked any more once all is being stopped."""
        if self.executor is not None and self.executor.is_ending and not self.ward.is_ending:
            self.ward.is_ending = True
            for patient in self.ward.patients:
                self._unwatch(patient)


@dataclass
class Vigil:
    """One run of drivers whose health changes, and what came out of it."""

    ward: Ward
    nurse: Nurse
    #: How it stood once all drivers had been well for long, and what was down then had been started.
    quiet: Report
    final: Report
    took: float
    was_ended: bool
    answers: list[ActionResult | TierdepsError] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def vigil(seed: int) -> Vigil:
    """Start a random plan, let much go wrong with it, then nothing more, start what is down, and stop all."""
    random, loop = Random(seed), asyncio.get_running_loop()  # noqa: S311
    ward = Ward(seed)
    nurse = Nurse(ward)
    executor = nurse.executor = Executor(
        random_plan(random, ward.kind, POLICIES),
        engine=INLINE,
        reporters=(nurse,),
        jobs=random.choice((None, None, 1, 2)),
        stop_timeout=STOP_TIMEOUT,
        deadline=DEADLINE,
        allow_empty=True,
    )
    trouble = Trouble(executor, nurse, random)
    start = loop.create_task(executor.start())
    await asyncio.sleep(TROUBLE_S)
    ward.heal()
    await asyncio.wait([start, *trouble.tasks])
    await asyncio.sleep(REST_S)
    was_ended = executor.is_ending
    if not was_ended:
        await revive(executor, ward)
    quiet, at = executor.report(), loop.time()
    truthful(ward, quiet)
    ward.is_in_order = not was_ended
    executor.request_stop()
    nurse.note_end()
    final = await executor.stop()
    took = loop.time() - at
    await asyncio.sleep(0)
    leaves_nothing(ward)
    return Vigil(ward, nurse, quiet, final, took, was_ended, trouble.answers, trouble.tasks)


class Trouble:
    """What happens to the drivers of a run at drawn times, and what is requested meanwhile."""

    def __init__(self, executor: Executor, nurse: Nurse, random: Random) -> None:
        self._executor, self._nurse, self._ward, self._random = executor, nurse, nurse.ward, random
        self._loop = asyncio.get_running_loop()
        self.answers: list[ActionResult | TierdepsError] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._moments = [random.uniform(0, TROUBLE_S - 1) for _ in range(4)]
        for chances, function in (
            ((1, 2, 3, 4), self._sickness),
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

    def _sickness(self) -> None:
        names = sorted(self._ward.kinds)
        self._ward.fall_ill(self._random.choice(names), self._random.choice((0.5, 3.0, 8.0, 30.0)))

    def _some(self) -> Patient | None:
        up = self._ward.up()
        return self._random.choice(up) if up else None

    def _exit(self) -> None:
        patient = self._some()
        if patient is not None and patient.supervisor is not None:
            patient.supervisor.exit(self._random.choice((0, 9)))

    def _loss(self) -> None:
        patient = self._some()
        if patient is not None:
            patient.loses("gone")

    def _stop(self) -> None:
        self._executor.request_stop()
        self._nurse.note_end()

    def _look(self) -> None:
        truthful(self._ward, self._executor.report())

    async def _request(self) -> None:
        await asyncio.sleep(self._moment())
        assert self._ward.plan is not None
        random, names = self._random, list(self._ward.plan.drivers)
        named = random.sample(names, min(len(names), random.choice((1, 1, 2))))
        action, dependents = random.choice(tuple(Action)), random.choice((Dependents.COUPLED, *Dependents))
        if dependents is Dependents.NONE:
            self._ward.alone.update(named)
        try:
            self.answers.append(await self._executor.perform(action, named, dependents))
        except (RunError, UnknownNameError) as error:  # it was adopted or removed, or the run is over
            self.answers.append(error)

    async def _reload(self) -> None:
        await asyncio.sleep(self._moment())
        plan = random_plan(self._random, self._ward.kind, POLICIES)
        with suppress(RunError):
            self._nurse.replaced = {*self._executor.difference(plan).to_start}
            self._nurse.reload_to = plan
            await self._executor.reload(plan)
            self._ward.ends_reload(was_reverted=False)


async def revive(executor: Executor, ward: Ward) -> None:
    """Start what is down, one after the other, now that all are well: each comes up, and with it what it kept down."""
    assert ward.plan is not None
    for name in [driver.name for driver in ward.plan]:
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
            needed = {wait.step.driver for wait in waits(ward.planned(other)) if wait.needs_success}
            instances = [one for one in ward.patients if one.name == other and not one.is_reverted]
            has_started = any(one.start_called or one.adopted for one in instances)
            # one that has not started yet waits for its tier
            if has_started and all(result.report[one].state in UP for one in needed):
                assert result.report[other].state in UP, f"{other} was down because of {name}, and was not started"
        opens_its_tier(ward.plan, name, result.report, shut_out)


def opens_its_tier(plan: Plan, name: str, report: Report, shut_out: set[str]) -> None:
    """The last driver that a tier waits for brings up what never started because the tier did not open."""
    tiers = [tier.name for tier in plan.tiers]
    place = {driver.name: tiers.index(driver.tier) for driver in plan}
    for other in shut_out:
        before = [one for one in place if place[one] < place[other]]
        needed = {wait.step.driver for wait in waits(plan.drivers[other]) if wait.needs_success}
        if name in before and all(report[one].state in UP for one in (*before, *needed)):
            assert report[other].state in UP, f"{other} waited for its tier, which {name} was the last of"


def truthful(ward: Ward, report: Report) -> None:
    """What a report says of a driver is so."""
    for outcome in report.outcomes:
        name, state = outcome.driver, outcome.state
        if state is State.PENDING or name not in ward.current:
            continue
        patient = ward.current[name]
        true = {
            State.READY: patient.is_up and not patient.adopted,
            State.ADOPTED: patient.adopted,
            State.STARTING: patient.start_called and not patient.stopping,
            State.STOPPING: patient.stopping and not patient.stopped,
            State.STOPPED: not ward.runs(name),
        }
        if not true.get(state, True):
            ward.wrong(f"{name} is said to be {state}")
        if state is not ward.states.get(name):
            ward.wrong(f"{name} is {state} in the report, and {ward.states.get(name)} by the events")


def leaves_nothing(ward: Ward) -> None:
    """Nothing is up, no task of tierdeps is left, and no timer."""
    for patient in ward.patients:
        if patient.start_called != patient.stopped:
            ward.wrong(f"{patient.name} is left, or was stopped without a start")
    if tasks := [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("tierdeps ")]:
        ward.wrong(f"tasks are left: {tasks}")
    scheduled = ward.loop._scheduled  # type: ignore[attr-defined]
    if timers := [timer for timer in scheduled if not timer.cancelled()]:
        ward.wrong(f"timers are left: {timers}")


def check_vigil(played: Vigil) -> None:
    """Hold what happened against what is promised."""
    ward = played.ward
    assert not played.final.notes, played.final.notes
    assert not ward.problems, "\n".join(ward.problems)
    moves_are_listed(played.nurse)
    for patient in ward.patients:
        assert patient.cleanups == patient.start_called
        checks_are_in_time(patient)
        illness_has_consequences(patient)
    assert played.took <= len(ward.kinds) * 2 * STOP_TIMEOUT
    assert all(task.done() for task in played.tasks), "a request was not answered"
    for answer in played.answers:
        check_answer(answer)
    if not played.was_ended:
        assert all(outcome.state in UP for outcome in played.quiet.outcomes), played.quiet


def checks_are_in_time(patient: Patient) -> None:
    """A driver is checked while it is up, one check after the other, in time; and never else."""
    traits, checks = patient.traits, iter(patient.checks)
    every = max(traits.every, traits.every / 2 + traits.timeout) + EPSILON
    if traits.recovers == "hangs":
        every += STOP_TIMEOUT
    check = next(checks, None)
    for watched in patient.watched:
        last = watched.begin
        while check is not None and check.end < watched.end + EPSILON:
            assert watched.begin - EPSILON <= check.begin, f"{patient.name} was checked while it was not up: {check}"
            if check.passed is not None:
                assert check.end - last <= every, f"{patient.name} was not checked from {last:.3f} to {check.end:.3f}"
                last = check.end
            check = next(checks, None)
        assert watched.end - last <= every, f"{patient.name} was not checked from {last:.3f} to {watched.end:.3f}"
    assert check is None, f"{patient.name} was checked while it was not up: {check}"


def illness_has_consequences(patient: Patient) -> None:
    """What does not work is restarted, lost or stopped in time."""
    traits = patient.traits
    limit = traits.every * traits.failures + traits.timeout + MOMENT_S
    limit += STOP_TIMEOUT if traits.recovers == "hangs" else 0
    for span in patient.ward.spans.get(patient.name, ()):
        for watched in patient.watched:
            seconds = min(span.end, watched.end) - max(span.start, watched.begin)
            assert seconds <= limit, f"{patient.name} did not work from {span.start:.3f}, and nothing was done"


@SLOW
@given(st.integers(0, 2**32))
def test_what_fails_its_check_is_restarted_or_lost_in_time_and_nothing_else_is(seed: int) -> None:
    check_vigil(play(vigil(seed)))


if __name__ == "__main__":
    by_hand(
        {"vigil": lambda seed: check_vigil(play(vigil(seed)))},
    )

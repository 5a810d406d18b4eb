"""Couplings after the start, on a virtual clock: who is stopped, who is started again, in what order, and who goes on.

``python -m tests.property.test_couplings 30000`` plays that many of each kind by hand and says how many held; a
second number is the first seed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_reload import by_hand, play
from tierdeps import RunError
from tierdeps.engines.local import INLINE
from tierdeps.errors import UnknownNameError
from tierdeps.executor import Action, Dependents, Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import (
    Coupling,
    Dependency,
    Driver,
    Kind,
    OnFailed,
    OnFailure,
    OnLoss,
    OnRestart,
    Policy,
    State,
    Tier,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, PlannedDriver, Report, Wait

TIERS = ("early", "late")
ISOLATE, IGNORE = Policy(on_failure=OnFailure.ISOLATE), Policy(on_failure=OnFailure.IGNORE)


@dataclass
class Log:
    """What was done, in order, as (driver, verb), and the context that each driver had last."""

    done: list[tuple[str, str]] = field(default_factory=list)
    #: As ``done``, and never cleared.
    all: list[tuple[str, str]] = field(default_factory=list)
    contexts: dict[str, Context] = field(default_factory=dict)

    def note(self, driver: str, verb: str) -> None:
        self.done.append((driver, verb))
        self.all.append((driver, verb))

    def kinds(self) -> Callable[[str], type[Lifecycle]]:
        """Return the lifecycle of all drivers, by name, which keeps this log; each method takes a moment."""
        log = self

        class Kept(Lifecycle):
            async def start(self, context: Context) -> None:
                log.contexts[context.driver] = context
                log.note(context.driver, "start")
                await asyncio.sleep(1)

            async def stop(self, context: Context) -> None:
                log.note(context.driver, "stop")
                await asyncio.sleep(1)

        return lambda _: Kept


def random_plan(
    random: Random, kind: Callable[[str], type[Lifecycle]], policies: Sequence[Policy] = (ISOLATE, ISOLATE, IGNORE)
) -> Plan:
    """Make a plan of two tiers whose dependencies have couplings of all kinds and close no cycle."""
    names = [f"d{number}" for number in range(random.randint(2, 9))]
    cut = random.randint(0, len(names))
    drivers = []
    for place, name in enumerate(names):
        others = random.sample(names[:place], min(place, random.choice((0, 1, 1, 2, 3))))
        dependencies = tuple(_dependency(random, other) for other in others)
        policy = random.choice(policies)
        tier = TIERS[place >= cut]
        drivers.append(Driver(name, tier, dependencies=dependencies, lifecycle=kind(name), policy=policy))
    return DependencyGraph(drivers, [Tier("early"), Tier("late", after=("early",))]).collapse()


def _dependency(random: Random, target: str) -> Dependency:
    verb = random.choice((Kind.REQUIRES, Kind.REQUIRES, Kind.WANTS, Kind.AFTER))
    if verb is Kind.AFTER:
        return Dependency(verb, target)
    coupling = Coupling(
        random.choice((None, *OnRestart)),
        random.choice((None, *OnLoss)),
        random.choice((OnFailed.BLOCK, OnFailed.BLOCK, OnFailed.PASS)) if verb is Kind.REQUIRES else OnFailed.BLOCK,
    )
    return Dependency(verb, target, coupling=coupling)


def waits(driver: PlannedDriver) -> Iterator[Wait]:
    return (wait for group in driver.waits for wait in group)


def required(plan: Plan, name: str) -> set[str]:
    return {wait.step.driver for wait in waits(plan.drivers[name]) if wait.needs_success}


def goes_on_loss(wait: Wait) -> bool:
    """Work out from the documentation whether a driver goes with one that is lost and isolated."""
    if wait.coupling.on_loss is not None:
        return wait.coupling.on_loss == "stop"
    return wait.kind == "requires" and wait.coupling.failed == "block"


def goes_on_restart(wait: Wait) -> bool:
    if wait.coupling.on_restart is not None:
        return wait.coupling.on_restart == "restart"
    return wait.kind == "requires" and wait.coupling.failed == "block"


def closure(
    plan: Plan, root: str, first: Callable[[Wait], bool], others: Callable[[Wait], bool], up: set[str]
) -> set[str]:
    """Return what goes with a driver, without it: worked out the slow way."""
    found: set[str] = set()
    while True:
        more = {
            driver.name
            for driver in plan
            if driver.name in up
            and driver.name != root
            and any(
                (wait.step.driver == root and first(wait)) or (wait.step.driver in found and others(wait))
                for wait in waits(driver)
            )
        }
        if more <= found:
            return found
        found |= more


def check_order(plan: Plan, done: list[tuple[str, str]], verb: str) -> None:
    """What waits for another one is stopped before it, and started after it."""
    place = {name: number for number, (name, what) in enumerate(done) if what == verb}
    for name, number in place.items():
        for wait in waits(plan.drivers[name]):
            if wait.step.driver in place:
                other = place[wait.step.driver]
                assert number < other if verb == "stop" else number > other, f"{verb} of {name}, {wait}"


async def losses(seed: int) -> None:
    """Lose drivers one after another, each when all is quiet."""
    random, log = Random(seed), Log()  # noqa: S311
    plan = random_plan(random, log.kinds())
    executor = Executor(plan, engine=INLINE, on_failure=random.choice((OnFailure.ISOLATE, OnFailure.IGNORE)))
    assert (await executor.start()).ok
    up = {driver.name for driver in plan}
    ready = set(up)  # one that is lost and ignored counts as up, and is not ready
    for name in random.sample(sorted(up), min(len(up), 3)):
        if name not in ready:
            continue
        log.done.clear()
        log.contexts[name].lost("gone")
        await asyncio.sleep(100)
        ignored = plan.drivers[name].policy is IGNORE
        first = (lambda wait: wait.coupling.on_loss == "stop") if ignored else goes_on_loss
        gone = closure(plan, name, first, goes_on_loss, up)
        assert {driver for driver, _ in log.done} == (gone if ignored else gone | {name}), log.done
        assert all(verb == "stop" for _, verb in log.done)
        check_order(plan, log.done, "stop")
        up -= gone if ignored else gone | {name}
        ready -= gone | {name}
        report = executor.report()
        assert {one.driver for one in report.outcomes if one.state is State.READY} == ready
    await check_end(executor, log, plan)


async def restarts(seed: int) -> None:
    """Let drivers start again by themselves, one after another, each when all is quiet."""
    random, log = Random(seed), Log()  # noqa: S311
    plan = random_plan(random, log.kinds())
    executor = Executor(plan, engine=INLINE)
    assert (await executor.start()).ok
    up = {driver.name for driver in plan}
    for name in random.sample(sorted(up), min(len(up), 3)):
        log.done.clear()
        log.contexts[name].restarting("it exited with 9")
        await asyncio.sleep(random.choice((0, 1)))
        log.contexts[name].restarted()
        await asyncio.sleep(100)
        again = closure(plan, name, lambda wait: wait.coupling.on_restart == "restart", goes_on_restart, up)
        stops, starts = ([one for one in log.done if one[1] == verb] for verb in ("stop", "start"))
        assert log.done == stops + starts, "all are stopped before any is started"
        assert sorted(one for one, _ in stops) == sorted(one for one, _ in starts) == sorted(again)
        check_order(plan, log.done, "stop")
        check_order(plan, log.done, "start")
        assert executor.report().ok
    await check_end(executor, log, plan)


async def requests(seed: int) -> None:
    """Restart, stop and start single drivers, one request after another."""
    random, log = Random(seed), Log()  # noqa: S311
    plan = random_plan(random, log.kinds())
    executor = Executor(plan, engine=INLINE)
    assert (await executor.start()).ok
    up = {driver.name for driver in plan}
    for _ in range(random.randint(1, 4)):
        action, name = random.choice(tuple(Action)), random.choice([driver.name for driver in plan])
        dependents = random.choice((Dependents.COUPLED, Dependents.COUPLED, *Dependents))
        if action is Action.RELOAD:
            dependents = Dependents.NONE
        log.done.clear()
        starts_alone = dependents is Dependents.NONE and (
            action is Action.RESTART or (action is Action.START and name not in up)
        )
        if starts_alone and not required(plan, name) <= up:
            with pytest.raises(RunError, match="would not start"):
                await executor.perform(action, [name], dependents)
            assert log.done == []
            continue
        result = await executor.perform(action, [name], dependents)
        stops, starts = ([driver for driver, verb in log.done if verb == what] for what in ("stop", "start"))
        assert len({*starts}) == len(starts)
        assert not result.down
        assert [verb for _, verb in log.done] == ["stop"] * len(stops) + ["start"] * len(starts)
        assert len({*stops}) == len(stops)
        check_order(plan, log.done, "stop")
        check_request(plan, (action, name, dependents), up, {*stops}, {*starts})
        check_order(plan, log.done, "start")
        up = (up - {*stops}) | {*starts}
        assert {one.driver for one in result.report.outcomes if one.state is State.READY} == up
        assert result.ok == (not result.down) or action is Action.RELOAD
        if result.ok:
            assert action is Action.RELOAD or (name in up) == (action is not Action.STOP)
        assert all(one.state in (State.READY, State.STOPPED, State.BLOCKED) for one in result.report.outcomes)
    await executor.stop()
    check_counts(log)


def check_request(
    plan: Plan, request: tuple[Action, str, Dependents], up: set[str], stops: set[str], starts: set[str]
) -> None:
    """Work out from the documentation which drivers a request stops and starts."""
    action, name, dependents = request
    couples = {
        Dependents.COUPLED: goes_on_loss if action is Action.STOP else goes_on_restart,
        Dependents.ALL: lambda wait: wait.kind in ("requires", "wants"),
        Dependents.NONE: lambda _: False,
    }[dependents]
    # what goes with it by way of drivers that are down goes too
    gone = closure(plan, name, couples, couples, {*plan.drivers}) & up
    gone |= {name} & up
    if action is Action.RELOAD:
        assert not stops | starts
    elif action is Action.START:
        assert not stops, "what is down has been stopped"
        assert (name in starts) == (name not in up)
    else:
        assert stops == gone
    if action in (Action.STOP, Action.RELOAD):
        assert not starts
    elif dependents is Dependents.NONE:
        assert starts <= {name}
    else:
        there = (up - stops) | starts
        for driver in starts:
            assert required(plan, driver) <= there
        if action is Action.RESTART:
            assert gone <= starts, "what was stopped is up again, also if it was kept up without what it requires"


async def storm(seed: int) -> None:
    """Lose, restart, reload and stop at any moment, in any order: each is stopped as often as it is started."""
    random, log = Random(seed), Log()  # noqa: S311
    loop = asyncio.get_running_loop()
    kinds = log.kinds()
    plan = random_plan(random, kinds)
    policy = random.choice(tuple(OnFailure))
    executor = Executor(plan, engine=INLINE, on_failure=policy, jobs=random.choice((None, 1, 2)), allow_empty=True)

    async def ask(seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(RunError, UnknownNameError):
            names = [driver.name for driver in plan]
            await executor.perform(
                random.choice(tuple(Action)), [random.choice(names)], random.choice(tuple(Dependents))
            )

    def disturb() -> None:
        if log.contexts:
            context = log.contexts[random.choice(sorted(log.contexts))]
            random.choice((context.restarted, lambda: context.lost("gone")))()

    async def reload(seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(RunError):
            await executor.reload(random_plan(random, kinds))

    for _ in range(random.randint(1, 6)):
        loop.call_later(random.uniform(0, 30), disturb)
    tasks = [loop.create_task(reload(random.uniform(0, 30))) for _ in range(random.choice((0, 0, 1, 2)))]
    tasks += [loop.create_task(ask(random.uniform(0, 30))) for _ in range(random.choice((0, 1, 3)))]
    if random.random() < 0.3:
        loop.call_later(random.uniform(0, 30), executor.request_stop)
    await executor.start()
    await asyncio.sleep(500)
    report = await executor.stop()
    assert await executor.wait() is report
    assert all(task.done() for task in tasks)
    check_counts(log)


def check_counts(log: Log) -> None:
    """Each driver is stopped as often as it is started, in turn."""
    for name in log.contexts:
        verbs = [verb for driver, verb in log.all if driver == name]
        assert verbs == ["start", "stop"] * (len(verbs) // 2), (name, verbs)


async def check_end(executor: Executor, log: Log, plan: Plan) -> Report:
    """Stop what is left: in the end each driver was stopped as often as it was started."""
    report = await executor.stop()
    assert not any(one.stop_error for one in report.outcomes)
    assert {one.driver for one in report.outcomes if one.stopped} == set(plan.drivers)
    return report


SOME = settings(max_examples=60, deadline=None)


@SOME
@given(st.integers(0, 2**32))
def test_what_is_coupled_to_a_lost_driver_is_stopped_in_order_and_nothing_else(seed: int) -> None:
    play(losses(seed))


@SOME
@given(st.integers(0, 2**32))
def test_what_is_coupled_to_a_restarted_driver_is_started_again_in_order_and_nothing_else(seed: int) -> None:
    play(restarts(seed))


@SOME
@given(st.integers(0, 2**32))
def test_what_is_coupled_to_a_requested_driver_is_stopped_and_started_in_order_and_nothing_else(seed: int) -> None:
    play(requests(seed))


@SOME
@given(st.integers(0, 2**32))
def test_whatever_happens_whenever_each_driver_is_stopped_as_often_as_it_is_started(seed: int) -> None:
    play(storm(seed))


if __name__ == "__main__":
    by_hand(
        {
            "losses": lambda seed: play(losses(seed)),
            "restarts": lambda seed: play(restarts(seed)),
            "requests": lambda seed: play(requests(seed)),
            "storm": lambda seed: play(storm(seed)),
        },
    )

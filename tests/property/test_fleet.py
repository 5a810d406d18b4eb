"""The executor with hosts, on the virtual clock: workers, leases and messages are real, the network is simulated.

``python -m tests.property.test_fleet 50000`` plays that many of each kind by hand and says how many held; a second
number is the first seed.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import takewhile
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.fleets import LEASE, Trouble, Truth
from tests.property.promises import Check, check, explain, is_late
from tests.property.scenarios import GRACE, STOP_TIMEOUT, TIMEOUT, Diary, Puppet, play, random_plan
from tests.property.test_reload import by_hand, moves_are_listed, steps_respect_edges, stops_respect_edges
from tests.property.test_reload import play as on_virtual_clock
from tierdeps.errors import RunError
from tierdeps.executor import Executor
from tierdeps.model import Event, OnFailure, Plan, State, StepEvent
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tierdeps.executor import ReloadResult
    from tierdeps.model import Outcome, Report

HOSTS = ("a", "b", "c")
FEW = settings(max_examples=settings().max_examples // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DEADLINE = 60.0


class FleetRecorder(Reporter):
    """Keeps events and plans in the order in which they came, and holds them against what really happened."""

    def __init__(self, truth: Truth) -> None:
        self.records: list[Event | Plan] = []
        #: The drivers of which a phase was called.
        self.used: set[str] = set()
        self._truth = truth
        self._states = dict.fromkeys(truth.plan.drivers, State.PENDING)

    def run_started(self, plan: Plan) -> None:
        self.records.append(plan)

    def plan_changed(self, plan: Plan) -> None:
        self.records.append(plan)

    def event(self, event: Event) -> None:
        self.records.append(event)
        driver = self._truth.plan.drivers[event.driver]
        if event.mark is None:
            self._states[event.driver] = event.state
        elif event.phase not in driver.phases or driver.lifecycle is None:
            return
        elif event.mark is StepEvent.DONE and (event.driver, event.phase) not in self._truth.done:
            self._truth.problems.append(f"{event} which no worker has done")
        elif event.mark is StepEvent.STARTED:
            self.used.add(event.driver)
            self._starts(event, driver.tier)

    def _starts(self, event: Event, tier: str) -> None:
        if early := self._closed(tier):
            self._truth.problems.append(f"{event} before the barrier: {early}")

    def _closed(self, name: str) -> list[str]:
        """Return the drivers of earlier tiers, on whatever host, that are still to come up."""
        tiers = list(takewhile(lambda tier: tier.name != name, self._truth.plan.tiers))
        return [one for tier in tiers for one in tier.drivers if self._states[one] in (State.PENDING, State.STARTING)]


class FleetCheck(Check):
    """The promises of a run in this process, except for what the way to the worker changes."""

    def calls(self, outcome: Outcome) -> None:
        """What was called was stopped; a call may be cancelled on its way."""
        started = self.of.diary.started
        phases = self.plan.drivers[outcome.driver].phases
        assert outcome.begun or not any(started[outcome.driver, phase] for phase in phases)
        if not any(is_late(event.reason) for event in self.of.recorder.events):
            assert started[outcome.driver, "stop"] == outcome.begun

    def charged(self, name: str, said: str) -> None:
        """A call may be late because a message is."""


class Voyage:
    """One scenario: a plan on some hosts, and what happened there."""

    def __init__(self, seed: int, **options: Any) -> None:
        self.random = Random(seed)  # noqa: S311
        self.seed = seed
        hosts = self.hosts = HOSTS[: self.random.randint(1, 3)]
        self.plan = random_plan(Random(seed), hosts)  # noqa: S311
        self.truth = Truth(self.plan)
        self.trouble = Trouble(self.random, self.truth, hosts, **options)
        self.fleet = self.trouble.fleet


async def calm(seed: int) -> None:
    """Play a run whose connections break, and whose hosts are cut off for less than the lease."""
    voyage = Voyage(seed)
    voyage.trouble.gentle(20)
    scenario = await play(voyage.plan, seed, voyage.fleet.engine())
    try:
        check(scenario, FleetCheck)
        assert not voyage.truth.problems, voyage.truth.problems
        assert not list(voyage.truth.alive()), list(voyage.truth.alive())
        assert not any("lease" in event.reason for event in scenario.recorder.events)
        assert not voyage.fleet.notes, voyage.fleet.notes
    except AssertionError as error:
        error.add_note("\n".join(voyage.trouble.log))
        explain(scenario, error)


@FEW
@given(st.integers(0, 2**32))
def test_a_run_keeps_every_promise_on_hosts_that_are_cut_off_for_less_than_the_lease(seed: int) -> None:
    on_virtual_clock(calm(seed))


class Storm(Voyage):
    """Runs of one graph, one after the other, during which hosts are lost and come back."""

    def __init__(self, seed: int) -> None:
        self.leaves = Random(f"leave {seed}").random() < 0.2  # noqa: S311
        super().__init__(seed, on_lease_end="leave" if self.leaves else "stop")
        self.loop = asyncio.get_running_loop()
        Puppet.diary = Diary(self.random, self.loop.time, may_block=False)
        self.recorders: list[FleetRecorder] = []
        #: The longest time that a start, a reload or a stop went on beyond its deadline.
        self.late = 0.0

    def executor(self, *, keep: bool = False) -> Executor:
        """Return the executor of another run of the graph."""
        self.recorders.append(FleetRecorder(self.truth))
        return Executor(
            self.plan,
            engine=self.fleet.engine("graph", keep=keep, held=self.truth.held()),
            reporters=(self.recorders[-1],),
            on_failure=self.random.choice(tuple(OnFailure)),
            jobs=self.random.choice((None, None, 2)),
            timeout=TIMEOUT,
            stop_timeout=STOP_TIMEOUT,
            deadline=DEADLINE,
            allow_empty=True,
        )

    async def timed(self, coroutine: Coroutine[Any, Any, Report | ReloadResult]) -> None:
        """Await a start, a reload or a stop, and measure it."""
        started_at = self.loop.time()
        with suppress(RunError):  # a reload is refused while a driver is being stopped, and after the end
            await coroutine
        self.late = max(self.late, self.loop.time() - started_at - DEADLINE - STOP_TIMEOUT - 4 * GRACE)

    async def sail(self) -> None:
        """Start, wait, reload, and end in one of several ways; then start again where something was left."""
        self.trouble.harsh(40)
        keep = self.keeps = self.random.random() < 0.3
        first = self.executor(keep=keep)
        if self.random.random() < 0.3:
            self.trouble.later(self.random.uniform(0, 30), "stop", first.request_stop)
        await self.timed(first.start())
        await self.up(first)
        if keep:
            with suppress(RunError):
                first.release()
        elif self.random.random() < 0.4:
            self.trouble.note("kill the run")
            self.fleet.kill_runs()
        else:
            await self.timed(first.stop())
        await asyncio.sleep(self.random.uniform(0, 2 * LEASE))
        if not self.trouble.moved:  # another run cannot know of a worker that is cut off
            self.move()
            second = self.executor()
            await self.timed(second.start())
            await self.up(second)
            await self.timed(second.stop())
        await self.timed(first.stop())
        for host in HOSTS:
            self.fleet.heal(host)
        await asyncio.sleep(10 * LEASE)
        if self.keeps and not self.trouble.moved:  # the second run may not have reached what the first one left
            third = self.executor()
            await self.timed(third.start())
            await self.timed(third.stop())
            await asyncio.sleep(2 * LEASE)

    def move(self) -> None:
        """Change the host of some drivers, or none: the next start or reload has them there."""
        if self.random.random() < 0.5:
            self.plan = random_plan(Random(self.seed), self.hosts, self.random)  # noqa: S311
            self.trouble.note(f"now on {[(driver.name, driver.host) for driver in self.plan]}")

    async def up(self, executor: Executor) -> None:
        """Let a run go on for a while, with reloads that bring back what was lost."""
        for _ in range(self.random.randint(0, 2)):
            await asyncio.sleep(self.random.uniform(0, 2 * LEASE))
            self.move()
            await self.timed(executor.reload(self.plan))

    def forgotten(self) -> list[str]:
        """Return what is up at the end, except for what an earlier run left and the last one did not come to use."""
        *earlier, last = self.recorders
        unused = set(self.plan.drivers) - last.used if earlier else set()
        return [text for driver, text in self.truth.alive() if driver not in unused]

    def check(self) -> None:
        """Verify what is promised of any run on a fleet."""
        assert not self.truth.problems, self.truth.problems
        left = self.leaves or (self.keeps and self.trouble.moved)  # nothing is to stop it
        assert left or not self.forgotten(), self.forgotten()
        assert self.late <= 0, f"ended {self.late:.3f} s after its deadline"
        for recorder in self.recorders:
            moves_are_listed(recorder)
            stops_respect_edges(recorder)
            steps_respect_edges(recorder, OnFailure.IGNORE)
        names = [task.get_name() for task in asyncio.all_tasks()]
        assert left or not any(name.startswith("tierdeps ") for name in names), names


async def storm(seed: int) -> None:
    """Play runs whose hosts are lost for any time, whose workers are killed and moved, and which are killed."""
    played = Storm(seed)
    try:
        await played.sail()
        played.check()
    except AssertionError as error:
        for recorder in played.recorders:
            error.add_note("\n".join(map(str, recorder.records)))
        error.add_note("\n".join([f"seed {seed}", *played.trouble.log, *played.fleet.notes]))
        raise
    finally:
        played.fleet.close()


@FEW
@given(st.integers(0, 2**32))
def test_whatever_is_lost_no_driver_is_up_on_two_workers_and_all_ends_in_time(seed: int) -> None:
    on_virtual_clock(storm(seed))


if __name__ == "__main__":
    logging.disable()  # what workers report of drivers that do not stop
    by_hand(
        {
            "calm": lambda seed: on_virtual_clock(calm(seed)),
            "storm": lambda seed: on_virtual_clock(storm(seed)),
        },
    )

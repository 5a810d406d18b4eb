"""Drivers with a health that changes over time, what is done to each instance of them, and what must hold then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.property.simulated import SECONDS, Supervisor
from tierdeps.executor.lifecycles.health import FRESH_S
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, Plan, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver, Wait

UP = (State.READY, State.ADOPTED)
#: Times of the virtual clock that differ by less are the same.
EPSILON = 1e-3
STOP_TIMEOUT = 6.0


@dataclass
class Span:
    """A time in which a driver does not work: its check raises, or hangs."""

    start: float
    end: float
    hangs: bool


class Traits(NamedTuple):
    """What one driver is like in all of its instances."""

    every: float
    failures: int
    timeout: float
    #: ``no``, ``on-failure`` and ``always`` are those of processes; the others are lifecycles' own.
    recovers: str
    adopts: bool

    @property
    def is_process(self) -> bool:
        return self.recovers in ("no", "on-failure", "always")


@dataclass
class Check:
    """One call of ``check``; ``passed`` is None for one that was cancelled before its time was over."""

    begin: float
    end: float = inf
    passed: bool | None = None


@dataclass
class Watched:
    """A time in which an instance was to be checked: it was up, did not restart, and the run did not end."""

    begin: float
    end: float = inf
    state: State = State.READY


@dataclass
class World:
    """All drivers of one scenario, by name, and what was seen to be wrong."""

    seed: int
    problems: list[str] = field(default_factory=list)
    kinds: dict[str, type[CheckedDriver]] = field(default_factory=dict)
    instances: list[CheckedDriver] = field(default_factory=list)
    #: The instance of each driver that the run has now.
    current: dict[str, CheckedDriver] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    #: The names of the drivers that a request names which is about them alone.
    alone: set[str] = field(default_factory=set)
    plan: Plan | None = None
    #: While a reload goes on that has reached its new plan, the plan before, and the names of what it left running.
    plan_before: Plan | None = None
    untouched: set[str] = field(default_factory=set)
    #: What is wrong unless that reload is reverted.
    doubts: list[str] = field(default_factory=list)
    is_ending: bool = False
    #: Whether all is stopped from rest: nothing that comes after a driver is up when that is stopped.
    is_in_order: bool = False
    #: Whether nothing goes wrong any more.
    is_quiet: bool = False

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311
        self.loop = asyncio.get_running_loop()

    @property
    def now(self) -> float:
        return self.loop.time()

    def kind(self, name: str) -> type[CheckedDriver]:
        """Return a driver's lifecycle: the same in every plan."""
        if name not in self.kinds:
            random = self.random
            every = random.choice((0.0, 2.0, 4.0, 6.0))
            recovers = random.choice(("no", "on-failure", "always", "lost", "lost", "inline", "in vain", "hangs"))
            traits = Traits(
                every, random.randint(1, 3), random.choice((0.5, 1.0, 2.0)), recovers, random.random() < 0.15
            )
            base = CheckedDriver if recovers == "lost" else Recovering
            content = {"world": self, "traits": traits, "name": name, "check_every": every}
            content |= {"check_failures": traits.failures, "check_timeout": traits.timeout}
            self.kinds[name] = type(f"Patient_{name}", (base,), content)
        return self.kinds[name]

    def make_unhealthy(self, name: str, seconds: float) -> None:
        """Let a driver not work for a time."""
        if not self.is_quiet and self.span(name) is None:
            hangs = self.random.random() < 0.4
            self.spans.setdefault(name, []).append(Span(self.now, self.now + seconds, hangs))

    def span(self, name: str) -> Span | None:
        """Return the time, if there is one now, in which a driver does not work."""
        last = self.spans.get(name, [None])[-1]
        return last if last is not None and last.end > self.now else None

    def make_healthy(self, name: str) -> None:
        span = self.span(name)
        if span is not None:
            span.end = self.now

    def make_all_healthy(self) -> None:
        """Let nothing go wrong from now on."""
        self.is_quiet = True
        for name in self.spans:
            self.make_healthy(name)

    def draw(self, chance: float) -> bool:
        return not self.is_quiet and self.random.random() < chance

    def wrong(self, text: str) -> None:
        self.problems.append(f"{self.now:.3f} {text}")

    def up(self) -> list[CheckedDriver]:
        return [instance for instance in self.instances if instance.is_up]

    def planned(self, name: str) -> PlannedDriver:
        assert self.plan is not None
        return self.plan.drivers[name]

    def stops(self, instance: CheckedDriver) -> None:
        """Nothing that goes with a driver is up when that is stopped; at the end, nothing that comes after it."""
        assert self.plan is not None
        for driver in self.plan:
            for wait in waits(driver):
                goes = self.is_in_order or (goes_with(wait) and instance.name not in self.alone)
                is_lost = not self.is_in_order and self.states.get(driver.name) is State.FAILED
                if wait.step.driver == instance.name and goes and self.runs(driver.name) and not is_lost:
                    text = f"{instance.name} is stopped, and {driver.name} is up, which goes with it"
                    if self.goes_on_in_revert(driver.name, instance.name):
                        self.doubts.append(f"{self.now:.3f} {text}")
                    else:
                        self.wrong(text)

    def goes_on_in_revert(self, name: str, target: str) -> bool:
        """Return whether a driver goes on where a reload is reverted, and what that brought of a target is stopped.

        It was up before, and what it declared then, which holds again, left it running as the target was restarted.
        """
        if self.plan_before is None or name not in self.untouched:
            return False
        before = waits(self.plan_before.drivers[name])
        return not any(wait.step.driver == target and goes_with(wait) for wait in before)

    def ends_reload(self, *, was_reverted: bool) -> None:
        """Hold what is in doubt against drivers, unless a reload was reverted, or cut off by the stop of all."""
        if not (was_reverted or self.is_ending):
            self.problems += self.doubts
        self.plan_before, self.doubts = None, []

    def runs(self, name: str) -> bool:
        """Return whether anything of a driver was started, and is not stopped."""
        return any(one.start_called and not one.stopped for one in self.instances if one.name == name)


class CheckedDriver(Lifecycle):
    """One instance of a driver; one that does not recover is lost when its check fails too often."""

    world: World
    traits: Traits
    name: str

    def __init__(self) -> None:
        self.context: Context | None = None
        self.start_called = self.started = self.stopping = self.stopped = self.adopted = False
        self.cleanups = 0
        #: Whether a reload that was reverted made it: then the run never counts it as started.
        self.is_reverted = False
        self.checks: list[Check] = []
        self.watched: list[Watched] = []
        #: Since when it restarts by itself.
        self.restarting_since = inf
        self.supervisor: Supervisor | None = None
        self.world.instances.append(self)
        self.world.current[self.name] = self

    @property
    def random(self) -> Random:
        return self.world.random

    @property
    def is_up(self) -> bool:
        """Whether its start has succeeded, or it was adopted, and its stop was not called."""
        return (self.started or self.adopted) and not self.stopping

    async def adopt(self, context: Context) -> bool:
        self.context = context
        self.adopted = self.traits.adopts and self.world.random.random() < 0.6
        return self.adopted

    async def start(self, context: Context) -> None:
        world = self.world
        self.context, self.start_called = context, True
        if any(
            other.start_called and not other.stopped
            for other in world.instances
            if other.name == self.name and other is not self
        ):
            world.wrong(f"{self.name} starts, and another instance of it is up")
        for wait in waits(world.planned(self.name)):
            self._needs(wait)
        await asyncio.sleep(world.random.choice(SECONDS))
        if world.draw(0.04):
            raise ValueError("no")
        if world.random.random() < 0.6:
            world.make_healthy(self.name)
        self.started = True
        if self.traits.is_process:
            self.supervisor = Supervisor(self, self.traits.recovers)

    def _needs(self, wait: Wait) -> None:
        """What it requires is ready; what it requires or wants has passed its last check, not long ago."""
        world, name = self.world, wait.step.driver
        state = world.states.get(name)
        if wait.needs_success and state not in (*UP, State.SKIPPED):
            ignored = world.planned(name).policy.on_failure == "ignore" and state in (State.FAILED, State.BLOCKED)
            if not ignored:
                world.wrong(f"{self.name} starts, and {name}, which it requires, is {state}")
        if wait.kind not in (Kind.REQUIRES, Kind.WANTS) or state not in UP:
            return
        other = world.current[name]
        if not other.is_up:
            world.wrong(f"{self.name} starts, and {name} is not up, which is said to be {state}")
        elif other.restarting_since < world.now - EPSILON:
            world.wrong(f"{self.name} starts, and {name} restarts since {other.restarting_since:.3f}")
        elif other.watched and other.traits.every:
            other.is_confirmed_for(self.name)

    def is_confirmed_for(self, name: str) -> None:
        world = self.world
        concluded = [check for check in self.checks if check.passed is not None and check.end > self.watched[-1].begin]
        passed_at = max([check.end for check in concluded if check.passed], default=self.watched[-1].begin)
        if concluded and not concluded[-1].passed and concluded[-1].end < world.now - EPSILON:
            world.wrong(f"{name} starts, and the check of {self.name} failed at {concluded[-1].end:.3f}")
        elif passed_at < world.now - FRESH_S - self.traits.timeout - EPSILON:
            world.wrong(f"{name} starts, and {self.name} last passed its check at {passed_at:.3f}")

    async def check(self, context: Context) -> None:
        """Raise or hang while it does not work; some checks take their time."""
        world, timeout = self.world, self.check_timeout
        if self.checks and self.checks[-1].end == inf:
            world.wrong(f"two checks of {self.name} at a time")
        check = Check(world.now)
        self.checks.append(check)
        try:
            span = world.span(self.name)
            await asyncio.sleep(
                1000 if span is not None and span.hangs else world.random.choice((0, 0, 0.01, 0.3, 0.45))
            )
            check.passed = world.span(self.name) is None
            if not check.passed:
                raise ValueError(f"{context.driver} does not work")
        except asyncio.CancelledError:
            check.passed = False if world.now - check.begin >= min(timeout, self.check_every) - EPSILON else None
            raise
        finally:
            check.end = world.now

    def failed_enough(self) -> None:
        """What is restarted or lost by its health has failed as often as it may, in a row, and no more often."""
        concluded = [check.passed for check in self.checks if check.end > self.watched[-1].begin]
        times = self.traits.failures
        if any(concluded[-times:]) or len(concluded) < times or concluded[-times - 1 : -times] == [False]:
            self.world.wrong(f"{self.name} is restarted or lost after the checks {concluded}, and may fail {times - 1}")

    def comes_up(self) -> bool:
        """Decide whether its process comes up when it is started again."""
        if self.world.draw(0.3):
            return False
        self.world.make_healthy(self.name)
        return True

    def restarts(self, reason: str) -> None:
        """Report that it restarts by itself."""
        assert self.context is not None
        self.restarting_since = self.world.now
        self.context.restarting(reason)

    def has_restarted(self) -> None:
        """Report that it is ready again."""
        assert self.context is not None
        self.restarting_since = inf
        self.context.restarted()

    def loses(self, reason: str) -> None:
        """Report that it does not work any more."""
        assert self.context is not None
        self.context.lost(reason)

    async def stop(self, context: Context) -> None:
        del context
        world = self.world
        if self.stopping or not self.start_called:
            world.wrong(f"{self.name} is stopped, and it was {'stopped before' if self.stopping else 'not started'}")
        self.stopping = True
        world.stops(self)
        if self.supervisor is not None:
            await self.supervisor.close()
        await asyncio.sleep(world.random.choice(SECONDS))
        if world.draw(0.03):
            await asyncio.sleep(1000)

    async def cleanup(self, context: Context) -> None:
        del context
        self.stopped = True
        self.cleanups += 1


class Recovering(CheckedDriver):
    """One that may recover."""

    async def recover(self, context: Context) -> bool:
        how = self.traits.recovers
        self.failed_enough()
        if how in ("inline", "in vain"):
            self.restarts("its check failed")
            await asyncio.sleep(self.world.random.choice(SECONDS))
            if how == "inline":
                self.world.make_healthy(self.name)
                self.has_restarted()
                return True
            if self.world.random.random() < 0.5:
                raise ValueError("in vain")
        if how == "hangs":
            await asyncio.sleep(1000)
        return self.supervisor is not None and self.supervisor.restart("its check failed")


def waits(driver: PlannedDriver) -> Iterator[Wait]:
    return (wait for group in driver.waits for wait in group)


def goes_with(wait: Wait) -> bool:
    """Return whether a driver is stopped before the one that it waits for, for whatever reason that is stopped."""
    coupling = wait.coupling
    return wait.needs_success and coupling.on_loss != "keep" and coupling.on_restart != "keep"

"""Many restarts under a virtual clock, and how often something would begin before what it needs is ready."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from functools import partial
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tierdeps._util.frozen import replace
from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.clock import run_virtually
from tierdeps.engines import Engine, local
from tierdeps.errors import UnknownNameError
from tierdeps.executor import Executor
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, Plan, PlannedTier, Schedule, Share, Simulation, Step, TooEarly, Wait
from tierdeps.timing import parse_timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tierdeps.engines import Done, Handle
    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver
    from tierdeps.timing import Timing

#: What a step takes that says nothing, and has no lifecycle that would show it.
DEFAULT_TIMING = "lognormal(0.05, 0.5)"
#: Nothing is cut short: a step that takes long is what is asked about. In seconds.
LONGEST = MAX_DURATION_S
#: The lifecycle of those that are only timed; what they do is what ``call`` does.
STAND_IN = Lifecycle()

Ranked = TypeVar("Ranked", str, "Need")


class Need(NamedTuple):
    """A step that needs another one; ``reason`` is the declared one."""

    step: Step
    needed: Step
    reason: str


def simulate(
    plan: Plan, registered: Sequence[str], schedule: Schedule, *, restarts: int, seed: int, needs: Iterable[Need]
) -> Simulation:
    """Restart a plan's drivers many times on simulated time, and count.

    ``registered`` are the drivers in the order of their declarations; ``needs`` is what is watched. Raises
    DeclarationError for a timing that cannot be read.
    """
    watched = list({need[:2]: need for need in needs if not _is_off(plan, need)}.values())
    scheduled = plan if schedule is Schedule.PLAN else _in_sequence(plan, _sequence(plan, registered, schedule))
    return run_virtually(
        _restart(plan, scheduled=scheduled, needs=watched, schedule=schedule, restarts=restarts, seed=seed)
    )


def _is_off(plan: Plan, need: Need) -> bool:
    return plan.drivers[need.step.driver].disabled or plan.drivers[need.needed.driver].disabled


def _sequence(plan: Plan, registered: Sequence[str], schedule: Schedule) -> list[Step]:
    """Put all steps in the order in which a program without a plan would take them."""
    rows = [plan.drivers[name].steps for name in registered]
    if schedule is Schedule.REGISTRATION:
        return [step for row in rows for step in row]
    passes = max((len(row) for row in rows), default=0)
    return [row[number] for number in range(passes) for row in rows if number < len(row)]


def _in_sequence(plan: Plan, sequence: Sequence[Step]) -> Plan:
    """Return a plan of the same drivers that does nothing but take one step after the other."""
    before = dict(zip(sequence[1:], sequence, strict=False))
    drivers = {}
    for number, name in enumerate(dict.fromkeys(step.driver for step in sequence), 1):
        driver = plan.drivers[name]
        waits = tuple(
            (Wait(before[step], Kind.AFTER, before[step].driver),) if step in before else () for step in driver.steps
        )
        drivers[name] = replace(driver, tier="all", stage=number, waits=waits)
    return Plan((PlannedTier("all", tuple((name,) for name in drivers)),), drivers, plan.facts)


class _Stage:
    """An engine's work under the virtual clock: each step takes its timing's time, and it is written down when.

    Drivers that have a lifecycle and no timing are really run; those that are processes, or nothing, are stood in for.
    """

    def __init__(self, plan: Plan, random: Random) -> None:
        self.random = random
        self.threads: dict[Step, Timing] = {}
        self.assumed: list[Step] = []
        self.began: dict[Step, float] = {}
        self.done: dict[Step, float] = {}
        self._timings: dict[Step, Timing] = {}
        self._steps = {(driver.name, step.phase): step for driver in plan for step in driver.steps}
        self._real = {driver.name for driver in plan if driver.lifecycle is not None and not driver.timing}
        self._clock = asyncio.get_running_loop()
        self._local = local.INLINE.open()
        for driver in plan:
            self._read(driver)

    def _read(self, driver: PlannedDriver) -> None:
        """Read a driver's timings; a phase that it does not have is a mistake."""
        said = dict(driver.timing)
        for step in driver.steps:
            text = said.pop(step.phase, None)
            if text is None and driver.name not in self._real:
                self.assumed.append(step)
            timing = self._timings[step] = parse_timing(text or DEFAULT_TIMING, f"timing of {step}")
            if timing.thread is not None:
                self.threads[step] = timing.thread
        for phase in said:
            raise UnknownNameError(f"phase of {driver.name!r}", phase, driver.phases)

    def fetch(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import what is really run."""
        if driver.name in self._real:
            return self._local.fetch(driver, done)
        done(None, None)
        return None

    def make(self, driver: PlannedDriver) -> Lifecycle | None:
        """Make a stand-in, or where there is no timing the real one."""
        return self._local.make(driver) if driver.name in self._real else STAND_IN

    def call(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Take the time that a step takes."""
        step = self._steps.get((context.driver, context.phase))
        if step is not None:
            self.began[step] = self._clock.time()
            done = partial(self._ended, step, done)
        if lifecycle is not STAND_IN:
            return self._local.call(lifecycle, method, context, done)
        if step is None:
            done(None, None)
            return None
        return _Timer(self._clock.call_later(self._timings[step].draw(self.random), done, None, None))

    def _ended(self, step: Step, done: Done, result: object, error: BaseException | None) -> None:
        self.done[step] = self._clock.time()
        done(result, error)

    def close(self) -> None:
        """Nothing is kept."""

    def too_early(self, needs: Iterable[Need]) -> list[Need]:
        """Return the needs that were not done when they were reached for.

        Where a step leaves a thread behind, it is that one that reaches for them, some time after the step's end: so
        libvirt's QEMU reconnects to each running guest.
        """
        reached = {**self.began}
        for step, thread in self.threads.items():
            if step in self.done:
                reached[step] = self.done[step] + thread.draw(self.random)
        return [
            need for need in needs if need.step in reached and reached[need.step] < self.done.get(need.needed, math.inf)
        ]


class _Timer:
    """A stand-in's step that goes on."""

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self._timer = timer

    def give_up(self) -> bool:
        """End it at once."""
        self._timer.cancel()
        return False


async def _restart(
    plan: Plan, *, scheduled: Plan, needs: Sequence[Need], schedule: Schedule, restarts: int, seed: int
) -> Simulation:
    """Restart again and again, on one clock that goes on."""
    stage = _Stage(plan, Random(seed))  # noqa: S311  a simulation, the same every time
    engine = Engine("simulation", "takes the time that steps take, on a virtual clock", lambda: stage)
    edges: Counter[Need] = Counter()
    victims: Counter[str] = Counter()
    hit = 0
    began = asyncio.get_running_loop().time()
    for _ in range(restarts):
        stage.began.clear()
        stage.done.clear()
        executor = Executor(scheduled, engine=engine, timeout=LONGEST, deadline=LONGEST)
        await executor.start()
        executor.leave()
        late = stage.too_early(needs)
        hit += bool(late)
        edges.update(late)
        victims.update({need.step.driver for need in late})
    return Simulation(
        schedule,
        seed,
        Share(hit, restarts),
        tuple(TooEarly(*need, Share(count, restarts)) for need, count in _ranked(edges)),
        tuple((name, Share(count, restarts)) for name, count in _ranked(victims)),
        tuple(stage.assumed),
        asyncio.get_running_loop().time() - began,
    )


def _ranked(counts: Counter[Ranked]) -> list[tuple[Ranked, int]]:
    """Sort by how often, then by name: the same on every machine."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

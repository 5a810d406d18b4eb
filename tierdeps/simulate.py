"""Simulates many restarts on a virtual clock, and counts how often a step starts before what it needs is ready."""

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
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.engines import Done, Handle
    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver
    from tierdeps.timing import Timing

#: How long a step takes that has neither a timing nor a lifecycle to run.
DEFAULT_TIMING = "lognormal(0.05, 0.5)"
#: No step is cancelled for taking long: how long steps take is what is simulated.
NO_TIMEOUT_S = MAX_DURATION_S
#: The lifecycle of drivers that are only timed: ``call`` starts a timer in place of their methods.
STAND_IN = Lifecycle()

Ranked = TypeVar("Ranked", str, "Need")


class Need(NamedTuple):
    """A step that needs another one; ``reason`` is the declared one."""

    step: Step
    needed: Step
    reason: str


def simulate(
    plan: Plan,
    registered: Sequence[str],
    schedule: Schedule,
    *,
    restarts: int,
    seed: int,
    needs: Iterable[Need],
    goes_on: Callable[[int], bool] = lambda _: True,
) -> Simulation:
    """Restart a plan's drivers many times on simulated time, and count the steps that start too early.

    ``registered`` are the drivers in the order of their declarations; ``needs`` are the dependencies to check.
    ``goes_on`` is called before each restart with the number of those that are done, and may end the simulation: what
    was counted so far is its result. Raises DeclarationError for a timing that cannot be read.
    """
    checked = list({need[:2]: need for need in needs if not _is_disabled(plan, need)}.values())
    scheduled = plan if schedule is Schedule.PLAN else _in_sequence(plan, _sequence(plan, registered, schedule))
    return run_virtually(_restart(plan, scheduled, checked, schedule, restarts=restarts, seed=seed, goes_on=goes_on))


def _is_disabled(plan: Plan, need: Need) -> bool:
    return plan.drivers[need.step.driver].disabled or plan.drivers[need.needed.driver].disabled


def _sequence(plan: Plan, registered: Sequence[str], schedule: Schedule) -> list[Step]:
    """Return all steps in the order in which a program without a plan would run them."""
    rows = [plan.drivers[name].steps for name in registered]
    if schedule is Schedule.REGISTRATION:
        return [step for row in rows for step in row]
    passes = max((len(row) for row in rows), default=0)
    return [row[number] for number in range(passes) for row in rows if number < len(row)]


def _in_sequence(plan: Plan, sequence: Sequence[Step]) -> Plan:
    """Return a plan of the same drivers in which each step waits for the one before it in the sequence."""
    before = dict(zip(sequence[1:], sequence, strict=False))
    drivers = {}
    for number, name in enumerate(dict.fromkeys(step.driver for step in sequence), 1):
        driver = plan.drivers[name]
        waits = tuple(
            (Wait(before[step], Kind.AFTER, before[step].driver),) if step in before else () for step in driver.steps
        )
        drivers[name] = replace(driver, tier="all", stage=number, waits=waits)
    return Plan((PlannedTier("all", tuple((name,) for name in drivers)),), drivers, plan.facts)


class _SimulatedEngine:
    """Runs steps on the virtual clock: each takes as long as its timing says, and its start and end are recorded.

    The lifecycle of a driver without a timing is really run. Processes, and drivers without a lifecycle, are only
    timed.
    """

    def __init__(self, plan: Plan, random: Random) -> None:
        self.random = random
        self.threads: dict[Step, Timing] = {}
        self.assumed: list[Step] = []
        self.started: dict[Step, float] = {}
        self.done: dict[Step, float] = {}
        self._timings: dict[Step, Timing] = {}
        self._steps = {(driver.name, step.phase): step for driver in plan for step in driver.steps}
        self._real = {driver.name for driver in plan if driver.lifecycle is not None and not driver.timing}
        self._clock = asyncio.get_running_loop()
        self._local = local.INLINE.open()
        for driver in plan:
            self._parse(driver)

    def _parse(self, driver: PlannedDriver) -> None:
        """Parse a driver's timings; raises UnknownNameError for a phase that it does not have."""
        declared = dict(driver.timing)
        for step in driver.steps:
            text = declared.pop(step.phase, None)
            if text is None and driver.name not in self._real:
                self.assumed.append(step)
            timing = self._timings[step] = parse_timing(text or DEFAULT_TIMING, f"timing of {step}")
            if timing.thread is not None:
                self.threads[step] = timing.thread
        for phase in declared:
            raise UnknownNameError(f"phase of {driver.name!r}", phase, driver.phases)

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import the class of a driver that is really run."""
        if driver.name in self._real:
            return self._local.import_class(driver, done)
        done(None, None)
        return None

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Return the stand-in, or for a driver without a timing its own lifecycle."""
        return self._local.instantiate(driver) if driver.name in self._real else STAND_IN

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Start a step: its own method, or a timer of its timing."""
        step = self._steps.get((context.driver, context.phase))
        if step is not None:
            self.started[step] = self._clock.time()
            done = partial(self._ended, step, done)
        if lifecycle is not STAND_IN:
            return self._local.invoke(lifecycle, method, context, done)
        if step is None:
            done(None, None)
            return None
        return _Timer(self._clock.call_later(self._timings[step].draw(self.random), done, None, None))

    def _ended(self, step: Step, done: Done, result: object, error: BaseException | None) -> None:
        self.done[step] = self._clock.time()
        done(result, error)

    def close(self) -> None:
        """Do nothing: no resources are held."""

    def too_early(self, needs: Iterable[Need]) -> list[Need]:
        """Return the needs that were not done when they were used.

        A step uses what it needs when it starts, or where it leaves a thread behind, some time after its end: as
        libvirt's QEMU driver does, which reconnects to each running guest in a thread.
        """
        used_at = {**self.started}
        for step, thread in self.threads.items():
            if step in self.done:
                used_at[step] = self.done[step] + thread.draw(self.random)
        return [
            need for need in needs if need.step in used_at and used_at[need.step] < self.done.get(need.needed, math.inf)
        ]


class _Timer:
    """The timer of a step that is only timed."""

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self._timer = timer

    def cancel(self) -> bool:
        """Cancel it; nothing is left running."""
        self._timer.cancel()
        return False


async def _restart(
    plan: Plan,
    scheduled: Plan,
    needs: Sequence[Need],
    schedule: Schedule,
    *,
    restarts: int,
    seed: int,
    goes_on: Callable[[int], bool],
) -> Simulation:
    """Restart many times on one clock, which is never set back."""
    simulated = _SimulatedEngine(plan, Random(seed))  # noqa: S311  a simulation, the same every time
    engine = Engine("simulation", "takes the time that steps take, on a virtual clock", lambda: simulated)
    too_early: Counter[Need] = Counter()
    victims: Counter[str] = Counter()
    affected = done = 0
    started_at = asyncio.get_running_loop().time()
    while done < restarts and goes_on(done):
        done += 1
        simulated.started.clear()
        simulated.done.clear()
        executor = Executor(scheduled, engine=engine, timeout=NO_TIMEOUT_S, deadline=NO_TIMEOUT_S)
        await executor.start()
        executor.release()
        late = simulated.too_early(needs)
        affected += bool(late)
        too_early.update(late)
        victims.update({need.step.driver for need in late})
    return Simulation(
        schedule,
        seed,
        Share(affected, done),
        tuple(TooEarly(*need, Share(count, done)) for need, count in _ranked(too_early)),
        tuple((name, Share(count, done)) for name, count in _ranked(victims)),
        tuple(simulated.assumed),
        asyncio.get_running_loop().time() - started_at,
        restarts,
    )


def _ranked(counts: Counter[Ranked]) -> list[tuple[Ranked, int]]:
    """Return the counts in descending order, then by name, so that the output is the same on every machine."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

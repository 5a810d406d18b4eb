"""What starting, stopping and changing a run share: its states, its drivers, clock, deadlines of calls, reporters."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import StrEnum
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, field
from tierdeps._util.masks import masked
from tierdeps.driver_errors import describe, driver_traceback, tame
from tierdeps.engines import PlanFollower
from tierdeps.errors import LoopBlocked
from tierdeps.executor.compiled import CompiledPlan
from tierdeps.executor.driver import DriverRun
from tierdeps.executor.invoke import DeadlineTimers, Holds, Timer
from tierdeps.executor.lifecycles.health import Health
from tierdeps.executor.scheduler import Routines
from tierdeps.model import Event, OnFailure, State, StepEvent
from tierdeps.model.report import DEGRADED, READY_AGAIN
from tierdeps.stepping import clock_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from tierdeps.engines import Worker
    from tierdeps.executor.invoke import Invocation
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan
    from tierdeps.reporters.group import ReporterGroup
    from tierdeps.settings import Settings


class RunState(StrEnum):
    """The state of a run.

    ::

        idle --> starting --> up <--> changing
                    |          |         |
                    +----------+---------+
                               v
                           stopping --> over

    It is ``changing`` while it reloads, serves a request for single drivers, stops drivers because of one that was
    lost, or starts some again because of one that was. A run that is left to itself goes from ``up`` to ``over``.
    """

    IDLE = "idle"
    STARTING = "starting"
    UP = "up"
    CHANGING = "changing"
    STOPPING = "stopping"
    OVER = "over"


#: The transitions drawn above.
RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.IDLE: frozenset({RunState.STARTING}),
    RunState.STARTING: frozenset({RunState.UP, RunState.STOPPING}),
    RunState.UP: frozenset({RunState.CHANGING, RunState.STOPPING, RunState.OVER}),
    RunState.CHANGING: frozenset({RunState.UP, RunState.STOPPING}),
    RunState.STOPPING: frozenset({RunState.OVER}),
    RunState.OVER: frozenset(),
}


class Options(Value):
    """How a run is to go; times in seconds."""

    on_failure: OnFailure = OnFailure.ABORT
    jobs: int | None = None
    timeout: float = 90.0
    stop_timeout: float = 30.0
    deadline: float = 1800.0
    durations: Mapping[str, float] = field(default_factory=dict)
    seed: int | None = None
    #: Drivers that an earlier run had started when it was killed.
    orphaned: frozenset[str] = frozenset()
    #: Whether a run that brings nothing up may succeed.
    allow_empty: bool = False


class PlanRun:
    """The drivers of one plan while it is run, with its settings; a reload puts another one in its place.

    ``kept`` drivers go on in it as they stand.
    """

    def __init__(self, run: Run, compiled: CompiledPlan, settings: Settings, kept: Iterable[DriverRun]) -> None:
        self.compiled = compiled
        self.settings = settings
        self.drivers: list[DriverRun] = [
            DriverRun(run, self, index, planned, compiled.first[index])
            for index, planned in enumerate(compiled.planned)
        ]
        for driver in kept:
            driver.peers, driver.index = self, compiled.index[driver.name]
            driver.planned = compiled.planned[driver.index]
            steps = compiled.steps_of(driver.index)
            driver.step = steps[min(driver.phase_index, len(steps) - 1)]
            self.drivers[driver.index] = driver

    def driver(self, name: str) -> DriverRun:
        """Return where a driver stands."""
        return self.drivers[self.compiled.index[name]]

    def is_adopted(self, index: int) -> bool:
        """Return whether a driver was running before, so that it is never stopped."""
        return self.drivers[index].start_state is State.ADOPTED


class Run:
    """One run on the loop that runs now; ``current`` is the plan that it runs."""

    current: PlanRun

    def __init__(self, options: Options, worker: Worker, reporters: ReporterGroup) -> None:
        self.options = options
        self.worker = worker
        self.reporters = reporters
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.clock: Callable[[], float] = clock_of(self.loop)
        self.started_at: float = self.loop.time()
        self.random: Random = Random(options.seed)  # noqa: S311  jitter is no secret
        self.routines: Routines = Routines(self.loop, self.broke)
        self.timers: DeadlineTimers = DeadlineTimers(self.loop)
        self.holds: Holds = Holds()
        self.health: Health = Health(self)
        self.problem: str = ""
        self._have_started: set[str] = set()
        #: Whether nothing that is being stopped is waited for any longer than a moment.
        self.is_expedited = False
        #: Called with each driver that says that it works no more, and why.
        self.on_lost: Callable[[DriverRun, str], None] = lambda *_: None
        #: Called with each driver that is up and has started again by itself, once it is ready again.
        self.on_restarted: Callable[[DriverRun], None] = lambda _: None
        #: Called with each unexpected exception, and the driver that it belongs to, if it belongs to one.
        self.on_broken: Callable[[BaseException, DriverRun | None], None] | None = None
        #: Called when a driver held the event loop for long: what is due by now has not been done.
        self.on_held: Callable[[], None] = lambda: None

    def switch(self, plan: Plan, settings: Settings, kept: Iterable[DriverRun] = ()) -> None:
        """Run a plan from now on, with some drivers as they stand."""
        self.current = PlanRun(self, CompiledPlan.of(plan), settings, kept)
        if isinstance(self.worker, PlanFollower):
            self.worker.follow(plan, self.options.stop_timeout)

    def change(self, plan: Plan, settings: Settings, kept: Iterable[DriverRun]) -> None:
        """Go over to another plan, with some drivers as they stand, and report that."""
        self.switch(plan, settings, kept)
        self.health.forget_replaced()
        self.reporters.changed(plan)

    def replace(self, part: Collection[DriverRun]) -> set[DriverRun]:
        """Have a part of the drivers start again, from nothing; return all others, which go on as they stand."""
        old = self.current
        self.have_started(part)
        kept = {driver for driver in old.drivers if driver not in part}
        self.change(old.compiled.plan, old.settings, kept)
        return kept

    @property
    def now(self) -> float:
        """Seconds since the run started."""
        return self.loop.time() - self.started_at

    def has(self, driver: DriverRun) -> bool:
        """Return whether a driver is of the plan that is run, and not one that a reload has replaced."""
        return driver.peers is self.current and self.current.drivers[driver.index] is driver

    def have_started(self, drivers: Iterable[DriverRun]) -> set[str]:
        """Return the names of the drivers that have started once in this run, also those that have failed since.

        It is called with drivers before they are replaced, which are seen no more then.
        """
        names = (driver.name for driver in drivers if driver.started or driver.start_state is State.ADOPTED)
        self._have_started.update(names)
        return self._have_started

    def add_problem(self, text: str) -> None:
        """Keep what went wrong with the run as a whole."""
        self.problem = f"{self.problem}; {text}" if self.problem else text

    def emit(
        self, driver: DriverRun, state: State, phase: str | None = None, mark: StepEvent | None = None, reason: str = ""
    ) -> None:
        """Emit an event to the reporters; nothing else of them is called as often."""
        event = Event(self.clock() - self.started_at, driver.planned.name, state, phase, mark, reason)
        for reporter in self.reporters.listening:
            try:
                reporter.event(event)
            except BaseException as error:  # noqa: BLE001  a plugin's reporter never breaks a run
                self.reporters.drop(reporter, error)

    def explain(self, driver: DriverRun, error: BaseException) -> str:
        """Return what a call of a driver failed with, in words; report and keep where it was raised."""
        error = tame(error)
        text = masked(driver_traceback(error))
        if text:
            driver.traceback = f"{driver.traceback}\n\n{text}" if driver.traceback else text
            self.reporters.raised(driver.planned.name, text)
        return masked(describe(error))

    # Unexpected exceptions

    def guard(self, driver: DriverRun | None, then: Callable[..., object], *arguments: Any) -> None:
        """Call something of ours from the loop, and let nothing that it raises go by."""
        try:
            then(*arguments)
        except BaseException as error:  # noqa: BLE001  reported, not swallowed
            self.broke(error, driver)

    def broke(self, error: BaseException, driver: DriverRun | None = None) -> None:
        """Fail a driver because of an exception that came in something of ours which was done for it.

        Where it belongs to no driver, or the driver cannot be failed, the run ends.
        """
        if isinstance(error, KeyboardInterrupt):
            raise error
        if self.on_broken is not None:
            self.on_broken(error, driver)
        else:  # all is over: for the owner of the loop
            self.loop.call_exception_handler({"message": "tierdeps: an unexpected exception", "exception": error})

    def from_any_thread(self, driver: DriverRun, then: Callable[..., object], *arguments: Any) -> None:
        """Call something on the loop."""
        with suppress(RuntimeError):  # the loop is closed: the run is over
            self.loop.call_soon_threadsafe(self.guard, driver, then, *arguments)

    def restarts(self, driver: DriverRun, reason: str | None) -> None:
        """Report that a driver that is up starts again by itself, or without a reason, that it is ready again.

        What is being stopped, or was lost, is reported as that.
        """
        if not (driver.state.is_up and self.has(driver)):
            return
        if reason is None:
            self.health.resume(driver)
            self.emit(driver, driver.state, driver.phase, StepEvent.DONE, READY_AGAIN)
            self.on_restarted(driver)
        else:
            self.health.suspend(driver)
            self.emit(driver, driver.state, driver.phase, StepEvent.RETRIED, reason)

    def degrades(self, driver: DriverRun) -> None:
        """Show what a driver that is up already reported of its parts; before that, its becoming ready shows it."""
        if driver.state.is_up and driver.reason != f"{DEGRADED}{driver.degraded_text}":
            driver.show_parts()

    def extend(self, driver: DriverRun, context: Context, seconds: float) -> None:
        """Give the call of a context more time, where it goes on."""
        call = driver.call
        if call is not None and call.context is context:
            self.timers.extend(call, seconds)

    # What holds the event loop

    def later(self, seconds: float, driver: DriverRun, then: Callable[[], None]) -> Timer:
        """Call something later for a driver; the seconds for which one blocks the loop meanwhile are not counted."""
        return Timer(self.loop, self.holds, seconds, partial(self.guard, driver, then))

    def charge(self, driver: DriverRun, context: Context, seconds: float, ended: bool) -> None:
        """Charge a call with a step of it that held the loop.

        One that goes beyond its deadline fails its call: now, or where it ended with it, when its end is reported.
        """
        calls = (driver.call, driver.abandoned_call)
        call = next((call for call in calls if call is not None and call.context is context), None)
        self.blocked(call, seconds)
        if call is not None:
            call.held += seconds
        now = self.clock()
        if call is None or call.is_over or now <= call.deadline:
            self._note_held(driver, context, seconds)
            return
        by_itself = now - seconds <= call.deadline
        if not by_itself:
            self._note_held(driver, context, seconds)
        if ended:
            call.is_late, call.blocked = True, seconds if by_itself else 0.0
        elif by_itself:
            call.abandon(LoopBlocked(str(call), call.seconds, seconds))

    def _note_held(self, driver: DriverRun, context: Context, seconds: float) -> None:
        if driver.has_foreign_code:
            self.holds.note(f"{context.driver}:{context.phase}", seconds)

    def blocked(self, call: Invocation | None, seconds: float) -> None:
        """Do not charge other calls for the seconds for which something blocked the event loop."""
        self.timers.spare(call, seconds)
        self.holds.seconds += seconds
        self.on_held()

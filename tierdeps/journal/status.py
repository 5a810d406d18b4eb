"""The status of a run: what each driver does or waits for, and for how long."""

from __future__ import annotations

import time
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.model.policy import OnFailure
from tierdeps.model.report import DEGRADED, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tierdeps.journal.orphaned import LeftProcess
    from tierdeps.journal.plan_summary import PlanSummary
    from tierdeps.journal.snapshot import DriverSnapshot, RunRecord, RunSnapshot
    from tierdeps.model.edges import Step

#: States of drivers that are not listed unless every driver is.
UNREMARKABLE = (State.READY, State.ADOPTED, State.SKIPPED, State.STOPPED)
#: The mode of a run that leaves what it starts running.
LEAVE_RUNNING = "leave-running"
#: The verbs of dependencies that must pass their check before a driver starts on them.
NEEDS_HEALTH = ("requires", "wants")
#: States of what is stopping or stopped.
DOWN = (State.STOPPING, State.STOPPED)


class Activity(StrEnum):
    """What a driver is doing: its step runs, waits, or is tried again; it restarts, fails its check, or stops."""

    RUNS = "runs"
    WAITS = "waits"
    RETRIES = "retries"
    RESTARTS = "restarts"
    FAILS_CHECK = "fails-check"
    STOPS = "stops"
    NOTHING = "nothing"


class DriverStatus(NamedTuple):
    """One driver.

    ``step`` is the one that runs or is next; ``awaited`` is what it waits for: steps, or a tier. ``seconds`` is how
    long its activity has lasted, or else its state; ``deadline_in`` how many seconds are left of the activity's limit,
    if it has one. ``failure`` is why it failed, and ``reason`` of a stopped driver why it was blocked, even if its
    state changed afterwards. ``host`` is where it runs, empty if it names none. ``failed_seconds`` is how long ago it
    failed, if it did; ``restarts`` how often it restarted by itself since it was started, and ``restarted_seconds`` how
    long ago it was ready again the last time.
    """

    driver: str
    tier: str
    state: State
    activity: Activity
    seconds: float
    step: str = ""
    awaited: tuple[str, ...] = ()
    deadline_in: float | None = None
    reason: str = ""
    failure: str = ""
    host: str = ""
    failed_seconds: float | None = None
    restarts: int = 0
    restarted_seconds: float | None = None

    @property
    def degraded(self) -> str:
        """Which parts of it did not come up, though it is up; else empty."""
        is_degraded = self.state.is_up and self.reason.startswith(DEGRADED)
        return self.reason.removeprefix(DEGRADED) if is_degraded else ""


class Status(NamedTuple):
    """A run; ``seconds`` is from its start until now or its end, or until the last record of a killed run.

    ``more`` counts the drivers that a limit omitted from ``drivers``. ``broken`` says whether a driver failed that is
    not to be ignored, and was not ready since; ``stopping`` whether the whole run is being stopped; ``degraded``
    whether a driver is ready, and not whole. ``left`` are the processes that a run which is over left, first those that
    have ended since.
    """

    run: RunRecord
    seconds: float
    counts: Mapping[State, int]
    drivers: tuple[DriverStatus, ...]
    more: int = 0
    broken: bool = False
    stopping: bool = False
    left: tuple[LeftProcess, ...] = ()
    degraded: bool = False

    @property
    def failed(self) -> bool:
        """Whether it was killed, did not come up, lost what it needs, did not end well, or what it left has ended."""
        run, outcome = self.run, self.run.outcome
        if any(process.ready and not process.alive for process in self.left):
            return True
        return run.killed or (run.alive and (self.broken or self.degraded)) or (outcome is not None and not outcome.ok)


def status_of(
    run: RunRecord,
    *,
    every: bool = False,
    limit: int | None = None,
    left: Iterable[LeftProcess] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Status:
    """Return the status of a run, failed drivers first; of ``every`` driver, or of those that are not unremarkable.

    ``limit`` is to how many drivers; ``left`` are the processes that runs of its instance left, which count if this one
    is over; ``clock`` is the monotonic one.
    """
    snapshot = run.snapshot()
    seconds = _elapsed(run, snapshot, clock)
    failed = _failed(snapshot)
    names = list(snapshot.plan_summary.drivers) if every else _listed_with(failed, run, snapshot, limit)
    statuses = _DriverStatuses(run, snapshot, seconds)
    drivers = tuple(statuses.of(snapshot[name]) for name in names[:limit])
    more, flags = len(names) - len(drivers), _broken_and_stopping(run, snapshot)
    processes = _left(run, snapshot, left)
    return Status(run, seconds, snapshot.counts, drivers, more, *flags, processes, bool(snapshot.degraded()))


def _left(run: RunRecord, snapshot: RunSnapshot, left: Iterable[LeftProcess]) -> tuple[LeftProcess, ...]:
    """Return the processes left by a run that is over: those running, and those that ended although not stopped."""
    if run.alive:
        return ()
    states = {State.READY, State.ADOPTED} if run.info.mode == LEAVE_RUNNING else set()
    known = set(snapshot.plan_summary.drivers)
    found = [
        process
        for process in left
        if process.alive or (process.ready and process.driver in known and snapshot[process.driver].state in states)
    ]
    return tuple(sorted(found, key=lambda process: process.alive))


def _broken_and_stopping(run: RunRecord, snapshot: RunSnapshot) -> tuple[bool, bool]:
    """Return whether a run is broken, and whether all of it is being stopped.

    The journal says why a driver stops only where that was requested. Else that is derived: an isolated failure and
    what it blocks stop while the rest goes on. If any other driver stops, the whole run does: either that driver was
    up, or its failure ends the run.
    """
    policies = run.plan_summary.on_failure
    failed = {name: policies.get(name, run.info.on_failure) for name in snapshot.failures()}
    isolated = {name for name in (*failed, *snapshot.blocks()) if snapshot[name].state in DOWN}
    down = sum(snapshot.counts.get(state, 0) for state in DOWN)
    aborts = any(failed.get(name) == OnFailure.ABORT for name in isolated.difference(snapshot.not_up_on_request()))
    isolated.update(snapshot.stopped_on_request())
    broken = any(policy != OnFailure.IGNORE for policy in failed.values())
    return broken, aborts or down > len(isolated)


def _failed(snapshot: RunSnapshot) -> list[str]:
    """Return the names of the drivers that failed, whatever their state is now, except those that are ready."""
    return [name for name in sorted(snapshot.failures()) if snapshot[name].state is not State.READY]


def _listed(run: RunRecord, snapshot: RunSnapshot) -> list[str]:
    """Return the names of the drivers that are not unremarkable, in the plan's order."""
    others = snapshot.not_in(*(UNREMARKABLE if run.alive else (*UNREMARKABLE, State.PENDING)))
    more = {name for name in snapshot.blocks() if snapshot[name].state is State.STOPPED}
    more.update(snapshot.degraded())
    if run.alive:
        more.update(snapshot.stopped_on_request())
        more.update(snapshot.not_working())
        more.update(snapshot.restarted())
    if not more:
        return others
    more.update(others)
    return [name for name in snapshot.plan_summary.drivers if name in more]


def _listed_with(failed: list[str], run: RunRecord, snapshot: RunSnapshot, limit: int | None) -> list[str]:
    """Return the names of the drivers to list, the failed ones first."""
    return list(dict.fromkeys((*failed, *_starting_first(_listed(run, snapshot), snapshot, limit))))


def _starting_first(names: list[str], snapshot: RunSnapshot, limit: int | None) -> list[str]:
    """Return names that a limit will cut, those that are starting first: the others wait for them."""
    if limit is None or len(names) <= limit:
        return names
    starting = set(snapshot.not_in(*(state for state in State if state is not State.STARTING)))
    return [name for name in names if name in starting] + [name for name in names if name not in starting]


def _elapsed(run: RunRecord, snapshot: RunSnapshot, clock: Callable[[], float]) -> float:
    if run.alive:
        return max(0.0, clock() - run.started_monotonic)
    return run.outcome.seconds if run.outcome and run.ended_at is not None else snapshot.last_event_at


class _DriverStatuses:
    """Derives the status of one driver at a time."""

    def __init__(self, run: RunRecord, snapshot: RunSnapshot, seconds: float) -> None:
        self._run = run
        self._snapshot = snapshot
        self._now = seconds
        self._plan: PlanSummary = snapshot.plan_summary

    def of(self, driver: DriverSnapshot) -> DriverStatus:
        """Return the status of a driver."""
        since = driver.since
        activity, step, awaited, left = Activity.NOTHING, "", tuple[str, ...](), None
        if self._run.alive and driver.state in (State.PENDING, State.STARTING):
            phase = self._phase(driver)
            step = f"{driver.driver}:{phase}"
            if driver.step is not None:
                since = driver.step.at
            if driver.runs_step:
                activity, left = Activity.RUNS, self._step_time_left(driver)
            elif driver.step is not None and driver.step.mark is StepEvent.RETRIED:
                activity = Activity.RETRIES
            else:
                activity = Activity.WAITS
                awaited, since, left = self._awaited(driver.driver, phase, since)
        elif self._run.alive and driver.is_restarting and driver.step is not None:
            activity, since = Activity.RESTARTS, driver.step.at
        elif self._run.alive and driver.fails_check and driver.step is not None:
            activity, since = Activity.FAILS_CHECK, driver.step.at
        elif self._run.alive and driver.state is State.STOPPING:
            activity, left = Activity.STOPS, self._time_left(driver, 1, self._run.info.stop_timeout)
        failure, failed = (driver.failure.reason, self._ago(driver.failure.at)) if driver.failure else ("", None)
        restarted = self._ago(driver.restarted_at) if driver.restarts else None
        tier = self._plan.tier_of(driver.driver)
        ago = self._ago(since)
        reason = _reason(driver)
        host = self._plan.hosts.get(driver.driver, "")
        name, state = driver.driver, driver.state
        more = (reason, failure, host, failed, driver.restarts, restarted)
        return DriverStatus(name, tier, state, activity, ago, step, awaited, left, *more)

    def _ago(self, at: float) -> float:
        return max(0.0, self._now - at)

    def _phase(self, driver: DriverSnapshot) -> str:
        """Return the phase that runs or is next."""
        phases = self._plan.phases_of(driver.driver)
        if driver.runs_step and driver.step is not None and driver.step.phase:
            return driver.step.phase
        return phases[min(phases_done(driver, phases), len(phases) - 1)]

    def _awaited(self, driver: str, phase: str, since: float) -> tuple[tuple[str, ...], float, float | None]:
        """Return what a step waits for, since when, and how long that may last."""
        run_left = self._run.info.deadline - self._now
        open_steps = [need.step for need in self._plan.needs(driver, phase) if not self._is_done(need.step)]
        if open_steps:
            names = tuple(sorted({str(step) for step in open_steps}))
            needed = [self._snapshot[step.driver] for step in open_steps]
            limits = [self._step_time_left(one) for one in needed if one.runs_step]
            return names, since, min([*limits, run_left])
        unwell = self._unwell(driver, phase)
        if unwell:  # each restarts, or is lost, within limits of its own
            names = tuple(sorted(f"{one.driver}:{one.step.phase}" for one in unwell if one.step))
            return names, max(since, min(one.step.at for one in unwell if one.step)), None
        tier = self._open_tier(driver)
        return ((f"the tier {tier}",) if tier else ("its turn",)), since, run_left

    def _unwell(self, driver: str, phase: str) -> list[DriverSnapshot]:
        """Return the drivers that a step waits for although they are up: their checks fail, or they restart."""
        needed = {need.step.driver for need in self._plan.needs(driver, phase) if need.kind in NEEDS_HEALTH}
        found = map(self._snapshot.__getitem__, needed)
        return [one for one in found if one.fails_check or one.is_restarting]

    def _is_done(self, step: Step) -> bool:
        phases = self._plan.phases_of(step.driver)
        if not self._is_open(step.driver):
            return True
        return phases_done(self._snapshot[step.driver], phases) > phases.index(step.phase)

    def _open_tier(self, driver: str) -> str:
        """Return the first tier that is not complete, if it is another one than the driver's own."""
        own = self._plan.tier_of(driver)
        return self._first_open_tier if self._first_open_tier != own else ""

    @cached_property
    def _first_open_tier(self) -> str:
        at = 0
        for name, size in self._plan.tiers:
            if any(self._is_open(driver) for driver in self._plan.drivers[at : at + size]):
                return name
            at += size
        return ""

    def _is_open(self, driver: str) -> bool:
        return self._snapshot[driver].state in (State.PENDING, State.STARTING)

    def _step_time_left(self, driver: DriverSnapshot) -> float:
        return self._time_left(driver, 0, self._run.info.timeout)

    def _time_left(self, driver: DriverSnapshot, which: int, default: float) -> float:
        """Return how many seconds are left of the timeout of a step (0) or a stop (1)."""
        timeout = self._plan.timeouts.get(driver.driver, (None, None))[which] or default
        started = driver.step.at if which == 0 and driver.step else driver.since
        return timeout - (self._now - started)


def _reason(driver: DriverSnapshot) -> str:
    """Return why a driver is in its state."""
    if driver.block and driver.state in DOWN:
        return driver.block.reason
    is_down = driver.is_restarting or driver.fails_check
    return driver.step.reason if is_down and driver.step else driver.reason


def phases_done(driver: DriverSnapshot, phases: tuple[str, ...]) -> int:
    """Return how many of its phases a driver that is pending or starting has completed."""
    if driver.step is None or driver.step.phase not in phases or driver.step.state is State.PENDING:
        return 0
    return phases.index(driver.step.phase) + (driver.step.mark is StepEvent.DONE)

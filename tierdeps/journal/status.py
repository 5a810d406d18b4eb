"""How a run stands: what each driver does or waits for, and for how long."""

from __future__ import annotations

import time
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.model.policy import OnFailure
from tierdeps.model.report import Mark, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tierdeps.journal.left import LeftProcess
    from tierdeps.journal.outline import Outline
    from tierdeps.journal.record import RunRecord, Stand, Standing
    from tierdeps.model.edges import Step

#: States that say all there is to say.
PLAIN = (State.READY, State.ADOPTED, State.SKIPPED, State.STOPPED)
#: How a run is recorded that leaves what it starts running.
LEAVE_RUNNING = "leave-running"
#: States of what is on its way down, or there.
DOWN = (State.STOPPING, State.STOPPED)


class Doing(StrEnum):
    """What a driver is about: its step runs, it waits for others, for another attempt, or it is being stopped.

    One that is ready may begin again by itself.
    """

    RUNS = "runs"
    WAITS = "waits"
    RETRIES = "retries"
    RESTARTS = "restarts"
    STOPS = "stops"
    NOTHING = "nothing"


class DriverStatus(NamedTuple):
    """One driver.

    ``step`` is the one that runs or is next; ``awaited`` is what it waits for: steps, or a tier. ``seconds`` says for
    how long it has been at it, or in its state; ``deadline_in`` how many are left of what bounds that, if anything
    does. ``failure`` is why it failed, and ``reason`` of one that is stopped why it was blocked, whatever became of it
    afterwards.
    """

    driver: str
    tier: str
    state: State
    doing: Doing
    seconds: float
    step: str = ""
    awaited: tuple[str, ...] = ()
    deadline_in: float | None = None
    reason: str = ""
    failure: str = ""


class Status(NamedTuple):
    """A run; ``seconds`` are those since it began, until now or until its end; of a killed one, until its last record.

    ``more`` counts the drivers that there would be to tell of, beside those told. ``broken`` says whether a driver
    failed that is not to be ignored, and did not come up since; ``stopping`` whether all is being stopped. ``left`` are
    the processes that a run which is over left, those that have ended since first.
    """

    run: RunRecord
    seconds: float
    counts: Mapping[State, int]
    drivers: tuple[DriverStatus, ...]
    more: int = 0
    broken: bool = False
    stopping: bool = False
    left: tuple[LeftProcess, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it was killed, did not come up, lost what it needs, did not end well, or what it left has ended."""
        run, ending = self.run, self.run.ending
        if any(one.ready and not one.alive for one in self.left):
            return True
        return run.killed or (run.alive and self.broken) or (ending is not None and not ending.ok)


def status_of(
    run: RunRecord,
    *,
    every: bool = False,
    limit: int | None = None,
    left: Iterable[LeftProcess] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Status:
    """Return how a run stands: ``every`` driver, or those alone that are not simply up or stopped; failed ones first.

    ``limit`` is to how many; ``left`` are the processes that runs of its instance left, which count where it is over;
    ``clock`` is the monotonic one.
    """
    stand = run.stand()
    seconds = _elapsed(run, stand, clock)
    failed = _failed(stand)
    chosen = list(stand.outline.drivers) if every else list(dict.fromkeys((*failed, *_not_plain(run, stand))))
    teller = _Teller(run, stand, seconds)
    told = tuple(teller.tell(stand[name]) for name in chosen[:limit])
    more, course, lost = len(chosen) - len(told), _course(run, stand), _left(run, stand, left)
    return Status(run, seconds, stand.counts, told, more, *course, lost)


def _left(run: RunRecord, stand: Stand, left: Iterable[LeftProcess]) -> tuple[LeftProcess, ...]:
    """Return what is left of a run that is over: what runs, and what has ended although nobody stopped it."""
    if run.alive:
        return ()
    states = {State.READY, State.ADOPTED} if run.info.mode == LEAVE_RUNNING else set()
    known = set(stand.outline.drivers)
    found = [
        one for one in left if one.alive or (one.ready and one.driver in known and stand[one.driver].state in states)
    ]
    return tuple(sorted(found, key=lambda one: one.alive))


def _course(run: RunRecord, stand: Stand) -> tuple[bool, bool]:
    """Return whether a run is broken, and whether all of it is being stopped.

    What is isolated is stopped while the rest goes on. Whatever else is stopped, is because all is: it was up, or its
    failure ends the run.
    """
    failing = {name: stand.outline.failing.get(name, run.info.on_failure) for name in stand.failures()}
    apart = {name for name in (*failing, *stand.blocks()) if stand[name].state in DOWN}
    down = sum(stand.counts.get(state, 0) for state in DOWN)
    ends = any(failing.get(name) == OnFailure.ABORT for name in apart)
    broken = any(policy != OnFailure.IGNORE for policy in failing.values())
    return broken, ends or down > len(apart)


def _failed(stand: Stand) -> list[str]:
    """Name the drivers that failed, whatever became of them afterwards, but for those that came up after all."""
    return [name for name in sorted(stand.failures()) if stand[name].state is not State.READY]


def _not_plain(run: RunRecord, stand: Stand) -> list[str]:
    others = stand.others(*(PLAIN if run.alive else (*PLAIN, State.PENDING)))
    more = {name for name in stand.blocks() if stand[name].state is State.STOPPED}
    if run.alive:
        more.update(stand.restarting())
    if not more:
        return others
    more.update(others)
    return [name for name in stand.outline.drivers if name in more]


def _elapsed(run: RunRecord, stand: Stand, clock: Callable[[], float]) -> float:
    if run.alive:
        return max(0.0, clock() - run.ticks)
    return run.ending.seconds if run.ending and run.ended_at is not None else stand.latest


class _Teller:
    """Tells of one driver after the other."""

    def __init__(self, run: RunRecord, stand: Stand, seconds: float) -> None:
        self._run = run
        self._stand = stand
        self._now = seconds
        self._outline: Outline = stand.outline

    def tell(self, one: Standing) -> DriverStatus:
        """Say what a driver does."""
        since = one.since
        doing, step, awaited, left = Doing.NOTHING, "", tuple[str, ...](), None
        if self._run.alive and one.state in (State.PENDING, State.STARTING):
            phase = self._phase(one)
            step = f"{one.driver}:{phase}"
            if one.step is not None:
                since = one.step.at
            if one.busy:
                doing, left = Doing.RUNS, self._left(one)
            elif one.step is not None and one.step.mark is Mark.RETRIED:
                doing = Doing.RETRIES
            else:
                doing = Doing.WAITS
                awaited, since, left = self._awaited(one.driver, phase, since)
        elif self._run.alive and one.restarts and one.step is not None:
            doing, since = Doing.RESTARTS, one.step.at
        elif self._run.alive and one.state is State.STOPPING:
            doing, left = Doing.STOPS, self._bound(one, 1, self._run.info.stop_timeout)
        failure = one.failure.reason if one.failure else ""
        tier = self._outline.tier_of(one.driver)
        ago = max(0.0, self._now - since)
        return DriverStatus(one.driver, tier, one.state, doing, ago, step, awaited, left, _reason(one), failure)

    def _phase(self, one: Standing) -> str:
        """Name the phase that runs or is next."""
        phases = self._outline.phases_of(one.driver)
        if one.busy and one.step is not None and one.step.phase:
            return one.step.phase
        return phases[min(done(one, phases), len(phases) - 1)]

    def _awaited(self, driver: str, phase: str, since: float) -> tuple[tuple[str, ...], float, float]:
        """Name what a step waits for; with since when, and how long that may go on."""
        run_left = self._run.info.deadline - self._now
        open_ones = [need.step for need in self._outline.needs(driver, phase) if not self._is_done(need.step)]
        if open_ones:
            names = tuple(sorted({str(step) for step in open_ones}))
            bounds = [self._left(one) for step in open_ones if (one := self._stand[step.driver]).busy]
            return names, since, min([*bounds, run_left])
        tier = self._open_tier(driver)
        return ((f"the tier {tier}",) if tier else ("its turn",)), since, run_left

    def _is_done(self, step: Step) -> bool:
        phases = self._outline.phases_of(step.driver)
        return not self._is_open(step.driver) or done(self._stand[step.driver], phases) > phases.index(step.phase)

    def _open_tier(self, driver: str) -> str:
        """Name the first tier that is not all settled, where it comes before a driver's own."""
        mine = self._outline.tier_of(driver)
        return self._first_open if self._first_open != mine else ""

    @cached_property
    def _first_open(self) -> str:
        at = 0
        for name, size in self._outline.tiers:
            if any(self._is_open(driver) for driver in self._outline.drivers[at : at + size]):
                return name
            at += size
        return ""

    def _is_open(self, driver: str) -> bool:
        return self._stand[driver].state in (State.PENDING, State.STARTING)

    def _left(self, one: Standing) -> float:
        return self._bound(one, 0, self._run.info.timeout)

    def _bound(self, one: Standing, which: int, usual: float) -> float:
        """Return what is left of the time that a step or a stop has."""
        seconds = self._outline.timeouts.get(one.driver, (None, None))[which] or usual
        began = one.step.at if which == 0 and one.step else one.since
        return seconds - (self._now - began)


def _reason(one: Standing) -> str:
    """Say why a driver is as it is."""
    if one.block and one.state in DOWN:
        return one.block.reason
    return one.step.reason if one.restarts and one.step else one.reason


def done(one: Standing, phases: tuple[str, ...]) -> int:
    """Count the phases that a driver which is not settled has done."""
    if one.step is None or one.step.phase not in phases or one.step.state is State.PENDING:
        return 0
    return phases.index(one.step.phase) + (one.step.mark is Mark.DONE)

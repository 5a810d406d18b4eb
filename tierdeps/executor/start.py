"""The start of all drivers: which step may start when, and what a failure does to the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tierdeps.executor.bring_up import BringUp
from tierdeps.executor.driver import Blocked, Halted, Lost
from tierdeps.executor.failure import BlockedSteps, block_later_tiers, lost_reason
from tierdeps.executor.report import running
from tierdeps.executor.scheduler import Opening, Scheduler
from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable, Collection

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import Run


class Start:
    """The start of the drivers of a plan, but for those that are ``kept`` and count as they stand.

    Of the kept ones those ``to_reload`` take over other settings when their turn comes. ``halt`` is called with what
    ends the start. ``restores`` says that it brings back a plan that was up: what is kept then closes no tier, and a
    driver that does not take its old settings back is lost. One that is ``requested`` starts single drivers of a run
    that is up: what fails in it never ends the run, whatever its policy is.

    Each driver has a routine of its own, from the turn of its first step on: a coroutine of ``BringUp``. Steps are
    counted by the scheduler alone, whose methods may be called again; so code that fails, blocks or loses a driver from
    outside also does all that follows from it, and the driver's own routine, when it resumes, sees the state and ends.
    """

    def __init__(
        self,
        run: Run,
        halt: Callable[[], None],
        *,
        kept: Collection[DriverRun] = (),
        to_reload: Collection[DriverRun] = (),
        restores: bool = False,
        requested: bool = False,
    ) -> None:
        self._run = run
        self._plan = run.current
        self._compiled = run.current.compiled
        self._halt = halt
        #: Whether nothing is to start any more.
        self.is_halted: bool = False
        #: What it brings up.
        self.own: Collection[DriverRun] = [driver for driver in run.current.drivers if driver not in kept]
        #: Those whose ``reload`` was called.
        self.reloaded: list[DriverRun] = []
        self._to_reload = to_reload
        self._settled = [driver for driver in kept if driver not in to_reload]
        self.restores = restores
        self.is_requested = requested
        #: How many drivers became ready so far.
        self.last_seq: int = max((int(driver.ready_seq) for driver in kept if driver.ready_seq < math.inf), default=0)
        self._closing: set[int] = set()
        self._too_long: TimerHandle | None = None
        jobs = run.options.jobs
        path = self._compiled.critical_path(run.options.durations) if jobs is not None else []
        self.scheduler: Scheduler = Scheduler(
            run,
            self._compiled.missing.copy(),
            self._compiled.followers,
            len(self._compiled.tiers),
            self._open_tier,
            bypass=self._is_bypassed,
            slots=jobs,
            priority=None if jobs is None else lambda step: -path[step],
        )
        self.blocks: BlockedSteps = BlockedSteps(run.current, self.scheduler.finished)
        self._bring_up = BringUp(run, self)

    async def run(self) -> bool:
        """Start all that can be started; return whether it came to its end, and was not halted before.

        At its end nothing more will start, and nothing runs.
        """
        run = self._run
        self._too_long = run.loop.call_later(run.options.deadline, run.guard, None, self._out_of_time)
        self._settle_kept()
        self._block_refused()
        await self.scheduler.run(self._go_on)
        self.check_time()
        self._too_long.cancel()
        return not self.is_halted

    def halt(self) -> None:
        """Let nothing start any more; a stop is to end what runs."""
        self.is_halted = True
        self.scheduler.halt()
        if self._too_long is not None:
            self._too_long.cancel()

    def check_time(self) -> None:
        """End the start if its deadline has passed, where a blocked event loop kept its timer from firing."""
        if self._too_long is not None and self._run.loop.time() > self._too_long.when():
            self._out_of_time()

    def _out_of_time(self) -> None:
        if not self.is_halted:
            run, calls = self._run, running(self._run)
            run.problem = f"the start did not end within {run.options.deadline:g} s" + (f": {calls}" if calls else "")
            self.give_up()

    def aborts(self, driver: DriverRun) -> bool:
        """Return whether the failure of a driver ends the start."""
        return driver.policy is OnFailure.ABORT and not self.is_requested

    def give_up(self) -> None:
        """End the start because of something that is no driver's failure."""
        if not self.is_halted:
            self._halt()

    # Who may start

    def _settle_kept(self) -> None:
        """Let what is kept count as it stands."""
        for driver in self._to_reload:
            driver.bypassed = False  # until it was asked
        for driver in self._settled:
            for step in self._compiled.steps_of(driver.index):
                self.scheduler.settle(step)
        for driver in self._settled:
            if driver.start_state is State.SKIPPED or driver.ignored:
                self._block_without(driver)
            if not driver.is_up:
                self._close_behind(driver.index)
                for step in self._compiled.steps_of(driver.index):
                    for requirer in self.blocks.requiring(step):
                        self.blocks.block(requirer, driver.name)

    def _block_refused(self) -> None:
        """Block what a finding concerns, and what requires that; no tier is closed by what was never to start."""
        refused = [driver for driver in self.own if driver.planned.blocked]
        for driver in refused:
            self.blocks.block_rest(driver)
            if not driver.planned.disabled:
                driver.move(State.BLOCKED, driver.planned.blocked)
        for driver in refused:
            for step in self._compiled.steps_of(driver.index):
                for requirer in self.blocks.requiring(step):
                    self.blocks.block(requirer, driver.name)

    def _go_on(self, step: int) -> None:
        """Start a routine for a driver's first step; give the turn to the routine that there is for the others."""
        driver = self._plan.drivers[self._compiled.owner[step]]
        if driver.turn is not None:
            driver.turn.end()
            return
        driver.is_moving, driver.step = True, step
        way = self._bring_up.reload if driver in self._to_reload else self._bring_up.bring_up
        self._run.routines.start(way(driver), driver, self._leave)

    def _open_tier(self, number: int) -> Opening:
        _, first, end = self._compiled.tiers[number]
        steps = self._compiled.first[first:end]
        behind = self._compiled.first[end] if end < len(self._compiled.first) else len(self._compiled.owner)
        if number in self._closing:
            self._close()
        return Opening(steps, self.scheduler.finished.count(0, steps[0], behind))

    def _is_bypassed(self, step: int) -> bool:
        """Return whether a step whose turn has come is passed over: its driver is disabled, skipped, or blocked."""
        driver = self._plan.drivers[self._compiled.owner[step]]
        if driver.planned.disabled and not driver.bypassed:
            driver.bypassed = True
            driver.move(State.SKIPPED, "disabled")
            self._block_without(driver)
        if not (driver.bypassed or self.blocks.steps[step]):
            return False
        if driver.turn is not None:
            driver.turn.end(Halted())
        return True

    # What becomes of drivers

    def _leave(self, driver: DriverRun) -> None:
        """Count the step as done at which a driver's routine has ended; of what a halt cut off, nothing is done."""
        driver.is_moving, driver.turn = False, None
        if self.is_halted:
            self.scheduler.release(driver.step)
        else:
            self.scheduler.done(driver.step)
        if driver.waiter is not None:
            driver.wake()

    def bypass(self, driver: DriverRun, state: State, reason: str) -> None:
        """Pass over all that is left of a driver, which is skipped or adopted."""
        driver.bypassed = True
        driver.move(state, reason)
        if state is State.SKIPPED:
            self._block_without(driver)

    def failed(self, driver: DriverRun, reason: str) -> None:
        """Fail a driver, with all that follows from it."""
        if not driver.is_coming_up:
            return
        step = driver.step
        driver.move(State.FAILED, reason)
        if driver.policy is OnFailure.IGNORE:
            driver.ignored = driver.bypassed = True
            self._block_without(driver)
            self.scheduler.done(step)
        else:
            self._propagate_failure(driver)
        if self.aborts(driver):
            self.give_up()

    def _propagate_failure(self, driver: DriverRun) -> None:
        """Block what requires a failed driver, open no later tier, and let all other steps that wait go on."""
        rest = self._compiled.steps_of(driver.index)[driver.phase_index :]
        for step in rest:
            for requirer in self.blocks.requiring(step):
                self.blocks.block(requirer, driver.name)
        self._close()
        for step in rest:
            self.scheduler.done(step)

    def _block_without(self, missing: DriverRun) -> None:
        """Block what cannot do without a driver that is skipped, or whose failure is ignored.

        That is no failure, but has the same effects.
        """
        steps = [*self._compiled.blocked_if_skipped(missing.index)] if missing.start_state is State.SKIPPED else []
        for step in self._compiled.steps_of(missing.index):
            steps += self.blocks.broken_quorums(step)
        found = {driver for step in steps for driver in self.blocks.block(step, missing.name)}
        blocked = [driver for driver in found if not driver.planned.disabled]
        closing = [driver.index for driver in blocked if driver.policy is not OnFailure.IGNORE]
        if closing:
            self._close_behind(min(closing))
        first = {self._plan.drivers[self._compiled.owner[step]] for step in steps}
        aborts = any(self.aborts(driver) for driver in first & found)
        if blocked and aborts:
            self.give_up()

    def _close_behind(self, index: int) -> None:
        """Open no tier behind a driver's own, unless all of them were up before."""
        tier = self._compiled.tier_of(index)
        if self.restores:
            return
        if tier <= self.scheduler.tier:
            self._close()
        else:
            self._closing.add(tier)

    def _close(self) -> None:
        """Open no later tier, for something of this one will not be ready; report the later ones as blocked at once."""
        if not self.scheduler.is_closed:
            self.scheduler.is_closed = True
            block_later_tiers(self._plan, self.scheduler.tier)

    # What comes from outside

    def lose(self, driver: DriverRun, reason: str) -> None:
        """Fail a driver that is not up yet, and says already that it works no more: it is not tried again."""
        if driver.is_coming_up and not driver.interrupt(Lost(reason)):
            self.failed(driver, reason)

    def fail_remaining(self, reason: str) -> None:
        """Fail what is not up of the tiers that are open, and open no later one."""
        self._close()
        _, _, end = self._compiled.tiers[self.scheduler.tier]
        for driver in self.own:
            if driver.index < end:
                self.lose(driver, reason)

    def isolate(self, lost: DriverRun, dependents: Collection[DriverRun]) -> None:
        """Go on without a lost driver: open no tier behind it, and bring up nothing that requires it.

        What runs of that ends as it does where a stop comes. A loss that is ignored closes no tier, but what stops with
        the lost driver does.
        """
        closing = dependents if lost.policy is OnFailure.IGNORE else [lost, *dependents]
        if indices := [driver.index for driver in closing if driver.policy is not OnFailure.IGNORE]:
            self._close_behind(min(indices))
        for driver in dependents:
            if not driver.is_coming_up:
                continue
            self.blocks.block_rest(driver)
            driver.reason = lost_reason(self._plan, lost, driver)
            if driver.call is not None:
                if driver.is_cancelled_by_stop:
                    driver.interrupt(Blocked())
                continue
            if driver.retry is not None:
                driver.interrupt(Halted())
            if not driver.planned.disabled:
                self.blocks.move(driver)

"""The stop: what was started is stopped once, tier by tier from the last, each driver after those that need it."""

from __future__ import annotations

from bisect import bisect_left
from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps.errors import DeadlineExceeded, LostError
from tierdeps.executor.driver import CutShort, Interruption, Lost
from tierdeps.executor.failure import fail_lost
from tierdeps.executor.invoke import invoke
from tierdeps.executor.scheduler import Opening, Scheduler, Wait
from tierdeps.model import State
from tierdeps.model.report import ON_REQUEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.invoke import Timer
    from tierdeps.executor.run import Run

#: What a call still has once the stop is expedited.
GRACE_S = 1.0
#: How long a stop that was cancelled has to end, before it is said that it goes on.
MOMENT_S = 0.1


class TearDown:
    """The stop of one run or a part of it, until ``final`` on the loop's clock.

    ``part`` are the drivers that are stopped, all of them if it is not given; the rest goes on. Of those to ``spare``
    only the calls that run are ended. After ``final`` nothing is waited for: what is left is stopped at once,
    and has a moment for it. The ``reasons`` are those of single drivers: one that is stopped on request has not failed,
    and counts as up no more.
    """

    def __init__(
        self,
        run: Run,
        final: float,
        part: Collection[DriverRun] | None = None,
        spare: Collection[DriverRun] = (),
        reasons: Mapping[DriverRun, str] = MappingProxyType({}),
    ) -> None:
        self._run = run
        self._drivers = run.current.drivers
        self._rows = _rows(run, part)
        self._part: Collection[DriverRun] = self._drivers if part is None else part
        self._spare = spare
        #: The drivers that were lost while they waited for their stop.
        self.lost: list[DriverRun] = []
        self._reasons = reasons
        self._followers: list[list[int]] = [[] for _ in self._drivers]
        self._missing = [0] * len(self._drivers)
        self._scheduler = Scheduler(
            run,
            self._missing,
            self._followers,
            len(self._rows),
            self._open_tier,
            bypass=self._is_bypassed,
            slots=run.options.jobs,
            priority=lambda index: -self._drivers[index].ready_seq,
        )
        self._is_expedited = run.is_expedited
        #: Of the drivers whose abandoned calls are waited for, until when, and for how long that is in all.
        self._waits: dict[DriverRun, tuple[Timer, float]] = {}
        self._final = run.loop.call_at(final, run.guard, None, self.force_remaining)
        self._over = Wait()

    async def run(self) -> None:
        """Cancel what runs, or let it end, then stop tier after tier; return when that is over."""
        for driver in self._all():
            if driver.is_moving and (driver.call is None or driver.is_cancelled_by_stop):
                driver.interrupt(CutShort())
        if self._is_expedited:
            self.expedite()
        await self._scheduler.run(self._spawn)
        self._final.cancel()
        self._over.end()

    async def wait(self) -> None:
        """Wait until it is over."""
        await self._over

    def be_over_by(self, final: float) -> None:
        """Be over earlier, where that is earlier."""
        if final < self._final.when() and not self._final.cancelled():
            self._final.cancel()
            self._final = self._run.loop.call_at(final, self._run.guard, None, self.force_remaining)

    def expedite(self) -> None:
        """Wait no longer than a moment for anything."""
        self._is_expedited = True
        for driver, (timer, _) in list(self._waits.items()):
            timer.cancel()
            self._set_timer(driver, GRACE_S)
        for driver in self._all():
            if driver.is_moving:
                driver.interrupt(CutShort())
        self._run.timers.shorten(GRACE_S)

    def force_remaining(self) -> None:
        """Stop at once, in no order, whatever was not stopped yet: time is over."""
        left = (driver for driver in self._all() if self._is_to_stop(driver))
        if names := ", ".join(driver.name for driver in left):
            self._run.add_problem(f"the stop ran out of time; the rest was stopped at once, in no order: {names}")
        self.expedite()
        self._scheduler.force([index for row in self._rows for index in row])

    def fail(self, driver: DriverRun, reason: str) -> None:
        """End the stop of a driver because of an unexpected exception."""
        driver.interrupt(Lost(reason))

    def lose(self, driver: DriverRun) -> bool:
        """Record that a driver was lost, if it is to be stopped here; return whether it is.

        It is stopped, and perhaps started again, all the same. So its loss has no other consequence: what is to stop or
        to restart with it does so already.
        """
        if driver in self._spare or driver not in self._part:
            return False
        self.lost.append(driver)
        return True

    def _all(self) -> Iterator[DriverRun]:
        return (self._drivers[index] for row in reversed(self._rows) for index in row)

    def _is_to_stop(self, driver: DriverRun) -> bool:
        return driver.started and not driver.stop_started and driver not in self._spare

    # Who may be stopped

    def _spawn(self, index: int) -> None:
        driver = self._drivers[index]
        self._run.routines.start(self.tear_down(driver), driver, self._leave)

    def _leave(self, driver: DriverRun) -> None:
        """Let others go on once the routine of a driver has ended, whether it succeeded or not."""
        self._scheduler.done(driver.index)

    def _is_bypassed(self, index: int) -> bool:
        """Return whether there is nothing to stop of a driver, and nothing to wait for."""
        driver = self._drivers[index]
        if self._is_to_stop(driver):
            return False
        return not (driver.is_moving or driver.call is not None or driver.abandoned_call is not None)

    def _open_tier(self, number: int) -> Opening:
        """Open the tier before, and compute which of its drivers stops before which.

        Drivers of one stage depend on each other only where they form a cycle of phases: there the order in which they
        became ready decides, reversed.
        """
        row, drivers, compiled = self._rows[number], self._drivers, self._run.current.compiled
        missing, followers, planned = self._missing, self._followers, compiled.planned
        inside = row if isinstance(row, range) else set(row)
        circular: set[tuple[int, int]] = set()
        for index in row:
            stage = planned[index].stage
            missing[index] += 1  # the tier's own opening
            for other in compiled.waiting_for(index):
                if other not in inside:
                    continue
                if planned[other].stage > stage:
                    missing[index] += 1
                    followers[other].append(index)
                else:
                    circular.add(_in_stop_order(drivers[index], drivers[other]))
        for first, then in circular:
            missing[then] += 1
            followers[first].append(then)
        return Opening(row, len(row))

    # One driver

    async def tear_down(self, driver: DriverRun) -> None:
        """Stop a driver, once nothing of its start goes on, where anything of it was started."""
        if driver.is_moving or driver.abandoned_call is not None:
            await self._outlast_start(driver)
        if driver.start_state is State.STARTING and not driver.reason:
            driver.reason = f"the stop came before {driver.phase}"
        if self._is_to_stop(driver):
            reason, had_failed = self._reasons.get(driver, ""), driver.start_state is State.FAILED
            driver.move(State.STOPPING, reason, of_stop=True)
            driver.stop_started = driver.stopped = True
            try:
                for verb in ("stop", "cleanup"):
                    call = await invoke(driver, verb, self._timeout(driver))
                    if call.error is not None:
                        await self._failed(driver, verb, call.error)
            except Interruption as why:
                driver.add_stop_error(why.reason)
            except BaseException as error:  # noqa: BLE001  reported, not swallowed
                driver.add_stop_error(self._run.explain(driver, error))
            driver.stopped = not driver.stop_error
            to = State.FAILED if driver.stop_error else State.STOPPED
            was_lost = driver.start_state is State.FAILED and not (had_failed or driver.ignored)
            lasting = reason.startswith(ON_REQUEST)
            driver.ignored = driver.ignored and not lasting
            driver.move(to, driver.stop_error or reason, of_stop=was_lost or not lasting)

    async def _outlast_start(self, driver: DriverRun) -> None:
        """Wait until a driver is brought up no further, and for an abandoned call, until its time is over."""
        while driver.is_moving:  # its calls have their deadlines
            driver.waiter = Wait()
            await driver.waiter
        if driver.abandoned_call is not None:
            driver.waiter = Wait()
            self._set_timer(driver, self._timeout(driver))
            await driver.waiter
            timer, seconds = self._waits.pop(driver)
            timer.cancel()
            self._name_straggler(driver, seconds)

    @staticmethod
    def _name_straggler(driver: DriverRun, seconds: float) -> None:
        """Name a call that still runs, so long after it was cancelled."""
        if (call := driver.abandoned_call) is not None:
            text = f"{call} was still running {seconds:g} s after it was cancelled"
            driver.stragglers = (*driver.stragglers, text)

    def _set_timer(self, driver: DriverRun, seconds: float) -> None:
        self._waits[driver] = (self._run.later(seconds, driver, driver.wake), seconds)

    def _timeout(self, driver: DriverRun) -> float:
        if self._is_expedited:
            return GRACE_S
        return driver.planned.policy.stop_timeout or self._run.options.stop_timeout

    async def _failed(self, driver: DriverRun, verb: str, error: BaseException) -> None:
        """Keep what went wrong in stopping, and go on: it keeps nothing from being stopped."""
        reason = self._run.explain(driver, error)
        if verb == "stop" and isinstance(error, LostError):
            # It was stopped all right; that it had to be up until then is what failed.
            fail_lost(driver, reason)
            return
        driver.add_stop_error(reason)
        if isinstance(error, DeadlineExceeded) and driver.abandoned_call is not None:
            # Most end a moment after they are cancelled, and those that do not are named.
            driver.waiter = Wait()
            timer = self._run.later(MOMENT_S, driver, driver.wake)
            await driver.waiter
            timer.cancel()
            self._name_straggler(driver, error.seconds)


def _rows(run: Run, part: Collection[DriverRun] | None) -> list[Sequence[int]]:
    """Return the indices of the drivers of each tier that has any, from the last tier on, as far as they are of a part.

    A tier of which nothing was started is left alone.
    """
    tiers = run.current.compiled.tiers
    if part is None:
        rows: list[Sequence[int]] = [range(first, end) for _, first, end in tiers]
    else:
        indices = sorted(driver.index for driver in part)
        rows = [indices[bisect_left(indices, first) : bisect_left(indices, end)] for _, first, end in tiers]
    return rows[::-1]


def _in_stop_order(driver: DriverRun, other: DriverRun) -> tuple[int, int]:
    """Return the indices of two drivers of which one waits for the other, the one that stops first before the other."""
    mine, its = driver.planned.stage, other.planned.stage
    first = mine > its or (mine == its and (driver.ready_seq, driver.index) > (other.ready_seq, other.index))
    return (driver.index, other.index) if first else (other.index, driver.index)

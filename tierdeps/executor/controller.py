"""The state of a run, and its routines: the start, changes of what is up, and the stop."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from tierdeps._util.gc import SlowCollector
from tierdeps.driver_errors import describe
from tierdeps.errors import RunError
from tierdeps.executor.driver import Lost
from tierdeps.executor.failure import fail_lost
from tierdeps.executor.follow_ups import FollowUps
from tierdeps.executor.report import report_of
from tierdeps.executor.run import RUN_TRANSITIONS, RunState
from tierdeps.executor.start import Start
from tierdeps.executor.tear_down import TearDown
from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Mapping

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import Run
    from tierdeps.executor.scheduler import Wait
    from tierdeps.model import Plan, Report
    from tierdeps.settings import Settings

#: After this many unexpected exceptions a run ends without waiting for anything.
MAX_CRASHES = 3


class Ending(Exception):  # noqa: N818  no error: control flow
    """Everything is being stopped; ends the routine that ran until then."""


class ChangeResult(Protocol):
    """What came out of a change."""

    @property
    def report(self) -> Report:
        """How the run stands after it."""


class Change(Protocol):
    """A change of a run that is up: a reload, or what is requested of single drivers."""

    #: Has what came out, or why it could not be made, once it is over.
    result: asyncio.Future[Any]
    #: Whether a run that is stopped meanwhile counts as interrupted.
    stop_interrupts: bool

    async def run(self) -> None:
        """Make it. Raises Ending where all is stopped meanwhile."""

    def outcome(self) -> ChangeResult:
        """Return what came out, so far where all is being stopped."""


class Controller:
    """One run, from its start to its end.

    At most one routine of it runs at a time: the start, a change, or the stop of lost drivers. The stop of everything
    may be requested at any moment; it is another routine, and makes the one before it end with ``Ending`` at its next
    step.
    """

    def __init__(self, run: Run, engine: str) -> None:
        self.run = run
        self.engine = engine
        self.state: RunState = RunState.IDLE
        #: Set while nothing is being started, changed or stopped.
        self.quiet: asyncio.Event = asyncio.Event()
        self._collector = SlowCollector()
        self.started: asyncio.Future[Report] = run.loop.create_future()
        self.stopped: asyncio.Future[Report] = run.loop.create_future()
        #: The change that is being made; none while only lost drivers are stopped.
        self.change: Change | None = None
        #: The changes that wait for their turn.
        self._waiting: deque[Change] = deque()
        #: The exceptions that belong to no driver; the first of them ends the run.
        self.crashes: list[BaseException] = []
        self._is_interrupted = False
        #: The start that runs.
        self.current: Start | None = None
        #: The drivers of a start that did not succeed; they are being stopped again.
        self.withdrawn: Collection[DriverRun] = ()
        self._part: TearDown | None = None
        self._stop: TearDown | None = None
        self._final = 0.0
        self.follow_ups: FollowUps = FollowUps(self)
        run.on_lost = self._on_lost
        run.on_restarted = self._on_restarted
        run.on_held = self._on_held
        run.on_broken = self._on_broken

    def move(self, to: RunState) -> None:
        """Go to another state. Raises RuntimeError for one that RUN_TRANSITIONS does not list."""
        if to not in RUN_TRANSITIONS[self.state]:
            raise RuntimeError(f"a run cannot go from {self.state} to {to}")
        self.state = to
        if to in (RunState.UP, RunState.OVER):
            self.quiet.set()
            self._collector.end()
            self.run.timers.close()
            if self._waiting:  # in the next turn of the loop: what ends in this one reports that first
                self.run.loop.call_soon(self.run.guard, None, self._make_next)
        else:
            self.quiet.clear()
            self._collector.start()

    @property
    def is_ending(self) -> bool:
        """Whether all is being stopped, or is over."""
        return self.state in (RunState.STOPPING, RunState.OVER)

    def report(self, *, now: bool = False) -> Report:
        """Report what the run came to, or how it stands ``now``."""
        return report_of(self.run, self.engine, interrupted=self._is_interrupted, now=now)

    def spawn(self, way: Coroutine[Wait, None, None]) -> None:
        """Let a routine run until it ends, or all is stopped; an unexpected exception in it ends the run."""
        self.run.routines.start(self._until_ending(way))

    @staticmethod
    async def _until_ending(way: Coroutine[Wait, None, None]) -> None:
        with suppress(Ending):
            await way

    # Start

    def start(self, plan: Plan, settings: Settings) -> None:
        """Start everything; ``started`` gets the report when that is over, and nothing failed."""
        self.move(RunState.STARTING)
        self.run.switch(plan, settings)
        self.run.reporters.run_started(plan)
        if not self.is_ending:  # a reporter may have asked for a stop
            self.spawn(self._start())

    async def _start(self) -> None:
        await self.bring_up(Start(self.run, self.end))
        await self.follow_ups.run()
        report = self.report()
        self.run.reporters.started(report)
        if not self.is_ending:
            self.move(RunState.UP)
            self.started.set_result(report)

    async def bring_up(self, start: Start) -> bool:
        """Run a start; return whether it completed. Raises Ending if everything is being stopped."""
        self.check()  # all may be stopped since this was set going, before its first turn
        self.current, self.withdrawn = start, ()
        has_completed = await start.run()
        self.current = None
        self.check()
        return has_completed

    def check(self) -> None:
        """Raise Ending if everything is being stopped."""
        if self.is_ending:
            raise Ending

    def halt(self) -> None:
        """Halt the start that runs: nothing more starts; the caller stops what did."""
        if self.current is not None:
            self.withdrawn = self.current.own
            self.current.halt()
            self.current = None

    def _on_held(self) -> None:
        if self.current is not None:
            self.current.check_time()

    # Lost drivers

    def _on_lost(self, driver: DriverRun, reason: str) -> None:
        """Record that a driver no longer works, and apply its policy."""
        run = self.run
        if driver.stop_started or self.state is RunState.OVER or not run.has(driver):
            return
        if self.is_ending:
            if not (driver.state is State.STARTING and driver.interrupt(Lost(reason))):
                fail_lost(driver, reason)
        elif driver.state is State.STARTING and self.current is not None:
            driver.reason = reason
            if not self._aborts(driver):
                self.follow_ups.lost(driver)
            self.current.lose(driver, reason)
        elif driver.state.is_up:
            self.run.have_started((driver,))  # it was up, which is not seen of one that was adopted any more
            driver.ignored = driver.policy is OnFailure.IGNORE
            driver.move(State.FAILED, reason)
            self._lose(driver)

    def _lose(self, driver: DriverRun) -> None:
        if self._part is not None and self._part.lose(driver):
            return
        if not self._aborts(driver):
            self.follow_ups.lost(driver)
            self._follow_up()
        elif self.current is not None and driver in self.current.own:
            self.current.give_up()
        elif driver not in self.withdrawn:
            self.end()

    def _aborts(self, driver: DriverRun) -> bool:
        """Return whether the loss of a driver ends the run, or the start that brings it up."""
        if self.current is not None and driver in self.current.own:
            return self.current.aborts(driver)
        return driver.policy is OnFailure.ABORT

    def _follow_up(self) -> None:
        """Do now what losses and restarts call for, if no other routine runs: else that does it at its end."""
        if self.state is RunState.UP and self.follow_ups.is_due:
            self.make(None)

    def _on_restarted(self, driver: DriverRun) -> None:
        """Start again what is coupled to a driver that has started again by itself."""
        if not self.is_ending and self.run.has(driver):
            self.follow_ups.restarted(driver)
            self._follow_up()

    # Unexpected exceptions

    def _on_broken(self, error: BaseException, driver: DriverRun | None) -> None:
        """Fail the driver that an unexpected exception belongs to; without one, or if that raises too, end the run."""
        if driver is None:
            self.crash(error)
            return
        try:
            self._fail(driver, self.run.explain(driver, error))
        except BaseException as raised:  # noqa: BLE001  reported, not swallowed
            self.crash(raised)

    def _fail(self, driver: DriverRun, reason: str) -> None:
        stop = self._stop or self._part
        if driver.stop_started and stop is not None:
            stop.fail(driver, reason)
        elif self.current is not None and not self.is_ending and driver.is_coming_up:
            self.current.lose(driver, reason)
        else:
            self._on_lost(driver, reason)

    def crash(self, error: BaseException, *, stuck: bool = True) -> None:
        """End the run in order because of an exception that belongs to no driver.

        Where it is ending already and may be ``stuck`` by it, nothing is waited for in order any more.
        """
        run = self.run
        self.crashes.append(error)
        run.add_problem(f"an error of tierdeps itself ended the run: {describe(error)}")
        if not self.is_ending:
            self.end()
        elif not stuck:
            return
        elif self._stop is not None and len(self.crashes) <= MAX_CRASHES:
            run.loop.call_soon(run.guard, None, self._stop.force_remaining)
        elif self.state is not RunState.OVER:
            self._end_run()

    # Changes

    def add(self, change: Change) -> None:
        """Make a change when its turn has come: as soon as the run is up, and after those that wait already."""
        self._waiting.append(change)
        self._make_next()

    def _make_next(self) -> None:
        if self._waiting and self.state is RunState.UP:
            self.make(self._waiting.popleft())

    def make(self, change: Change | None) -> None:
        """Make a change of a run that is up, and do what losses and restarts call for; without a change, that alone."""
        self.change = change
        self.move(RunState.CHANGING)
        self.spawn(self._make(change))

    async def _make(self, change: Change | None) -> None:
        self.check()  # all may be stopped since this was set going, before its first turn
        if change is not None:
            await change.run()
        await self.follow_ups.run()
        self.change = None
        self.move(RunState.UP)
        if change is not None and not change.result.done():
            result = change.outcome()
            self.run.reporters.started(result.report)
            change.result.set_result(result)

    def _answer_changes(self) -> None:
        """Set the results of all changes, because the run is over."""
        if self.change is not None and not self.change.result.done():
            try:
                self.change.result.set_result(self.change.outcome())
            except BaseException as error:  # noqa: BLE001  its caller gets it, who would wait for ever
                refuse(self.change, error)
        while self._waiting:
            refuse(self._waiting.popleft(), RunError("the run ended before the request could be served"))

    # Stop

    async def tear_down(
        self,
        part: Collection[DriverRun],
        spare: Collection[DriverRun] = (),
        reasons: Mapping[DriverRun, str] = MappingProxyType({}),
    ) -> list[DriverRun]:
        """Stop some drivers, for ``reasons`` where they have one; of those to ``spare``, end the call alone.

        Return those that were lost while they waited for their stop. Raises Ending if everything is to be stopped by
        then.
        """
        self.check()
        stop = TearDown(self.run, self.run.loop.time() + self.run.options.deadline, part, spare, reasons)
        self._part = stop
        await stop.run()
        self._part = None
        self.check()
        return stop.lost

    def request_stop(self) -> None:
        """Stop everything on request."""
        if not self.is_ending:
            self._is_interrupted = self.state is RunState.STARTING or (
                self.change is not None and self.change.stop_interrupts
            )
            self.end()

    def end(self) -> None:
        """Start no further step, and stop everything."""
        if self.is_ending:
            return
        run, deadline = self.run, self.run.options.deadline
        was_up = self.state is not RunState.STARTING
        self.move(RunState.STOPPING)
        self.run.health.close()  # what one driver needs of others may be stopped before it
        self.halt()
        self._final = run.loop.time() + (deadline if was_up else max(deadline - run.now, run.options.stop_timeout))
        self.spawn(self._stop_all())

    async def _stop_all(self) -> None:
        if self._part is not None:
            self._part.be_over_by(self._final)
            await self._part.wait()
        self._stop = TearDown(self.run, self._final)
        await self._stop.run()
        if self.state is not RunState.OVER:
            self._end_run()

    def _end_run(self) -> None:
        """End the run, and set its report."""
        self.close()
        try:
            report = self.report()
            self.run.reporters.ended(report)
        except BaseException as error:  # noqa: BLE001  the futures get it: their callers would wait for ever
            for future in (self.started, self.stopped):
                if not future.done():
                    future.set_exception(error)
            return
        for future in (self.started, self.stopped):
            if not future.done():
                future.set_result(report)

    def expedite(self) -> None:
        """Wait no more than a moment for each thing that is being stopped."""
        if self.state is RunState.OVER:
            return
        self.run.is_expedited = True
        for stop in (self._part, self._stop):
            if stop is not None:
                stop.expedite()

    def release(self) -> Report:
        """End the run without a stop: what it started keeps running."""
        report = self.report()
        self.run.health.close()
        self.close()
        self.stopped.set_result(report)
        self.run.reporters.ended(report)
        return report

    def close(self) -> None:
        """Release timers and the engine; the run is over."""
        self.move(RunState.OVER)
        self.run.on_broken = None
        self.run.guard(None, self.run.worker.close)
        self._answer_changes()


def refuse(change: Change, error: BaseException) -> None:
    """Set why a change cannot be made; nobody may await that any more."""
    change.result.set_exception(error)
    change.result.exception()

"""The way up for one driver, from its import to its last phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.masks import masked
from tierdeps._util.seconds import doubled
from tierdeps.errors import LifecycleError, LoopBlocked, TierdepsError, UndeclaredDependency
from tierdeps.executor.driver import COMING_UP, Blocked, CutShort, Halted, Interruption, Lost
from tierdeps.executor.failure import fail_lost
from tierdeps.executor.invoke import import_class, in_words, invoke
from tierdeps.executor.lifecycles.fitting import Fitting
from tierdeps.executor.scheduler import Wait
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, OnFailure, State, StepEvent
from tierdeps.model.report import ADOPTED_REASON
from tierdeps.stepping import LONG_STEP_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.invoke import Invocation
    from tierdeps.executor.run import Run
    from tierdeps.executor.start import Start

# Looked up once: an access through its enum takes as long as a call, and these are used for every driver.
_PENDING, _STARTING = State.PENDING, State.STARTING
_STARTED, _DONE = StepEvent.STARTED, StepEvent.DONE
_NEEDS = (Kind.REQUIRES, Kind.WANTS)
#: A pause between attempts is never longer.
MAX_PAUSE_S = 60.0
#: How long a driver has at least to remove what a killed run left of it: its stop timeout says how long it takes to
#: stop when all is well, and says nothing of that.
CLEANUP_TIMEOUT_S = 60.0


class DriverFailed(Exception):  # noqa: N818  it is raised through a driver's coroutine only
    """The driver has failed, for a reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BringUp:
    """The coroutines of one start: each brings up one driver, or reloads it, and ends when that is over.

    After each call it looks at the state again: a driver may have been failed or blocked from outside meanwhile.
    """

    def __init__(self, run: Run, start: Start) -> None:
        self._run = run
        self._start = start
        self._compiled = run.current.compiled
        self._fitting = Fitting(run.current)

    async def bring_up(self, driver: DriverRun) -> None:
        """Bring a driver up, from its import to its last phase."""
        try:
            self._check(driver)
            if isinstance(driver.planned.lifecycle, str):
                await self._import(driver)
            self._instantiate(driver)
            if self._is_asked(driver) and not await self._is_to_start(driver):
                return
            for phase in driver.planned.phases:
                await self._run_phase(driver, phase)
        except DriverFailed as failed:
            self._start.failed(driver, failed.reason)
        except Interruption as why:
            self._interrupted(driver, why)

    async def _import(self, driver: DriverRun) -> None:
        """Import a driver's lifecycle, which is only named."""
        call = await import_class(driver, driver.timeout)
        if call.error is not None:
            raise DriverFailed(self._run.explain(driver, call.error))
        self._check(driver)

    def _is_asked(self, driver: DriverRun) -> bool:
        """Return whether anything is called before the first phase."""
        if driver.lifecycle is None:
            return False
        kind = type(driver.lifecycle)
        own = kind.probe is not Lifecycle.probe or kind.adopt is not Lifecycle.adopt
        return own or driver.planned.name in self._run.options.orphaned

    async def _is_to_start(self, driver: DriverRun) -> bool:
        """Ask a lifecycle whether there is something to start, and have it clean up after a run that was killed."""
        lifecycle = driver.lifecycle
        assert lifecycle is not None  # noqa: S101  it is asked
        kind = type(lifecycle)
        if kind.probe is not Lifecycle.probe:
            self._run.emit(driver, State.PENDING, "probe", StepEvent.STARTED)
            if reason := await self._ask(driver, "probe"):
                self._start.bypass(driver, State.SKIPPED, masked(reason))
                return False
        if kind.adopt is not Lifecycle.adopt and await self._ask(driver, "adopt"):
            self._start.bypass(driver, State.ADOPTED, ADOPTED_REASON)
            self._run.health.watch(driver)
            return False
        if driver.planned.name in self._run.options.orphaned:
            await self._clean_up(driver, lifecycle)
        return True

    def _instantiate(self, driver: DriverRun) -> None:
        """Make a driver's lifecycle; one that takes long about it is charged alone."""
        run, failure = self._run, ""
        started_at = run.clock()
        try:
            driver.lifecycle = run.worker.instantiate(driver.planned)
            self._fitting.check(driver)
        except BaseException as error:  # noqa: BLE001  plugin code
            failure = run.explain(driver, error)
        held = run.clock() - started_at
        if held > LONG_STEP_S:
            what = f"creating the lifecycle of {driver.name}"
            run.blocked(None, held)
            if held > driver.timeout:
                failure = str(LoopBlocked(what, driver.timeout, held))
            elif driver.has_foreign_code:
                run.holds.note(what, held)
        if failure:
            raise DriverFailed(failure)

    async def _ask(self, driver: DriverRun, verb: str) -> Any:
        """Call what comes before the phases, and return what it returned."""
        self._check(driver)
        call = await invoke(driver, verb, driver.timeout)
        if call.error is not None:
            raise DriverFailed(in_words(verb, call.error, self._run.explain(driver, call.error)))
        return call.result

    async def _clean_up(self, driver: DriverRun, lifecycle: Lifecycle) -> None:
        """Remove what a killed run left of a driver, where its class asks for it."""
        run = self._run
        try:
            wanted = bool(lifecycle.cleanup_after_crash)
        except BaseException as error:  # noqa: BLE001  plugin code
            raise DriverFailed(in_words("cleanup_after_crash", error, run.explain(driver, error))) from None
        if not wanted:
            return
        self._check(driver)
        run.emit(driver, State.PENDING, "cleanup", StepEvent.STARTED)
        self._check(driver)  # a reporter may have asked for a stop
        seconds = driver.planned.policy.stop_timeout or run.options.stop_timeout
        call = await invoke(driver, "cleanup", max(seconds, CLEANUP_TIMEOUT_S))
        if call.error is not None:
            reason = run.explain(driver, call.error)
            run.emit(driver, State.PENDING, "cleanup", StepEvent.FAILED, reason)
            raise DriverFailed(in_words("cleanup", call.error, reason))
        run.emit(driver, State.PENDING, "cleanup", StepEvent.DONE)

    async def _run_phase(self, driver: DriverRun, phase: str) -> None:
        """Run a phase as soon as its turn has come, and again where it may be tried again."""
        if driver.turn is not None:
            await self._wait_for_turn(driver)
        while True:
            if self._run.health.watched or self._run.health.restarting:
                await self._wait_for_health(driver)
            self._announce(driver, phase)
            driver.started = True
            call = await invoke(driver, phase, driver.timeout)
            driver.seconds += call.took
            if call.error is None:
                break
            await self._pause(driver, phase, call)
        if driver.state is not _STARTING:
            raise Halted
        driver.timings += (call.took,)
        driver.attempt = 1
        if self._run.reporters.listening:
            self._run.emit(driver, _STARTING, phase, _DONE)
        driver.phase_index += 1
        if self._compiled.last[driver.step]:
            self._start.last_seq += 1
            driver.ready_seq = self._start.last_seq
            driver.become_ready()
            if driver.lifecycle is not None:
                self._run.health.watch(driver)
        else:
            self._turn_to_next(driver)

    def _turn_to_next(self, driver: DriverRun) -> None:
        """Count a phase as done behind which another one waits for its turn."""
        step = driver.step
        driver.step += 1
        driver.attempt = 1
        driver.turn = Wait()
        if self._start.blocks.steps[driver.step]:
            self._start.blocks.move(driver)
        self._start.scheduler.done(step)

    def _announce(self, driver: DriverRun, phase: str) -> None:
        """Report that a phase starts, unless a stop is asked for just then."""
        self._check(driver)
        if driver.state is _PENDING:
            driver.move(_STARTING)
            if self._start.is_halted:  # a reporter asked for a stop
                driver.move(State.PENDING, f"the stop came before {phase}")
                raise Halted
        if self._run.reporters.listening:
            self._run.emit(driver, _STARTING, phase, _STARTED)

    async def _pause(self, driver: DriverRun, phase: str, call: Invocation) -> None:
        """Wait for the next attempt at a phase that failed; raise DriverFailed where there is none."""
        run, policy, error = self._run, driver.planned.policy, call.error
        assert error is not None  # noqa: S101  it failed
        reason = run.explain(driver, error)
        if self._start.blocks.steps[driver.step]:  # while it ran: no wonder
            run.emit(driver, State.STARTING, phase, StepEvent.FAILED, reason)
            raise Blocked
        if not driver.is_coming_up:
            raise Halted
        hopeless = isinstance(error, UndeclaredDependency | LifecycleError)
        if driver.attempt > policy.retries or hopeless or self._start.is_halted:
            run.emit(driver, State.STARTING, phase, StepEvent.FAILED, reason)
            says_where = isinstance(error, TierdepsError) or driver.planned.phases == ("start",)
            raise DriverFailed(reason if says_where else f"{phase}: {reason}")
        seconds = doubled(policy.backoff, driver.attempt - 1, MAX_PAUSE_S)
        seconds *= 0.5 + run.random.random() / 2  # so that drivers that failed together do not retry together
        driver.attempt += 1
        driver.traceback = ""  # the report is about the last attempt
        driver.retract_degraded(phase)
        text = f"{reason}; attempt {driver.attempt} of {policy.retries + 1} in {seconds:.3g} s"
        run.emit(driver, State.STARTING, phase, StepEvent.RETRIED, text)
        self._start.scheduler.release(driver.step)
        await self._sleep(driver, seconds)
        if driver.abandoned_call is not None:
            raise DriverFailed(f"{reason}; its call is still running, so it cannot be retried")
        driver.turn = Wait()
        self._start.scheduler.requeue(driver.step)
        await self._wait_for_turn(driver)

    async def _wait_for_health(self, driver: DriverRun) -> None:
        """Wait until all that the next phase needs passes its check: what is up may not work at this moment."""
        health, peers = self._run.health, driver.peers
        waits = driver.planned.waits[driver.phase_index]
        needed = dict.fromkeys(peers.driver(wait.step.driver) for wait in waits if wait.kind in _NEEDS)
        doubtful = [other for other in needed if health.is_doubtful(other)]
        while doubtful:
            self._start.scheduler.release(driver.step)
            await self._confirm(driver, doubtful)
            driver.turn = Wait()
            self._start.scheduler.requeue(driver.step)
            await self._wait_for_turn(driver)
            doubtful = [other for other in needed if health.is_doubtful(other, has_waited=True)]

    async def _confirm(self, driver: DriverRun, needed: Iterable[DriverRun]) -> None:
        """Wait until all of some drivers have passed a check; they are checked at the same time."""
        health = self._run.health
        waits = {other: Wait() for other in needed}
        for other, wait in waits.items():
            health.confirm(other, wait)
        for other, wait in waits.items():
            self._check_halted()
            what = "restart" if other in health.restarting else "check"
            driver.retry, driver.retry_reason = wait, f"the {what} of {other.name}"
            try:
                await wait
            finally:
                driver.retry, driver.retry_reason = None, ""

    async def _sleep(self, driver: DriverRun, seconds: float) -> None:
        self._check_halted()
        driver.retry = Wait()
        timer = self._run.loop.call_later(seconds, driver.retry.end)
        try:
            await driver.retry
        finally:
            timer.cancel()
            driver.retry = None

    async def _wait_for_turn(self, driver: DriverRun) -> None:
        """Wait until a step's turn has come and it has a slot. Raises Interruption where it never comes."""
        assert driver.turn is not None  # noqa: S101  it was made before the scheduler could give the turn
        try:
            self._check_halted()  # a halt ends the waits that there are, and none that come later
            await driver.turn
        finally:
            driver.turn = None

    def _check(self, driver: DriverRun) -> None:
        """Raise Halted where nothing is to start any more, or Blocked where the next step of the driver is not to.

        A driver may also have been failed or blocked from outside, while its routine was to go on already.
        """
        if self._start.is_halted:
            raise Halted
        if self._start.blocks.steps[driver.step]:
            raise Blocked
        if driver.state not in COMING_UP:
            raise Halted

    def _check_halted(self) -> None:
        if self._start.is_halted:
            raise Halted

    def _interrupted(self, driver: DriverRun, why: Interruption) -> None:
        """Do and report what an interruption leads to."""
        run, call = self._run, why.call
        if call is not None:
            driver.seconds += call.took
        if isinstance(why, Lost) and self._start.is_halted:  # all is being stopped, and this phase was waited for
            fail_lost(driver, why.reason)
        elif isinstance(why, Lost):
            if call is not None and driver.state is State.STARTING:
                run.emit(driver, State.STARTING, driver.phase, StepEvent.FAILED, why.reason)
            self._start.failed(driver, why.reason)
        elif isinstance(why, CutShort):
            if call is not None:
                self._cut(driver, call)
        elif isinstance(why, Blocked):
            if call is not None and driver.state is State.STARTING:
                run.emit(driver, State.STARTING, driver.phase, StepEvent.CANCELLED, driver.reason)
            if not driver.planned.disabled:
                self._start.blocks.move(driver)

    def _cut(self, driver: DriverRun, call: Invocation) -> None:
        """Report that a stop cut a call short; where not even its first line was run, nothing of it has started."""
        if driver.start_state is not State.FAILED:
            driver.reason = f"{call.verb} was cancelled by the stop"
        if driver.state is State.STARTING:
            self._run.emit(driver, State.STARTING, call.verb, StepEvent.CANCELLED, driver.reason)
            if not driver.started:
                driver.move(State.PENDING, f"the stop came before {call.verb} started")

    # One driver that is up, and takes over other settings

    async def reload(self, driver: DriverRun) -> None:
        """Have a driver that is up take over its settings."""
        run = self._run
        try:
            if self._start.blocks.steps[driver.step]:
                return
            self._check_halted()
            run.emit(driver, driver.state, "reload", StepEvent.STARTED)
            self._check_halted()  # a reporter may have asked for a stop
            self._start.reloaded.append(driver)
            before, driver.degradations = driver.degradations, ()  # a reload that succeeds reports what is so now
            call = await invoke(driver, "reload", driver.timeout)
            if call.error is None:
                driver.reason = ""
                run.emit(driver, driver.state, "reload", StepEvent.DONE)
                if driver.state.is_up and (before or driver.degradations):
                    driver.show_parts()
            else:
                driver.degradations = before
                self._not_reloaded(driver, call.error)
        except Interruption as why:
            if why.call is not None:
                self._cut(driver, why.call)
        finally:
            driver.bypassed = True  # its further steps are passed over

    def _not_reloaded(self, driver: DriverRun, error: BaseException) -> None:
        run = self._run
        reason = run.explain(driver, error)
        run.emit(driver, driver.state, "reload", StepEvent.FAILED, reason)
        said = in_words("reload", error, reason)
        text = f"{driver.name}: {said}"
        if self._start.restores and not self._start.is_requested:
            run.on_lost(driver, said)
        elif driver.policy is OnFailure.IGNORE:
            run.reporters.notes.append(f"{text}; ignored")
        elif not self._start.is_halted:
            run.add_problem(text)
            self._start.give_up()

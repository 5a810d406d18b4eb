"""Watches drivers that are up: their ``check`` is called at intervals, and one that fails too often is not ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.masks import masked
from tierdeps._util.seconds import is_seconds, range_text
from tierdeps.driver_errors import describe, tame
from tierdeps.errors import DeadlineExceeded, HealthUnknownError, LifecycleError
from tierdeps.executor.invoke import wrong_result
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import StepEvent
from tierdeps.model.report import CHECK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.engines import Handle
    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.invoke import Timer
    from tierdeps.executor.run import Run
    from tierdeps.executor.scheduler import Wait

RECOVER = "recover"
#: A dependency that passed its check within so many seconds need not be checked again before a driver starts on it.
FRESH_S = 1.0


class Health:
    """The health of the drivers of one run that are up: their checks, and which of them restart by themselves."""

    def __init__(self, run: Run) -> None:
        self._run = run
        #: The drivers that are watched.
        self.watched: dict[DriverRun, Watch] = {}
        #: The drivers that restart by themselves, each with what waits for it.
        self.restarting: dict[DriverRun, list[Wait]] = {}
        self._is_closed = False

    def watch(self, driver: DriverRun) -> None:
        """Watch a driver that is up from now on, if its lifecycle has a check."""
        lifecycle = driver.lifecycle
        if lifecycle is None or type(lifecycle).check is Lifecycle.check or self._is_closed:
            return
        if lifecycle.check_every and driver not in self.watched:
            limits = Limits.of(driver, lifecycle)
            self.watched[driver] = Watch(self._run, driver, lifecycle, limits, self.forget)

    def suspend(self, driver: DriverRun) -> None:
        """Check a driver no more for now: it restarts by itself, and what is to start on it waits for that."""
        if not self._is_closed:
            self.restarting.setdefault(driver, [])
            if driver in self.watched:
                self.watched[driver].suspend()

    def resume(self, driver: DriverRun) -> None:
        """Watch a driver again: it has restarted by itself."""
        waits = self.restarting.pop(driver, ())
        if driver in self.watched:
            self.watched[driver].resume()
        else:
            self.watch(driver)
        end_all(waits)

    def forget(self, driver: DriverRun) -> None:
        """Watch a driver no longer: it is not up any more, or is no part of the plan."""
        watch = self.watched.pop(driver, None)
        if watch is not None:
            watch.close()
        end_all(self.restarting.pop(driver, ()))

    def forget_replaced(self) -> None:
        """Watch only drivers of the plan that is run now."""
        for driver in [*self.watched, *self.restarting]:
            if not self._run.has(driver):
                self.forget(driver)

    def is_doubtful(self, driver: DriverRun, *, has_waited: bool = False) -> bool:
        """Return whether a driver that is up has to pass a check before another one starts on it.

        One that ``has_waited`` for several checks is given as long as one of them may take: while one driver is checked
        the check of another one becomes old.
        """
        watch = self.watched.get(driver)
        return driver in self.restarting or (watch is not None and watch.is_doubtful(has_waited=has_waited))

    def confirm(self, driver: DriverRun, wait: Wait) -> None:
        """End a wait once a driver has passed a check from now on or has restarted, or is watched no longer."""
        if driver in self.restarting:
            self.restarting[driver].append(wait)
        elif driver in self.watched:
            self.watched[driver].confirm(wait)
        else:
            wait.end()

    def close(self) -> None:
        """Watch nothing any more."""
        self._is_closed = True
        for driver in [*self.watched, *self.restarting]:
            self.forget(driver)


class Limits:
    """How often a driver is checked, and what it may fail; in seconds.

    A check ends at most ``every`` seconds after the one before, its own ``timeout`` included. So a driver that does not
    work any more is known to be lost within ``every`` times ``failures``. But checks start at least half of ``every``
    apart, where the timeout leaves no pause: else quick ones would follow each other without one, and as many failures
    would be counted in no time.
    """

    def __init__(self, every: float, failures: int, timeout: float) -> None:
        self.failures: int = failures
        self.timeout: float = min(timeout, every)
        self._pause: float = every - self.timeout
        self._apart: float = every / 2

    def pause(self, took: float) -> float:
        """Return how long to wait for the next check after one that took so long."""
        return max(self._pause, self._apart - took)

    @classmethod
    def of(cls, driver: DriverRun, lifecycle: Lifecycle) -> Limits:
        """Return the limits of a lifecycle. Raises LifecycleError for those that cannot be."""
        every, failures, timeout = lifecycle.check_every, lifecycle.check_failures, lifecycle.check_timeout
        wrong = [name for name, value in (("check_every", every), ("check_timeout", timeout)) if not is_seconds(value)]
        expected = range_text()
        if not wrong and (not isinstance(failures, int) or isinstance(failures, bool) or failures < 1):
            wrong, expected = ["check_failures"], "a whole number from 1"
        if wrong:
            raise LifecycleError(driver.name, type(lifecycle).__qualname__, f"{wrong[0]} must be {expected}")
        return cls(every, failures, timeout)


class Watch:
    """The checks of one driver, one after the other, until it is closed."""

    def __init__(
        self,
        run: Run,
        driver: DriverRun,
        lifecycle: Lifecycle,
        limits: Limits,
        forget: Callable[[DriverRun], None],
    ) -> None:
        self._run = run
        self._driver = driver
        self._lifecycle = lifecycle
        self._limits = limits
        self._forget = forget
        self._problem = ""
        self._failures = 0
        #: When it last passed; a driver that has just become ready counts as having passed.
        self._passed_at = run.clock()
        self._failed_at = 0.0
        self._check_started_at = self._passed_at
        self._timer: Timer | None = None
        self._deadline: Timer | None = None
        self._handle: Handle | None = None
        #: The context of the call that runs; None between two calls.
        self._context: Context | None = None
        self._waits: list[Wait] = []
        self._is_closed = False
        self._schedule()

    def is_doubtful(self, *, has_waited: bool) -> bool:
        """Return whether its last check failed, or was too long ago."""
        fresh = FRESH_S + self._limits.timeout if has_waited else FRESH_S
        return self._failures > 0 or self._run.clock() - self._passed_at > fresh

    def confirm(self, wait: Wait) -> None:
        """Check now, and end a wait once a check has passed.

        One whose check fails is not checked more often than else: it would be lost sooner than its limits say.
        """
        self._waits.append(wait)
        if self._context is None and not self._failures:
            self._cancel_timers()
            self._begin()

    def suspend(self) -> None:
        """Check no more for now; a ``recover`` that runs goes on."""
        if self._context is None or self._context.phase == CHECK:
            self._cancel_timers()
            self._abandon()

    def resume(self) -> None:
        """Check again, from the start."""
        self._failures, self._passed_at = 0, self._run.clock()
        self._check_started_at = self._passed_at
        if self._context is None:
            self._cancel_timers()
            self._schedule()
        self._let_go()

    def close(self) -> None:
        """Cancel the check that runs, and let go what waits for one."""
        self._is_closed = True
        self._cancel_timers()
        self._abandon()
        self._let_go()

    def _schedule(self) -> None:
        seconds = self._limits.pause(self._run.clock() - self._check_started_at)
        self._timer = self._run.later(seconds, self._driver, self._begin)

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._deadline):
            if timer is not None:
                timer.cancel()
        self._timer = self._deadline = None

    def _begin(self) -> None:
        if self._driver.state.is_up and self._run.has(self._driver):
            self._check_started_at = self._run.clock()
            self._call(CHECK, self._limits.timeout)
        else:
            self._forget(self._driver)

    def _call(self, verb: str, seconds: float) -> None:
        """Call the check, or ``recover``."""
        run, driver = self._run, self._driver
        settings = driver.peers.settings.of(driver.name, driver.planned.host)
        context = self._context = Context(driver.name, verb, settings, seconds, run.clock() + seconds, driver)
        self._deadline = run.later(seconds, driver, self._expire)
        try:
            handle = run.worker.invoke(
                self._lifecycle, verb, context, lambda result, error: self._end(context, result, error)
            )
        except BaseException as error:  # noqa: BLE001  an engine may be a plugin's
            self._end(context, None, error)
            return
        if self._context is context:
            self._handle = handle

    def _expire(self) -> None:
        """Count a check that takes too long as failed; it is cancelled, and its end matters no more."""
        context = self._context
        if context is not None:
            self._abandon()
            what = f"{context.driver}:{context.phase}"
            self._conclude(context, None, DeadlineExceeded(what, context.timeout))

    def _abandon(self) -> None:
        context, handle = self._context, self._handle
        self._context = self._handle = None
        if context is not None:
            context.cancelled = True
        if handle is not None:
            handle.cancel()

    def _end(self, context: Context, result: Any, error: BaseException | None) -> None:
        """Take the end of a call, unless it was abandoned."""
        if self._context is not context:
            return
        self._context = self._handle = None
        if error is None and result is not None:
            error = wrong_result(context.driver, context.phase, result)
        self._run.guard(self._driver, self._conclude, context, result, self._driver.fault(error))

    def _conclude(self, context: Context, result: Any, error: BaseException | None) -> None:
        self._cancel_timers()
        if self._is_closed:
            return
        if context.phase == RECOVER:
            self._recovered(result, error)
        elif error is None:
            self._passed()
        elif isinstance(tame(error), HealthUnknownError):
            self._unknown()
        else:
            self._failed(masked(describe(tame(error))))

    def _passed(self) -> None:
        run, failures = self._run, self._failures
        self._failures, self._passed_at = 0, run.clock()
        self._schedule()
        if failures:
            seconds = self._passed_at - self._failed_at
            run.emit(self._driver, self._driver.state, CHECK, StepEvent.DONE, f"works again, after {seconds:.3g} s")
        self._let_go()

    def _unknown(self) -> None:
        """Go on with what the checks before this one found."""
        self._schedule()
        if not self._failures:
            self._passed_at = self._run.clock()
            self._let_go()

    def _failed(self, problem: str) -> None:
        run, driver, limit = self._run, self._driver, self._limits.failures
        self._failures += 1
        self._problem = problem
        if self._failures == 1:
            self._failed_at = run.clock()
            run.emit(driver, driver.state, CHECK, StepEvent.FAILED, problem)
            if self._is_closed:  # a reporter asked for a stop
                return
        if self._failures < limit:
            self._schedule()
        elif type(self._lifecycle).recover is Lifecycle.recover:
            self._lose()
        else:
            self._call(RECOVER, driver.planned.policy.stop_timeout or run.options.stop_timeout)

    def _recovered(self, result: object, error: BaseException | None) -> None:
        """Go on where the driver restarts by itself: it is checked again once it has."""
        if error is not None:
            self._problem += f"; recover: {masked(describe(tame(error)))}"
        if not self._failures:  # it has restarted already
            self._schedule()
        elif result is True:
            self._run.health.suspend(self._driver)
        else:
            self._lose()

    def _lose(self) -> None:
        times = f" {self._limits.failures} times in a row" if self._limits.failures > 1 else ""
        reason = f"its check failed{times}: {self._problem}"
        driver = self._driver
        self._forget(driver)
        self._run.on_lost(driver, reason)

    def _let_go(self) -> None:
        waits, self._waits = self._waits, []
        end_all(waits)


def end_all(waits: Iterable[Wait]) -> None:
    """End waits."""
    for wait in waits:
        wait.end()

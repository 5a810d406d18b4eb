"""One call of a driver's method: the one place that knows how a call ends.

A call ends by itself, or it is abandoned: at its deadline, because it blocked the event loop, or because a stop, a loss
or a failure interrupts its driver. An abandoned call is cancelled, and the driver goes on at once as if the call had
raised the reason; plugin code that ignores its cancellation delays nothing. Until it has ended it is the driver's
``abandoned_call``, which a stop waits for, for a while, and then names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.driver_errors import kind_of, tame
from tierdeps.errors import DeadlineExceeded, LoopBlocked
from tierdeps.executor.driver import Interruption
from tierdeps.executor.routines import Wait
from tierdeps.lifecycle import Context, method_name

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tierdeps.engines import Handle
    from tierdeps.errors import WrongResult
    from tierdeps.executor.driver import DriverRun


def invoke(driver: DriverRun, verb: str, seconds: float) -> Invocation:
    """Call a method of a driver. Await it for its end, or until it is abandoned."""
    run, name = driver.run, driver.planned.name
    call = Invocation(driver, verb, seconds)
    if driver.lifecycle is None:
        call.is_over = True
        return call
    settings = driver.peers.settings.of(name)
    call.context = Context(name, verb, settings, seconds, call.started_at + seconds, driver)
    return call.start(run.worker.invoke, driver.lifecycle, method_name(verb), call.context)


def import_class(driver: DriverRun, seconds: float) -> Invocation:
    """Import a driver's lifecycle, which is only named."""
    return Invocation(driver, "import", seconds).start(driver.run.worker.import_class, driver.planned)


class Invocation(Wait):
    """One call of one method; over when it ended, or when it was abandoned and is waited for no more.

    Who awaits it gets it back, with its ``error``. Raises Interruption where the driver is to go no further.
    """

    # The values that most calls never change stand here: a run of thousands makes as many of these.
    result: Any = None
    error: BaseException | None = None
    #: Seconds that it took.
    took: float = 0.0
    #: Seconds that are not counted: others blocked the event loop, or it had run before its time was shortened.
    spared: float = 0.0
    #: The seconds of its long steps.
    held: float = 0.0
    #: The seconds for which its last step blocked the event loop, where that went beyond its deadline.
    blocked: float = 0.0
    #: Whether its last step ended beyond its deadline.
    is_late = False
    handle: Handle | None = None
    context: Context | None = None

    def __init__(self, driver: DriverRun, verb: str, seconds: float) -> None:
        self.driver = driver
        self.verb = verb
        self.started_at: float = driver.run.clock()
        self.seconds = seconds

    @property
    def deadline(self) -> float:
        """When its time is over."""
        return self.started_at + self.seconds + self.spared

    def start(self, start: Callable[..., Handle | None], *arguments: Any) -> Invocation:
        """Start it, and watch its deadline where it goes on."""
        self.driver.call = self
        try:
            handle = start(*arguments, self.finish)
        except BaseException as error:  # noqa: BLE001  an engine may be a plugin's
            self.finish(None, error)
            return self
        if not self.is_over:
            self.handle = handle
            self.driver.run.timers.add(self)
        elif handle is not None and self.driver.abandoned_call is self:  # it blocked the loop at once, for too long
            handle.cancel()
        return self

    def __await__(self) -> Generator[Wait, None, Invocation]:
        if not self.is_over:
            yield self
        if self.error is not None or self.driver.undeclared is not None:
            self.error = self.driver.fault(self.error)
            if isinstance(self.error, Interruption):
                raise self.error
        return self

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Take what the engine reports; it may come long after the call was abandoned."""
        driver = self.driver
        if self.is_over:
            if driver.abandoned_call is self:
                driver.abandoned_call = None
                driver.wake()
            return
        self.is_over: bool = True
        self.took = self.held
        if self.handle is not None:
            driver.run.timers.remove(self)
            self.took = driver.run.clock() - self.started_at
        driver.call = None
        self.result, self.error = result, error
        if result is not None or error is not None or self.is_late:
            try:
                self._check()
            except BaseException as raised:  # noqa: BLE001  a mistake of ours ends the call too: a routine waits for it
                self.error = raised
        self.release()

    def abandon(self, error: BaseException) -> None:
        """Wait for it no longer: cancel it, and go on as if it had raised this."""
        driver = self.driver
        if self.is_over:
            return
        self.is_over = True
        if self.handle is not None:
            driver.run.timers.remove(self)
        driver.call = None
        driver.abandoned_call = self
        self.took = driver.run.clock() - self.started_at
        if self.context is not None:
            self.context.cancelled = True
        self.error = error
        try:
            never_started = self.handle is not None and self.handle.cancel()
        except BaseException as raised:  # noqa: BLE001  an engine may be a plugin's
            never_started, self.error = False, raised
        if never_started and self.verb == driver.phase and driver.attempt == 1 and not driver.timings:
            driver.started = False
        self.release()

    def expire(self) -> None:
        """Abandon it: its time is over."""
        self.abandon(DeadlineExceeded(str(self), self.seconds))

    def _check(self) -> None:
        """Look at what it ended with: what it must not return, and an end beyond its deadline, are errors."""
        if self.result is not None and self.error is None and self.context is not None:
            self.error = wrong_result(self.driver.name, self.verb, self.result)
            self.result = plain(self.result)
        if self.error is not None:
            self.error = tame(self.error)
        if self.is_late:
            self.error = self._late(self.error)

    def _late(self, error: BaseException | None) -> BaseException:
        """Return what it failed with beyond its deadline: an error of its own says more."""
        if error is None and not self.blocked:
            return DeadlineExceeded(str(self), self.seconds)
        if error is None:
            return LoopBlocked(str(self), self.seconds, self.blocked)
        self.driver.run.holds.note(str(self), self.blocked)
        return error

    def __str__(self) -> str:
        return f"{self.driver.name}:{self.verb}"


def wrong_result(driver: str, verb: str, result: Any) -> WrongResult | None:
    """Return the error that a call ended in whose method returned what it must not."""
    from tierdeps.conformance.results import problem_of
    from tierdeps.errors import WrongResult

    try:
        problem = problem_of(verb, result)
    except BaseException as error:  # noqa: BLE001  plugin code: what it returned raises even where it is looked at
        problem = f"{verb} returned something that raises {kind_of(error)} when it is looked at"
    return WrongResult(driver, verb, problem) if problem else None


def plain(result: Any) -> Any:
    """Return a result as a value without methods of its own: a subclass of str may raise when it is looked at."""
    return str.__str__(result) if type(result) is not bool and isinstance(result, str) else result


def in_words(verb: str, error: BaseException, reason: str) -> str:
    """Return what went wrong in a call of a verb; what it must not return names the verb itself."""
    from tierdeps.errors import WrongResult

    return reason if isinstance(tame(error), WrongResult) else f"{verb}: {reason}"

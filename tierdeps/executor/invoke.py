"""One call of a driver's method: the one place that knows how a call ends.

A call ends by itself, or it is abandoned: at its deadline, because it blocked the event loop, or because a stop, a loss
or a failure interrupts its driver. An abandoned call is cancelled, and the driver goes on at once as if the call had
raised the reason; plugin code that ignores its cancellation delays nothing. Until it has ended it is the driver's
``abandoned_call``, which a stop waits for, for a while, and then names.

A call that blocks the event loop is charged for that alone: the deadlines of all others move by as long.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from tierdeps.driver_errors import kind_of, tame
from tierdeps.errors import DeadlineExceeded, LoopBlocked, blocked_text
from tierdeps.executor.driver import Interruption
from tierdeps.executor.scheduler import Wait
from tierdeps.lifecycle import Context, method_name

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable, Generator

    from tierdeps.engines import Handle
    from tierdeps.errors import WrongResult
    from tierdeps.executor.driver import DriverRun

#: A call that blocks the event loop for longer is noted, in seconds.
NOTICED = 0.5


def invoke(driver: DriverRun, verb: str, seconds: float) -> Invocation:
    """Call a method of a driver. Await it for its end, or until it is abandoned."""
    run, name = driver.run, driver.planned.name
    call = Invocation(driver, verb, seconds)
    if driver.lifecycle is None:
        call.is_over = True
        return call
    settings = driver.peers.settings.of(name, driver.planned.host)
    call.context = Context(name, verb, settings, seconds, call.started_at + seconds, driver)
    return call.start(run.worker.invoke, driver.lifecycle, method_name(verb), call.context)


def import_class(driver: DriverRun, seconds: float) -> Invocation:
    """Import a driver's lifecycle, which is only named."""
    return Invocation(driver, "import", seconds).start(driver.run.worker.import_class, driver.planned)


class Invocation(Wait):
    """One call of one method; over when it ended, or when it was abandoned and is waited for no more.

    Who awaits it gets it back, with its ``error``. Raises Interruption where the driver is to go no further.
    """

    __slots__ = (
        "blocked",
        "context",
        "driver",
        "error",
        "handle",
        "held",
        "is_late",
        "result",
        "seconds",
        "spared",
        "started_at",
        "took",
        "verb",
    )

    def __init__(self, driver: DriverRun, verb: str, seconds: float) -> None:
        self.is_over: bool = False
        self._waiting = ()
        self.driver: DriverRun = driver
        self.verb: str = verb
        self.started_at: float = driver.run.clock()
        self.seconds: float = seconds
        self.context: Context | None = None
        self.handle: Handle | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        #: Seconds that it took.
        self.took: float = 0.0
        #: Seconds that are not counted: others blocked the event loop, or it had run before its time was shortened.
        self.spared: float = 0.0
        #: The seconds of its long steps.
        self.held: float = 0.0
        #: The seconds for which its last step blocked the event loop, where that went beyond its deadline.
        self.blocked: float = 0.0
        #: Whether its last step ended beyond its deadline.
        self.is_late: bool = False

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
        self.is_over = True
        if self.handle is not None:
            driver.run.timers.remove(self)
            self.took = driver.run.clock() - self.started_at
        elif self.held:
            self.took = self.held
        driver.call = None
        if result is not None or error is not None or self.is_late:
            self.result, self.error = result, error
            try:
                self._check()
            except BaseException as raised:  # noqa: BLE001  a mistake of ours ends the call too: a routine waits for it
                self.error = raised
        if self._waiting:
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
        if self.driver.has_foreign_code:
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
        problem = f"{verb} returned something that raises {kind_of(error)} when it is inspected"
    return WrongResult(driver, verb, problem) if problem else None


def plain(result: Any) -> Any:
    """Return a result as a value without methods of its own: a subclass of str may raise when it is looked at."""
    return str.__str__(result) if type(result) is not bool and isinstance(result, str) else result


def in_words(verb: str, error: BaseException, reason: str) -> str:
    """Return what went wrong in a call of a verb; what it must not return names the verb itself."""
    from tierdeps.errors import WrongResult

    return reason if isinstance(tame(error), WrongResult) else f"{verb}: {reason}"


class Holds:
    """The long steps of one run, and of those that continue it after a reload."""

    def __init__(self) -> None:
        #: The sum of all of them, in seconds.
        self.seconds: float = 0.0
        self._longest: dict[str, float] = {}

    def note(self, what: str, seconds: float) -> None:
        """Keep the longest step of each call that is worth a note."""
        if seconds > NOTICED:
            self._longest[what] = max(seconds, self._longest.get(what, 0.0))

    def notes(self) -> list[str]:
        """Return a sentence for each."""
        return [blocked_text(what, seconds) for what, seconds in self._longest.items()]


class Timer:
    """A timer of the loop that does not count the seconds for which a driver blocked it."""

    def __init__(self, loop: AbstractEventLoop, holds: Holds, seconds: float, then: Callable[[], None]) -> None:
        self._loop = loop
        self._holds = holds
        self._known = holds.seconds
        self._then = then
        self._due = loop.time() + seconds
        self._handle: TimerHandle = loop.call_at(self._due, self._fire)

    def cancel(self) -> None:
        """Take it back."""
        self._handle.cancel()

    def _fire(self) -> None:
        lost, self._known = self._holds.seconds - self._known, self._holds.seconds
        if lost:
            # from when it was due, not from now: it fires late itself while the loop is blocked
            self._due += lost
            self._handle = self._loop.call_at(self._due, self._fire)
        else:
            self._then()


class DeadlineTimers:
    """The deadlines of all calls that run.

    Calls of one length end in the order in which they started, so each length needs no more than one timer of the loop:
    a timer for each call would cost as much as the rest of the call.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._buckets: dict[float, dict[Invocation, None]] = {}
        self._timers: dict[float, TimerHandle] = {}

    def add(self, call: Invocation) -> None:
        """Watch a call that started just now."""
        seconds = call.seconds
        bucket = self._buckets.get(seconds)
        if bucket is None:
            bucket = self._buckets[seconds] = {}
        bucket[call] = None
        if seconds not in self._timers:
            self._timers[seconds] = self._loop.call_at(call.deadline, self._look, seconds)
        elif call.held:  # with its first step: it ends before those that were given this time back
            self._sort(seconds)

    def remove(self, call: Invocation) -> None:
        """Stop watching a call, if it was watched."""
        self._buckets[call.seconds].pop(call, None)

    def spare(self, culprit: Invocation | None, seconds: float) -> None:
        """Give all calls but one the seconds back for which that one blocked the loop."""
        for length, bucket in self._buckets.items():
            for call in bucket:
                if call is not culprit:
                    call.spared += seconds
                    if call.context is not None:
                        call.context.deadline = call.deadline
            if length in self._timers:
                self._sort(length)

    def _sort(self, length: float) -> None:
        """Bring the calls of one length in the order of their deadlines, and set the timer for the first."""
        bucket = self._buckets[length]
        in_order = sorted(bucket, key=lambda call: call.deadline)
        bucket.clear()
        bucket.update(dict.fromkeys(in_order))
        self._timers.pop(length).cancel()
        if in_order:
            self._timers[length] = self._loop.call_at(in_order[0].deadline, self._look, length)

    def shorten(self, seconds: float) -> None:
        """Give every call that is watched no more than so long from now; its context says so."""
        latest = self._loop.time() + seconds
        for bucket in list(self._buckets.values()):
            for call in list(bucket):
                if call.deadline > latest and call.seconds != seconds:
                    self._move(call, seconds, latest)

    def extend(self, call: Invocation, seconds: float) -> None:
        """Give a call no less than so long from now."""
        latest = self._loop.time() + seconds
        if call.deadline < latest and call in self._buckets.get(call.seconds, ()):
            self._move(call, seconds, latest)

    def _move(self, call: Invocation, seconds: float, latest: float) -> None:
        """Let a call end at another time, which is so long from now: no other one of that length ends later."""
        self.remove(call)
        call.seconds, call.spared = seconds, latest - seconds - call.started_at
        if call.context is not None:
            call.context.deadline = latest
        self.add(call)

    def close(self) -> None:
        """Cancel the timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _look(self, seconds: float) -> None:
        """End the calls whose time is over; those behind them started later.

        The timer counts as set until all are ended: a call that starts meanwhile must not set it later.
        """
        bucket, now = self._buckets[seconds], self._loop.time()
        expired = list(takewhile(lambda call: call.deadline <= now, bucket))
        for call in expired:
            bucket.pop(call, None)
            if not call.is_over:  # the end of one may end others
                call.expire()
        timer = self._timers.pop(seconds, None)
        if timer is not None:
            timer.cancel()  # another one, where what an expiry set off blocked the loop itself
            if bucket:
                call = next(iter(bucket))
                self._timers[seconds] = self._loop.call_at(call.deadline, self._look, seconds)

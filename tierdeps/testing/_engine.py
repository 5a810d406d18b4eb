"""An engine that wraps the local one: it delays calls, makes them fail, and records what the tested driver does."""

from __future__ import annotations

import asyncio
import inspect
from types import coroutine
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tierdeps._util.frozen import Value, field
from tierdeps.driver_errors import driver_frames
from tierdeps.engines import Engine, local
from tierdeps.lifecycle import Lifecycle
from tierdeps.model.declarations import RESERVED
from tierdeps.model.policy import check_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver


class Injection(Value):
    """Failures and delays to inject into calls.

    Each key is a step (``secret:start``), another call (``secret:stop``), or a driver's name: each of its phases.
    ``delays`` are seconds before the call; ``failures`` are raised in its place, text as a RuntimeError.
    """

    failures: Mapping[str, str | BaseException] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, seconds in self.delays.items():
            check_seconds(f"the delay of {key}", seconds, zero=True)

    def delay(self, context: Context) -> float:
        """Return by how many seconds a call is delayed."""
        return next((self.delays[key] for key in _keys(context) if key in self.delays), 0.0)

    def failure(self, context: Context) -> BaseException | None:
        """Return the exception with which a call is to fail instead of being made; None if it is to be made."""
        found = next((self.failures[key] for key in _keys(context) if key in self.failures), None)
        return RuntimeError(found) if isinstance(found, str) else found


def _keys(context: Context) -> tuple[str, ...]:
    step = f"{context.driver}:{context.phase}"
    return (step,) if context.phase in RESERVED else (step, context.driver)


class Spy(Struct):
    """What was recorded of the tested driver: its lifecycle, the results of its calls, and how often they awaited."""

    driver: str
    lifecycle: Lifecycle | None = None
    answers: dict[str, object] = field(default_factory=dict)
    published: dict[str, object] = field(default_factory=dict)
    suspensions: int = 0
    #: The first exception that its code raised.
    error: BaseException | None = None
    #: Called with the count at each suspension of a call that is not part of the stop.
    on_suspension: Callable[[int], None] = lambda _: None

    def raised(self, error: BaseException | None) -> None:
        """Record the first exception of its code, without the frames of its callers; CancelledError does not count."""
        if self.error is None and error is not None and not isinstance(error, asyncio.CancelledError):
            self.error = error.with_traceback(driver_frames(error))

    def suspended(self) -> None:
        """Count a suspension."""
        self.suspensions += 1
        self.on_suspension(self.suspensions)


def engine(injection: Injection, spy: Spy, *, real_time: bool) -> Engine:
    """Return the engine. In real time plain methods run in threads, otherwise on the event loop."""
    inner = local.ENGINE if real_time else local.INLINE
    return Engine("trial", "tries one driver", lambda: _Worker(inner.open(), injection, spy, threads=real_time))


class _Worker:
    def __init__(self, inner: Worker, injection: Injection, spy: Spy, *, threads: bool) -> None:
        self._inner = inner
        self._injection = injection
        self._spy = spy
        self._threads = threads
        self._loop = asyncio.get_running_loop()

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import a lifecycle."""
        return self._inner.import_class(driver, done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Instantiate a lifecycle; record that of the tested driver."""
        if driver.name != self._spy.driver:
            return self._inner.instantiate(driver)
        try:
            made = self._spy.lifecycle = self._inner.instantiate(driver)
        except BaseException as error:
            self._spy.raised(error.__cause__ or error)
            raise
        return made

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Call a method, with the injected delay or failure."""
        delay = self._injection.delay(context)
        if not delay:
            return self._call(lifecycle, method, context, done)
        later = _DelayedCall(done)
        later.timer = self._loop.call_later(delay, lambda: later.start(self._call(lifecycle, method, context, done)))
        return later

    def _call(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        failure = self._injection.failure(context)
        if failure is not None:
            done(None, failure)
            return None
        if context.driver != self._spy.driver:
            return self._inner.invoke(lifecycle, method, context, done)
        return self._call_tested(lifecycle, method, context, done)

    def _call_tested(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        verb = context.phase

        def ended(result: Any, error: BaseException | None) -> None:
            self._spy.answers[verb] = result
            own = context.published()[context.driver]
            self._spy.published |= {key: value.read(object) for key, value in own.items()}
            self._spy.raised(error)
            done(result, error)

        function = getattr(lifecycle, method, None)
        plain = not inspect.iscoroutinefunction(function)
        if verb in ("stop", "cleanup") or function is None or (plain and self._threads):
            return self._inner.invoke(lifecycle, method, context, ended)
        return self._inner.invoke(_ObservedMethod(function, self._spy.suspended), "call", context, ended)

    def close(self) -> None:
        """Close the wrapped engine."""
        self._inner.close()


class _DelayedCall:
    """The handle of a delayed call."""

    __slots__ = ("_done", "_handle", "timer")

    def __init__(self, done: Done) -> None:
        self._done = done
        self._handle: Handle | None = None
        self.timer: asyncio.TimerHandle | None = None

    def start(self, handle: Handle | None) -> None:
        """Record that the call has been started."""
        self.timer = None
        self._handle = handle

    def cancel(self) -> bool:
        """Cancel the timer, or the call itself if it was started. Return whether the call never starts."""
        if self.timer is None:
            return self._handle is not None and self._handle.cancel()
        self.timer.cancel()
        asyncio.get_running_loop().call_soon(self._done, None, asyncio.CancelledError())
        return True


class _ObservedMethod(Lifecycle):
    """A lifecycle that calls one method of another one and reports each suspension."""

    def __init__(self, function: Callable[[Context], Any], suspended: Callable[[], None]) -> None:
        self._function = function
        self._suspended = suspended

    async def call(self, context: Context) -> Any:
        result = self._function(context)
        return await _observed(result, self._suspended) if inspect.isawaitable(result) else result


@coroutine
def _observed(awaitable: Awaitable[Any], suspended: Callable[[], None]) -> Generator[Any, Any, Any]:
    """Await something, and call ``suspended`` each time it suspends."""
    steps = awaitable.__await__()
    advance: Callable[[], Any] = lambda: next(steps)  # noqa: E731  replaced by send() or throw() below
    while True:
        try:
            future = advance()
        except StopIteration as stop:
            return stop.value
        suspended()
        try:
            sent = yield future
        except BaseException as error:  # noqa: BLE001  it is thrown into what is awaited
            thrown = error
            advance = lambda: steps.throw(thrown)  # noqa: B023, E731  advanced before it is bound again
        else:
            advance = lambda: steps.send(sent)  # noqa: B023, E731  likewise

"""An engine between the executor and the drivers: it delays, makes fail, counts, and cuts in."""

from __future__ import annotations

import asyncio
import inspect
from types import coroutine
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tierdeps._util.frozen import Value, field
from tierdeps.engines import Engine, local
from tierdeps.executor.tracebacks import driver_frames
from tierdeps.lifecycle import Lifecycle
from tierdeps.model.declarations import RESERVED
from tierdeps.model.policy import check_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver


class Injection(Value):
    """What is to happen: each key is a step (``secret:start``), another call (``secret:stop``), or a driver's name.

    A name alone means each of the driver's phases. ``delays`` are seconds before the call; ``failures`` are raised in
    its place, text as a RuntimeError.
    """

    failures: Mapping[str, str | BaseException] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, seconds in self.delays.items():
            check_seconds(f"the delay of {key}", seconds, zero=True)

    def delay(self, context: Context) -> float:
        """Return how long a call is put off."""
        return next((self.delays[key] for key in _keys(context) if key in self.delays), 0.0)

    def failure(self, context: Context) -> BaseException | None:
        """Return what a call comes to instead of being made."""
        found = next((self.failures[key] for key in _keys(context) if key in self.failures), None)
        return RuntimeError(found) if isinstance(found, str) else found


def _keys(context: Context) -> tuple[str, ...]:
    step = f"{context.driver}:{context.phase}"
    return (step,) if context.phase in RESERVED else (step, context.driver)


class Spy(Struct):
    """What was seen of one driver: its lifecycle, what its calls gave, and how often they were suspended."""

    driver: str
    lifecycle: Lifecycle | None = None
    answers: dict[str, object] = field(default_factory=dict)
    suspensions: int = 0
    #: What its code raised first.
    error: BaseException | None = None
    #: Called at each suspension of a call that is no part of the stop.
    on_suspension: Callable[[int], None] = lambda _: None

    def raised(self, error: BaseException | None) -> None:
        """Keep what its code raised first, without the frames that called it; to be cancelled is no error."""
        if self.error is None and error is not None and not isinstance(error, asyncio.CancelledError):
            self.error = error.with_traceback(driver_frames(error))

    def suspended(self) -> None:
        """Count a suspension."""
        self.suspensions += 1
        self.on_suspension(self.suspensions)


def engine(injection: Injection, spy: Spy, *, real_time: bool) -> Engine:
    """Return the engine; in real time plain methods run in threads, else where they are called."""
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
        """Make a lifecycle; record the one that is tried."""
        if driver.name != self._spy.driver:
            return self._inner.instantiate(driver)
        try:
            made = self._spy.lifecycle = self._inner.instantiate(driver)
        except BaseException as error:
            self._spy.raised(error.__cause__ or error)
            raise
        return made

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Call a method, later or not at all where that is to be."""
        delay = self._injection.delay(context)
        if not delay:
            return self._call(lifecycle, method, context, done)
        later = _Later(done)
        later.timer = self._loop.call_later(delay, lambda: later.begin(self._call(lifecycle, method, context, done)))
        return later

    def _call(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        failure = self._injection.failure(context)
        if failure is not None:
            done(None, failure)
            return None
        if context.driver != self._spy.driver:
            return self._inner.invoke(lifecycle, method, context, done)
        return self._call_tried(lifecycle, method, context, done)

    def _call_tried(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        verb = context.phase

        def ended(result: Any, error: BaseException | None) -> None:
            self._spy.answers[verb] = result
            self._spy.raised(error)
            done(result, error)

        function = getattr(lifecycle, method, None)
        plain = not inspect.iscoroutinefunction(function)
        if verb in ("stop", "cleanup") or function is None or (plain and self._threads):
            return self._inner.invoke(lifecycle, method, context, ended)
        return self._inner.invoke(_Stepped(function, self._spy.suspended), "call", context, ended)

    def close(self) -> None:
        """Let the engine go."""
        self._inner.close()


class _Later:
    """A call that was put off."""

    __slots__ = ("_done", "_handle", "timer")

    def __init__(self, done: Done) -> None:
        self._done = done
        self._handle: Handle | None = None
        self.timer: asyncio.TimerHandle | None = None

    def begin(self, handle: Handle | None) -> None:
        """Record that the call began."""
        self.timer = None
        self._handle = handle

    def cancel(self) -> bool:
        """Never make the call, or cancel it."""
        if self.timer is None:
            return self._handle is not None and self._handle.cancel()
        self.timer.cancel()
        asyncio.get_running_loop().call_soon(self._done, None, asyncio.CancelledError())
        return True


class _Stepped(Lifecycle):
    """One method, of which each suspension is told."""

    def __init__(self, function: Callable[[Context], Any], suspended: Callable[[], None]) -> None:
        self._function = function
        self._suspended = suspended

    async def call(self, context: Context) -> Any:
        result = self._function(context)
        return await _stepped(result, self._suspended) if inspect.isawaitable(result) else result


@coroutine
def _stepped(awaitable: Awaitable[Any], suspended: Callable[[], None]) -> Generator[Any, Any, Any]:
    """Await something, and tell of each moment at which it lets others run."""
    steps = awaitable.__await__()
    advance: Callable[[], Any] = lambda: next(steps)  # noqa: E731  the next one depends on what comes
    while True:
        try:
            future = advance()
        except StopIteration as stop:
            return stop.value
        suspended()
        try:
            sent = yield future
        except BaseException as error:  # noqa: BLE001  whatever it is, it is meant for what is awaited
            thrown = error
            advance = lambda: steps.throw(thrown)  # noqa: B023, E731  advanced before it is bound again
        else:
            advance = lambda: steps.send(sent)  # noqa: B023, E731  likewise

"""Calls of async methods: the first step of each is made at once, and only what goes on after it needs a task.

Most calls of a start end with their first step, and a task costs as much as all the rest of such a call. Python has
eager tasks for this from 3.12 on. Here a spare task, which has not run yet, is the current one during the first step.
Where the call goes on, that task is its own from then on.
"""

from __future__ import annotations

import asyncio
import time
from asyncio.tasks import _enter_task, _leave_task  # for other implementations of tasks; see "Extending" in its docs
from collections.abc import Coroutine
from contextvars import copy_context
from sys import getrefcount
from types import CoroutineType
from typing import TYPE_CHECKING, Any, NoReturn

from tierdeps.logs import CURRENT_DRIVER

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Awaitable, Callable

    from tierdeps.lifecycle import Context

    Done = Callable[[Any, BaseException | None], object]

#: A step of a coroutine that holds the event loop for longer is reported.
LONG_STEP_S = 0.05


def clock_of(loop: AbstractEventLoop) -> Callable[[], float]:
    """Return the clock of a loop: the time of most loops is that of a function of Python's, which costs a call."""
    return time.monotonic if type(loop).time is asyncio.BaseEventLoop.time else loop.time


class Stepper:
    """Starts the async calls of one event loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._spare: AsyncCall | None = None
        #: How many references there are to the task of the spare one.
        self._references = 0

    def start(self, awaitable: Awaitable[Any], context: Context, done: Done) -> AsyncCall | None:
        """Make the first step of a call; return what goes on, if it goes on."""
        call = self._spare
        if call is None or call.has_run or call.task.cancelling():
            call = self._spare = AsyncCall(self._loop)
            self._references = getrefcount(call.task)
        if call.begin(awaitable, context, done):
            self._spare = None
            return call
        if getrefcount(call.task) != self._references:  # the method kept it, and may cancel it at any time
            self._spare = None
        return None


class AsyncCall(Coroutine[Any, Any, None]):
    """An awaited call, and the coroutine of its task.

    Each step that held the event loop for long is reported to the context of the call, and so is a last step that began
    too late: a task or a callback of its own may have held the loop until then. It is reported before anything else
    goes on, and before the end of the call is: what others are charged with depends on it.

    ``done`` is called from inside, so that what the call raises never reaches asyncio: it would let a SystemExit end
    the loop.
    """

    __slots__ = ("_awaited", "_clock", "_context", "_coroutine", "_done", "_loop", "_variables", "has_run", "task")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._clock = clock_of(loop)
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._context: Context | None = None
        #: What its first step awaits, until the task waits for it.
        self._awaited: Any = None
        #: Whether the task has run.
        self.has_run: bool = False
        self.task: Task[None] = asyncio.Task(self, loop=loop)

    @property
    def call_name(self) -> str:
        """The driver and the phase of the call whose step is made; empty between two calls."""
        context = self._context
        return "" if context is None else f"{context.driver}:{context.phase}"

    def cancel(self) -> bool:
        """Cancel it; return that it had started."""
        if self._coroutine is not None:
            self.task.cancel()
        return False

    def begin(self, awaitable: Awaitable[Any], context: Context, done: Done) -> bool:
        """Make the first step; return whether it goes on."""
        coroutine = awaitable if type(awaitable) is CoroutineType else _await(awaitable)
        self._context, self._done = context, done
        self._variables = copy_context()  # of its own: what the method sets must not reach other calls
        self._variables.run(CURRENT_DRIVER.set, context.driver)
        outer = asyncio.current_task(self._loop)
        if outer is not None:
            _leave_task(self._loop, outer)
        _enter_task(self._loop, self.task)
        try:
            if self._has_ended(coroutine.send, None):
                return False
        finally:
            _leave_task(self._loop, self.task)
            if outer is not None:
                _enter_task(self._loop, outer)
        if asyncio.isfuture(self._awaited):  # the mark of a future means that it is being handed to a task just now
            self._awaited._asyncio_future_blocking = False  # noqa: SLF001
        self._coroutine = coroutine
        self.task.set_name(f"tierdeps {self.call_name}")
        return True

    def _has_ended(self, advance: Callable[..., Any], value: object) -> bool:
        """Make one step; return whether the call has ended with it."""
        result: Any = None
        error: BaseException | None = None
        clock, context = self._clock, self._context
        assert context is not None  # noqa: S101  of the call that is stepped
        started, ended = clock(), True
        try:
            self._awaited = self._variables.run(advance, value)
            ended = False
        except StopIteration as stop:
            result = stop.value
        except BaseException as raised:  # noqa: BLE001  reported, not swallowed
            error = raised
        held = clock() - started
        if held > LONG_STEP_S or (ended and started > context.deadline):
            context.held(held, ended=ended)
        if ended:
            done = self._done
            self._context = None
            del self._done, self._variables  # nothing of a call is kept when it has ended
            try:
                done(result, error)
            finally:
                error = None  # it knows this frame, which knows it
        return ended

    # What its task calls

    def __await__(self) -> NoReturn:
        """Refuse to be awaited: only its task advances it."""
        raise RuntimeError("a call is advanced by its task alone")

    def close(self) -> None:
        """End it where it waits."""
        if self._coroutine is not None:
            self._coroutine.close()

    def send(self, value: None) -> Any:
        """Make a step; in the first one the task takes over what the call awaits already."""
        if not self.has_run:
            self.has_run = True
            if self._coroutine is None:
                raise StopIteration
            return self._marked()
        assert self._coroutine is not None  # noqa: S101  or the task would have ended
        return self._next(self._coroutine.send, value)

    def throw(self, error: Any, *_: Any) -> Any:
        """Raise an exception where it waits; what it awaits since its first step is cancelled, as tasks do that."""
        is_first, self.has_run = not self.has_run, True
        if self._coroutine is None:
            raise error
        if is_first and asyncio.isfuture(self._awaited) and self._awaited.cancel():
            return self._marked()
        return self._next(self._coroutine.throw, error)

    def _next(self, advance: Callable[..., Any], value: object) -> Any:
        if self._has_ended(advance, value):
            self._coroutine = None
            del self.task  # which knows this object: thousands of these circles would keep the collector busy
            raise StopIteration
        return self._awaited

    def _marked(self) -> Any:
        """Return what it awaits as a task takes it."""
        if asyncio.isfuture(self._awaited):
            self._awaited._asyncio_future_blocking = True  # noqa: SLF001
        return self._awaited


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable

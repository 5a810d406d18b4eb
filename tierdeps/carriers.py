"""Tasks that carry one coroutine after another, for as long as none of them has to wait.

A task for each call would cost more than most calls do. So a task goes on with its row when a coroutine came to its end
without waiting; one that waits has its task to itself from then on, and others go on with the row.
"""

from __future__ import annotations

import asyncio
import inspect
import types
from collections import deque
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sized

    from tierdeps.lifecycle import Context

    Done = Callable[[Any, BaseException | None], None]

#: After so many coroutines in a row the loop's other callbacks have their turn.
IN_A_ROW = 256
#: A step of a coroutine that holds the event loop for longer is reported, in seconds.
LONG_STEP = 0.05


@final
class Carried:
    """A coroutine that had to wait, and now has its task to itself; ``done`` is told what it came to."""

    __slots__ = ("done", "subject", "task")

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task
        self.done: Done = _nothing
        self.subject: Context | None = None

    def tell(self, done: Done, subject: Context) -> None:
        """Tell its end; its task is named after the call, to which its long steps are reported."""
        self.done = done
        self.subject = subject
        self.task.set_name(f"tierdeps {subject.driver}:{subject.phase}")

    def give_up(self) -> bool:
        """Cancel it."""
        self.task.cancel()
        return False

    async def outlast(self, coroutine: Coroutine[Any, Any, Any], awaited: Any) -> None:
        """Await the rest of it."""
        result: Any = None
        error: BaseException | None = None
        try:
            result = await _rest(coroutine, awaited, self.subject, self.task.get_loop().time)
        except BaseException as raised:  # noqa: BLE001  told, not swallowed
            error = raised
        self.done(result, error)


#: A row gives a coroutine, or None where there is none now. It is then told what came of it, an exception
#: (StopIteration where it came to its end) or what carries it on; to that it answers with None.
Row = Generator[Coroutine[Any, Any, Any] | None, BaseException | Carried | None, None]


class Carriers:
    """The tasks of one row; ``backlog`` is as long as the row is at this moment."""

    def __init__(self, loop: asyncio.AbstractEventLoop, row: Row, backlog: Sized) -> None:
        self.loop = loop
        self._row = row
        self._backlog = backlog
        #: Whose variables every coroutine begins with: not those of the one before it.
        self.context = copy_context()
        #: How many tasks are about to begin.
        self.coming = 0
        self._busy = False
        self._relief = 1

    def wake(self) -> None:
        """See to it that a task goes on with the row soon."""
        if not self.coming and not self._busy:
            self._relief = 1
            self.spawn()

    def spawn(self) -> None:
        """Make a task."""
        self.coming += 1
        _Carrier(self)

    async def carry(self, task: asyncio.Task[None]) -> None:
        """Take one coroutine after another, until one has to wait."""
        row, context = self._row, self.context
        self.coming -= 1
        self._busy = True
        for _ in range(IN_A_ROW):
            coroutine = next(row)
            if coroutine is None:
                self._busy = False
                return
            try:
                awaited = coroutine.send(None)
            except BaseException as raised:  # noqa: BLE001  told, not swallowed
                ended = raised
            else:
                row.send(carried := Carried(task))
                self._hand_over()
                await carried.outlast(coroutine, awaited)
                return
            row.send(ended)
            del ended  # it knows this frame, which knows it
            if task.cancelling() or copy_context() != context:
                break
        self._busy = False
        self.spawn()

    def _hand_over(self) -> None:
        """Leave a task to the one that waits in it; twice as many as the last time come in its place."""
        self._busy = False
        if self._backlog and not self.coming:
            self._relief = min(self._relief * 2, len(self._backlog))
            for _ in range(self._relief):
                self.spawn()


class _Carrier(asyncio.Task[None]):
    """A task that is missed where it is cancelled before it begins."""

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers
        context = carriers.context.copy()
        super().__init__(carriers.carry(self), loop=carriers.loop, name="tierdeps", context=context)

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel it, whoever asks."""
        created = inspect.getcoroutinestate(self.get_coro()) == inspect.CORO_CREATED  # type: ignore[arg-type]
        if created and not self.cancelling():
            self._carriers.coming -= 1
            self._carriers.loop.call_soon(self._carriers.wake)
        return super().cancel(msg)


class Ticket:
    """A call that waits for a task, or has one."""

    __slots__ = ("awaitable", "begun", "carried", "done", "dropped", "subject", "tickets")

    def __init__(self, tickets: Tickets, awaitable: Awaitable[Any], subject: Context, done: Done) -> None:
        self.tickets = tickets
        self.awaitable = awaitable
        self.subject = subject
        self.done = done
        self.begun = self.dropped = False
        self.carried: Carried | None = None

    def give_up(self) -> bool:
        """Cancel it; one that has no task yet never begins."""
        if self.carried is not None:
            return self.carried.give_up()
        task = asyncio.current_task() if self.begun else None
        if task is not None:  # it does this itself, before it ever had to wait
            task.cancel()
            return False
        if not self.dropped:
            self.dropped = True
            self.tickets.drop(self)
        return True

    def coroutine(self) -> Coroutine[Any, Any, Any]:
        """Return what is to be carried."""
        return self.awaitable if inspect.iscoroutine(self.awaitable) else _await(self.awaitable)


class Tickets:
    """Calls that are made in the order in which they are asked for; a row of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tickets: deque[Ticket] = deque()
        self._carriers = Carriers(loop, self._row(), self._tickets)

    def submit(self, awaitable: Awaitable[Any], subject: Context, done: Done) -> Ticket:
        """Await something soon, in a task; ``subject`` names the task where it lasts."""
        ticket = Ticket(self, awaitable, subject, done)
        self._tickets.append(ticket)
        self._carriers.wake()
        return ticket

    def drop(self, ticket: Ticket) -> None:
        """Tell of the end of what never began."""
        if inspect.iscoroutine(ticket.awaitable):
            ticket.awaitable.close()
        self._loop.call_soon(ticket.done, None, asyncio.CancelledError())

    def _row(self) -> Row:
        clock = self._loop.time
        while True:
            ticket = self._tickets.popleft() if self._tickets else None
            if ticket is None:
                yield None
                continue
            if ticket.dropped:
                continue
            ticket.begun = True
            began = clock()
            try:
                coroutine = ticket.coroutine()
            except BaseException as error:  # noqa: BLE001  what raises where it is looked at
                ticket.done(None, error)
                continue
            ended = yield coroutine
            held = clock() - began
            if type(ended) is Carried:
                ticket.carried = ended
                ended.tell(ticket.done, ticket.subject)
            if held > LONG_STEP:
                ticket.subject.held(held, ended=type(ended) is not Carried)
            if type(ended) is StopIteration:
                ticket.done(ended.value, None)
            elif type(ended) is not Carried:
                ticket.done(None, ended)
            yield None


@types.coroutine
def _rest(
    coroutine: Coroutine[Any, Any, Any], awaited: Any, subject: Context | None, clock: Callable[[], float]
) -> Generator[Any, Any, Any]:
    """Await the rest of a coroutine that awaits something already; report each step that held the loop for long.

    So is a last step that began too late: a task or a callback of its own may have held the loop until then.
    """
    while True:
        thrown: BaseException | None = None
        try:
            yield awaited
        except BaseException as raised:  # noqa: BLE001  it is for the coroutine
            thrown = raised
        began, ended = clock(), True
        try:
            awaited = coroutine.send(None) if thrown is None else coroutine.throw(thrown)
            ended = False
        except StopIteration as stop:
            return stop.value
        finally:
            del thrown  # it knows this frame, which knows it
            held = clock() - began
            if subject is not None and (held > LONG_STEP or (ended and began > subject.deadline)):
                subject.held(held, ended=ended)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _nothing(result: Any, error: BaseException | None) -> None: ...

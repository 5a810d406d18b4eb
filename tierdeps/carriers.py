"""Tasks that carry one coroutine after another, for as long as none of them has to wait.

A task for each call would cost more than most calls do. So a task takes the next call when the one before it came to
its end without waiting; one that waits has its task to itself from then on, and others go on with the rest.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tierdeps.lifecycle import Context

    Done = Callable[[Any, BaseException | None], None]

#: After so many calls in a row the loop's other callbacks have their turn.
IN_A_ROW = 256


class Ticket:
    """A call that waits for a task, or has one."""

    __slots__ = ("awaitable", "carriers", "done", "dropped", "subject", "task")

    def __init__(self, carriers: Carriers, awaitable: Awaitable[Any], subject: Context, done: Done) -> None:
        self.carriers = carriers
        self.awaitable = awaitable
        self.subject = subject
        self.done = done
        self.dropped = False
        self.task: asyncio.Task[None] | None = None

    def give_up(self) -> bool:
        """Cancel it; one that has no task yet never begins."""
        if self.task is not None:
            self.task.cancel()
            return False
        if not self.dropped:
            self.dropped = True
            self.carriers.drop(self)
        return True


class Carriers:
    """The tasks of one run."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        #: Whose variables every call begins with: not those of the call before it.
        self._context = copy_context()
        self._tickets: deque[Ticket] = deque()
        #: Tasks that are about to begin.
        self.fresh = 0
        #: The task that takes one ticket after the other.
        self._taking: asyncio.Task[None] | None = None
        self._ticket: Ticket | None = None
        self._relief = 1

    def submit(self, awaitable: Awaitable[Any], subject: Context, done: Done) -> Ticket:
        """Await something soon, in a task; ``subject`` names the task where it lasts."""
        ticket = Ticket(self, awaitable, subject, done)
        self._tickets.append(ticket)
        if not self.fresh and self._taking is None:
            self._relief = 1
            self.spawn()
        return ticket

    def drop(self, ticket: Ticket) -> None:
        """Tell of the end of what never began."""
        if inspect.iscoroutine(ticket.awaitable):
            ticket.awaitable.close()
        self.loop.call_soon(ticket.done, None, asyncio.CancelledError())

    def spawn(self) -> None:
        """Make a task."""
        self.fresh += 1
        context = self._context.copy()
        context.run(_Carrier, self)

    def _relieve(self, task: asyncio.Task[None]) -> None:
        """Take note that a task waits, and so takes no more tickets; twice as many come in its place."""
        if self._taking is not task:
            return
        self._taking = None
        if self._ticket is not None:
            subject = self._ticket.subject
            task.set_name(f"tierdeps {subject.driver}:{subject.phase}")
        if self._tickets and not self.fresh:
            self._relief = min(self._relief * 2, len(self._tickets))
            for _ in range(self._relief):
                self.spawn()

    async def carry(self, task: asyncio.Task[None]) -> None:
        """Take ticket after ticket, until one has to wait."""
        self.fresh -= 1
        if not self._tickets:
            return
        self._taking = task
        self.loop.call_soon(self._relieve, task)
        for _ in range(IN_A_ROW):
            if not self._tickets:
                break
            ticket = self._tickets.popleft()
            if ticket.dropped:
                continue
            ticket.task = task
            self._ticket = ticket
            result: Any = None
            error: BaseException | None = None
            try:
                result = await ticket.awaitable
            except BaseException as raised:  # noqa: BLE001  told, not swallowed
                error = raised
            ticket.task = None
            ticket.done(result, error)
            if self._taking is not task or task.cancelling() or copy_context() != self._context:
                break
        if self._taking is task:
            self._taking = None
        if self._tickets and not self.fresh and self._taking is None:
            self.spawn()


class _Carrier(asyncio.Task[None]):
    """A task that is missed where it is cancelled before it begins."""

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers
        super().__init__(carriers.carry(self), loop=carriers.loop, name="tierdeps")

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel it, whoever asks."""
        created = inspect.getcoroutinestate(self.get_coro()) == inspect.CORO_CREATED  # type: ignore[arg-type]
        if created and not self.cancelling():
            self._carriers.fresh -= 1
            self._carriers.loop.call_soon(self._carriers.spawn)
        return super().cancel(msg)

"""The coroutines of a run: each start, stop and reload, and each driver's way up or down, is one of them.

They are advanced by callbacks of the loop, and are no tasks. A task is there for code that awaits anything, and that
others may cancel; these await nothing but ``Wait``, and nobody may cancel them: a driver whose way down was cancelled
would be left running. Only the calls of drivers are tasks, which the engine makes.

A run of ten thousand drivers has as many routines, so what is done for each one counts.
"""

from __future__ import annotations

from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple

from tierdeps._util.frozen import NEW

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Coroutine, Generator

    from tierdeps.executor.driver import DriverRun

    #: Called with an exception that a routine ended with, and the driver that the routine is of.
    Broke = Callable[[BaseException, DriverRun | None], None]


class Wait:
    """What routines wait for. It ends once: they go on later, or have ``why`` raised where they wait."""

    __slots__ = ("_waiting", "is_over", "why")

    def __init__(self) -> None:
        self.is_over: bool = False
        self.why: BaseException | None = None
        self._waiting: tuple[Routine, ...] = ()

    def end(self, why: BaseException | None = None) -> None:
        """Let those that wait go on, in a later callback of the loop; what has ended already stays as it is."""
        if not self.is_over:
            self.is_over, self.why = True, why
            self.release()

    def release(self) -> None:
        """Let those that wait go on."""
        if self._waiting:
            for routine in self._waiting:
                routine.routines.resume(routine)
            self._waiting = ()

    def add(self, routine: Routine) -> None:
        """Have a routine go on when this ends."""
        self._waiting += (routine,)

    def __await__(self) -> Generator[Wait, None, Any]:
        if not self.is_over:
            yield self
        if self.why is not None:
            raise self.why


class Routine(NamedTuple):
    """A coroutine on its way; ``then`` is called with the driver that it is of when it has ended, in whatever way."""

    routines: Routines
    coroutine: Coroutine[Wait, None, None]
    driver: DriverRun | None
    then: Callable[[Any], object] | None


class Routines:
    """All routines of one run; what one of them raises goes to ``broke``, and the others go on."""

    def __init__(self, loop: AbstractEventLoop, broke: Broke) -> None:
        self._loop = loop
        self._broke = broke
        # What a driver's call sets in its own context must not reach the calls of others, so none goes on in it.
        self._context = copy_context()
        self._due: deque[Routine] = deque()

    def start(
        self,
        coroutine: Coroutine[Wait, None, None],
        driver: DriverRun | None = None,
        then: Callable[[Any], object] | None = None,
    ) -> None:
        """Let a coroutine run, from a later callback of the loop on."""
        self.resume(NEW(Routine, (self, coroutine, driver, then)))

    def resume(self, routine: Routine) -> None:
        """Let a routine that waited go on, in a later callback of the loop."""
        if not self._due:
            self._loop.call_soon(self._advance, context=self._context)
        self._due.append(routine)

    def _advance(self) -> None:
        """Advance those that may go on now; those that may because of it have their turn in the next callback."""
        due, self._due = self._due, deque()
        try:
            while due:
                routine = due.popleft()
                try:
                    wait = routine.coroutine.send(None)
                except StopIteration:
                    self._end(routine)
                except BaseException as error:  # noqa: BLE001  reported, not swallowed
                    try:
                        self._broke(error, routine.driver)
                    finally:  # it raises a KeyboardInterrupt again
                        self._end(routine)
                else:
                    wait.add(routine)
        finally:  # Ctrl-C may come in the middle
            for routine in due:
                self.resume(routine)

    def _end(self, routine: Routine) -> None:
        if routine.then is not None:
            try:
                routine.then(routine.driver)
            except BaseException as error:  # noqa: BLE001  reported, not swallowed
                self._broke(error, None)

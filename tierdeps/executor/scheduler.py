"""When each thing goes on: which steps may run, and the coroutines that wait for their turn.

A start schedules steps forward, a stop drivers in reverse, a reload a subset: the counting is the same.

Each start, stop and reload, and each driver's way up or down, is a routine: a coroutine that callbacks of the loop
advance, and no task. A task is there for code that awaits anything, and that others may cancel; these await nothing but
``Wait``, and nobody may cancel them: a driver whose way down was cancelled would be left running. Only the calls of
drivers are tasks, which the engine makes. A run of ten thousand drivers has as many routines, so what is done for each
one counts.
"""

from __future__ import annotations

import math
from collections import deque
from contextvars import copy_context
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Coroutine, Generator, Iterator, MutableSequence, Sequence

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import Run

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


class Routine(Value):
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
        self.resume(Routine(self, coroutine, driver, then))

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


class Opening(NamedTuple):
    """What a tier that opens lets go on: the steps that waited for nothing but that, and how many it has in all."""

    steps: Sequence[int]
    total: int


class Scheduler:
    """Steps with the verbs of graphlib: ``run`` starts those whose turn has come, until each is ``done``.

    ``missing[step]`` counts what a step waits for, its tier's opening included; ``followers[step]`` are those that wait
    for it. ``tiers`` is how many there are; ``open_tier`` is called with the number of each as it opens. ``bypass`` is
    asked when a step's turn has come: one that is passed over is done at once, and takes no slot. With a ``priority``,
    the smallest goes first; without one, the one whose turn came first.

    A slot is taken by ``run`` and given back by ``done`` or ``release``, each of which may be called several times: a
    driver that fails is marked as done by the code that notices first, and again by its own routine.
    """

    def __init__(
        self,
        run: Run,
        missing: MutableSequence[int],
        followers: Sequence[Sequence[int]],
        tiers: int,
        open_tier: Callable[[int], Opening],
        *,
        bypass: Callable[[int], bool],
        slots: int | None = None,
        priority: Callable[[int], float] | None = None,
    ) -> None:
        self._run = run
        self._missing = missing
        self._followers = followers
        self._tiers = tiers
        self._open_tier = open_tier
        self._bypass = bypass
        self._slots = math.inf if slots is None else slots
        self._priority = priority
        #: By number, whether a step is done, or passed over.
        self.finished: bytearray = bytearray(len(missing))
        #: The number of the tier that is open.
        self.tier: int = -1
        #: Whether no later tier is to open.
        self.is_closed = False
        #: Whether nothing is to start any more, not even in the tier that is open.
        self.is_halted: bool = False
        self._remaining = 0
        self._due: deque[int] = deque()
        self._queue: list[tuple[float, int]] = []
        #: By number, whether a step was started and is neither done nor released.
        self._running = bytearray(len(missing))
        self._news = Wait()

    @property
    def is_over(self) -> bool:
        """Whether all that could run is done."""
        return not self._remaining and (self.is_closed or self.tier + 1 >= self._tiers)

    async def run(self, start: Callable[[int], None]) -> None:
        """Call ``start`` with each step that may run, until all that could run is done, or nothing is to start."""
        while True:
            self._news = Wait()
            try:
                for step in self._ready():
                    self._running[step] = 1
                    start(step)
            except BaseException as error:  # noqa: BLE001  reported, not swallowed
                self._run.broke(error)
            if self.is_over or self.is_halted:
                return
            await self._news

    def _ready(self) -> Iterator[int]:
        """Yield the steps that may run now, each with a slot. What is done meanwhile is seen."""
        while not self.is_halted:
            if self._due:
                step, priority = self._due.popleft(), self._priority
            elif self._queue and self._slots > 0:
                step, priority = heappop(self._queue)[1], None
            elif self._remaining or not self._open_next():
                return
            else:
                continue
            if self.finished[step] or self._running[step]:
                continue
            if self._bypass(step):  # also after it has waited for a slot: it may have become so meanwhile
                self.done(step)
            elif priority is None:
                self._slots -= 1
                yield step
            else:
                heappush(self._queue, (priority(step), step))

    def done(self, step: int) -> None:
        """Let go on what waits for a step, whatever became of it."""
        if self.finished[step]:
            return
        self.finished[step] = 1
        self.release(step)
        self._remaining -= 1
        missing = self._missing
        for follower in self._followers[step]:
            missing[follower] -= 1
            if not missing[follower]:
                self._due.append(follower)
        if self._due or not self._remaining:
            self._news.end()

    def settle(self, step: int) -> None:
        """Count a step as done before anything starts: in its tier, nothing is left to do for it."""
        self.finished[step] = 1
        for follower in self._followers[step]:
            self._missing[follower] -= 1

    def release(self, step: int) -> None:
        """Give a step's slot to the next one, if it has one."""
        if self._running[step]:
            self._running[step] = 0
            self._slots += 1
            if self._queue:
                self._news.end()

    def requeue(self, step: int) -> None:
        """Let a step whose turn had come wait for a slot again."""
        self._due.append(step)
        self._news.end()

    def halt(self) -> None:
        """Let nothing start any more, not even in the tier that is open."""
        self.is_halted = True
        self._news.end()

    def force(self, steps: Sequence[int]) -> None:
        """Let steps run at once, in no order, whatever they wait for, whether their tiers are open or not."""
        self._slots = math.inf
        self.tier = self._tiers
        self._due.extend(step for step in steps if not self.finished[step] and not self._running[step])
        self._remaining = sum(not self.finished[step] for step in steps)
        self._news.end()

    def _open_next(self) -> bool:
        if self.is_closed or self.tier + 1 >= self._tiers:
            return False
        self.tier += 1
        steps, self._remaining = self._open_tier(self.tier)
        for step in steps:
            self._missing[step] -= 1
            if not self._missing[step]:
                self._due.append(step)
        return True

"""Daemon threads for plain methods: one that hangs is left behind, and does not keep the process from exiting."""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from contextlib import suppress
from contextvars import copy_context
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable
    from contextvars import Context

    Done = Callable[[Any, BaseException | None], None]

#: So many threads are made at once; more only where none of them comes free for a while.
EAGER = 32
#: How long nothing may come free before more are made, in seconds.
PATIENCE = 0.005
#: How long threads without work are kept, in seconds.
IDLE = 2.0


class Job:
    """A call that waits for a thread, or has one."""

    __slots__ = ("abandoned", "argument", "claim", "context", "done", "function", "threads")

    def __init__(self, threads: Threads, function: Callable[[Any], Any], argument: object, done: Done) -> None:
        self.threads: Threads = threads
        self.function: Callable[[Any], Any] = function
        self.argument: object = argument
        self.done: Done = done
        self.context: Context = copy_context()
        #: Taken once: by the thread that runs it, or by who cancels it before.
        self.claim: Lock = Lock()
        self.abandoned: bool = False

    def cancel(self) -> bool:
        """Never run it; where it runs already, count its thread as lost, for it cannot be killed."""
        never = self.claim.acquire(blocking=False)
        if not self.abandoned:
            self.abandoned = True
            self.threads.forget(self, running=not never)
        return never


class Threads:
    """Threads of one event loop. What they do themselves comes last; everything before that runs on the loop.

    Not a ThreadPoolExecutor: that one waits for its threads when the interpreter exits.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[Job | None] = deque()
        #: A locked lock for each thread that has nothing to do; it goes on when that is released.
        self._idle: list[Lock] = []
        #: Whether a thread was roused and has not gone on yet.
        self._rousing = False
        self._ended: deque[tuple[Job, Any, BaseException | None, bool]] = deque()
        self._waking = False
        self._alive = 0
        self._open = 0
        self._growing: TimerHandle | None = None
        self._leaving: TimerHandle | None = None

    def submit(self, function: Callable[[Any], Any], argument: object, done: Done) -> Job:
        """Call a function in a thread; ``done`` is called on the loop."""
        job = Job(self, function, argument, done)
        self._open += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._open > self._alive:
            if self._alive < EAGER:
                self._spawn()
            elif self._growing is None:
                self._growing = self._loop.call_later(PATIENCE, self._grow, self._open)
        self._jobs.append(job)
        self._rouse()
        return job

    def forget(self, job: Job, *, running: bool) -> None:
        """Count a job as gone, and the thread that is busy with it."""
        self._open -= 1
        self._alive -= running
        if not running:
            self._loop.call_soon(job.done, None, CancelledError())

    def close(self) -> None:
        """Let the threads end when they have nothing to do."""
        for timer in (self._growing, self._leaving):
            if timer is not None:
                timer.cancel()
        self._growing = self._leaving = None
        self._jobs.extend([None] * self._alive)
        self._alive = 0
        self._rouse()

    def _spawn(self) -> None:
        self._alive += 1
        Thread(target=self._work, name="tierdeps", daemon=True).start()

    def _grow(self, before: int) -> None:
        """Make a thread for each job that waits, where the threads there are got nothing done."""
        self._growing = None
        if self._open >= before and not self._ended:
            while self._alive < self._open:
                self._spawn()
        elif self._open > self._alive:
            self._growing = self._loop.call_later(PATIENCE, self._grow, self._open)

    def _drain(self) -> None:
        self._waking = False  # before the queue is emptied: what is added from now on wakes the loop again
        while self._ended:
            job, result, error, lost = self._ended.popleft()
            if not job.abandoned:
                self._open -= 1
            elif not lost:
                self._alive += 1  # it came back after all, before it knew that it was given up
            try:
                job.done(result, error)
            except BaseException as raised:  # noqa: BLE001  told, and the others are told of theirs
                context = {"message": "what was told of the end of a call raised", "exception": raised}
                self._loop.call_exception_handler(context)
        if not self._open and self._leaving is None and self._alive:
            self._leaving = self._loop.call_later(IDLE, self.close)

    # In the threads, and ``_rouse`` on the loop too

    def _rouse(self) -> bool:
        """See to it that one more thread looks for a job; tell whether one will.

        No more than one at a time, which does the same before it begins with its job: where jobs are short, threads
        that are all awake at once do little but wait for each other.
        """
        if not self._rousing:
            try:
                bell = self._idle.pop()
            except IndexError:
                return False
            self._rousing = True
            bell.release()
        return True

    def _take(self, bell: Lock) -> Job | None:
        """Return the next job, sooner or later."""
        while True:
            try:
                job = self._jobs.popleft()
            except IndexError:
                self._wake()
                self._idle.append(bell)
                if self._jobs:  # it came just now, and perhaps nobody was idle then
                    self._rouse()
                bell.acquire()
                self._rousing = False
                continue
            if not self._jobs or not self._rouse():
                self._wake()  # who knows how long this job takes
            return job

    def _wake(self) -> None:
        """Have the loop told of what ended; raises RuntimeError where it is closed."""
        if self._ended and not self._waking:
            self._waking = True
            self._loop.call_soon_threadsafe(self._drain)

    def _work(self) -> None:
        with suppress(RuntimeError):  # nobody asks any more
            self._serve()

    def _serve(self) -> None:
        bell = Lock()
        bell.acquire()
        while (job := self._take(bell)) is not None:
            if not job.claim.acquire(blocking=False):
                continue
            result: Any = None
            error: BaseException | None = None
            try:
                result = job.context.run(job.function, job.argument)
            except BaseException as raised:  # noqa: BLE001  told on the loop
                error = raised
            lost = job.abandoned
            self._ended.append((job, result, error, lost))
            del job, result, error
            if lost:
                self._wake()
                return

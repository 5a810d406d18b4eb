"""Daemon threads for plain methods: one that hangs is left behind, and does not keep the process from exiting."""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable
    from contextvars import Context

    Done = Callable[[Any, BaseException | None], None]

#: This many threads are started as they are needed; more only where no call ends for a while.
EAGER_THREADS = 32
#: How long no call may end before more threads are started, in seconds.
PATIENCE_S = 0.005
#: How long threads without work are kept, in seconds.
IDLE_S = 2.0


class Job:
    """A call that waits for a thread, or has one."""

    __slots__ = ("abandoned", "argument", "claim", "context", "done", "function", "threads")

    def __init__(self, threads: Threads, function: Callable[[Any], Any], argument: object, done: Done) -> None:
        self.threads: Threads = threads
        self.function: Callable[[Any], Any] = function
        self.argument: object = argument
        self.done: Done = done
        self.context: Context = copy_context()
        #: Acquired once: by the thread that runs the call, or by what gives it up before.
        self.claim: Lock = Lock()
        self.abandoned: bool = False

    def cancel(self) -> bool:
        """Never run it; where it runs already, count its thread as lost, for a thread cannot be killed."""
        never = self.claim.acquire(blocking=False)
        if not self.abandoned:
            self.abandoned = True
            self.threads.forget(self, running=not never)
        return never


class Threads:
    """The threads of one event loop; all methods are called on the loop, but for those of the last section.

    Not a ThreadPoolExecutor: that one waits for its threads when the interpreter exits.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        #: None ends the thread that takes it.
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ended: deque[tuple[Job, Any, BaseException | None, bool]] = deque()
        #: Whether the loop is to be woken no more: it will look at ``_ended`` anyway.
        self._is_woken = False
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
            if self._alive < EAGER_THREADS:
                self._spawn()
            elif self._growing is None:
                self._growing = self._loop.call_later(PATIENCE_S, self._grow, self._open)
        self._jobs.put(job)
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
        for _ in range(self._alive):
            self._jobs.put(None)
        self._alive = 0

    def _spawn(self) -> None:
        self._alive += 1
        Thread(target=self._work, name="tierdeps", daemon=True).start()

    def _grow(self, before: int) -> None:
        """Start a thread for each job that waits, where no call has ended since."""
        self._growing = None
        if self._open >= before and not self._ended:
            while self._alive < self._open:
                self._spawn()
        elif self._open > self._alive:
            self._growing = self._loop.call_later(PATIENCE_S, self._grow, self._open)

    def _drain(self) -> None:
        self._is_woken = False  # before the queue is emptied: what is added from now on wakes the loop again
        while self._ended:
            job, result, error, lost = self._ended.popleft()
            if not job.abandoned:
                self._open -= 1
            elif not lost:
                self._alive += 1  # it ended after all, before its thread saw that it was given up
            try:
                job.done(result, error)
            except BaseException as raised:  # noqa: BLE001  reported; the others still get theirs
                context = {"message": "what was called at the end of a call raised", "exception": raised}
                self._loop.call_exception_handler(context)
        if not self._open and self._leaving is None and self._alive:
            self._leaving = self._loop.call_later(IDLE_S, self.close)

    # In the threads

    def _work(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for a result
            while (job := self._jobs.get()) is not None:
                if job.claim.acquire(blocking=False) and self._run(job):
                    return

    def _run(self, job: Job) -> bool:
        """Run a call and report its end; return whether its thread was counted as lost meanwhile."""
        result: Any = None
        error: BaseException | None = None
        try:
            result = job.context.run(job.function, job.argument)
        except BaseException as raised:  # noqa: BLE001  reported on the loop
            error = raised
        lost = job.abandoned
        self._ended.append((job, result, error, lost))
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._drain)
        return lost

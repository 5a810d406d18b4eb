"""A child process: observing its exit, and ending it with all its descendants."""

from __future__ import annotations

import asyncio
import math
import os
import select
import signal
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from tierdeps.processes import cgroup
from tierdeps.processes.end_deadlines import end_deadlines
from tierdeps.processes.errors import ProcessError, start_error_text
from tierdeps.processes.proc import (
    GONE,
    ProcessMatcher,
    pipe_names,
    read_process,
    signal_group,
    signal_process,
)
from tierdeps.processes.shared_scans import shared_scans

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.processes.fd_poller import FdPoller, OnError
    from tierdeps.processes.output import Output
    from tierdeps.processes.proc import ProcessInfo
    from tierdeps.processes.spawn import Spawned

    #: A time in seconds, or a function that returns it: a stop that is expedited has less time from then on.
    Seconds = float | Callable[[], float]

#: The pause between two scans for processes that left the session, in seconds.
SCAN_INTERVAL_S = 0.02
#: How often a deadline that may move is read again, in seconds.
DEADLINE_CHECK_S = 0.1


class Child:
    """The leader of a session; ``code`` is what it exited with, below zero for a signal, and None until it has.

    ``stop_requested`` says whether this run signalled it.
    """

    def __init__(self, spawned: Spawned, output: Output, fd_poller: FdPoller, on_error: OnError | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.pid: int = spawned.pid
        self.output = output
        self.code: int | None = None
        self.stop_requested: bool = False
        self._started_at = loop.time()
        self._ended_at = math.inf
        self._reap = spawned.reap
        self._loop = loop
        self._waiting: list[asyncio.Future[int] | asyncio.Future[int | None]] = []
        self._handle = os.pidfd_open(spawned.pid)
        self._fd_poller = fd_poller
        try:
            fd_poller.add(self._handle, self._on_exit, on_error)
        except OSError:
            os.close(self._handle)
            raise

    @classmethod
    def of(cls, spawned: Spawned, output: Output, fd_poller: FdPoller, on_error: OnError | None = None) -> Child:
        """Return the child; if it cannot be watched, it is killed. Raises ProcessError.

        ``on_error`` is called with an exception that handling its exit raises.
        """
        try:
            return cls(spawned, output, fd_poller, on_error)
        except OSError as error:
            with suppress(OSError):
                os.killpg(spawned.pid, signal.SIGKILL)
            spawned.reap()
            raise ProcessError(start_error_text(error)) from None

    def _on_exit(self) -> None:
        self._fd_poller.remove(self._handle)
        os.close(self._handle)
        try:
            self.output.drain()
        finally:  # even if reading its output fails: others wait for its exit
            self.code = self._reap()
            self._ended_at = self._loop.time()
            for future in self._waiting:
                if not future.done():
                    future.set_result(self.code)
            self._waiting.clear()

    def exited(self) -> asyncio.Future[int]:
        """Return a new future of its exit code; the caller may cancel it without affecting others."""
        future: asyncio.Future[int] = self._loop.create_future()
        if self.code is not None:
            future.set_result(self.code)
        else:
            self._waiting.append(future)
        return future

    @property
    def runtime_s(self) -> float:
        """How long it has run, until now or until its exit, in seconds."""
        return min(self._loop.time(), self._ended_at) - self._started_at

    def poll(self) -> bool:
        """Check now for its exit, which the loop may not have reported yet; return whether it still runs."""
        if self.alive:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            if poll.poll(0):
                self._on_exit()
        return self.alive

    @property
    def alive(self) -> bool:
        """Whether it still runs, as far as the loop has reported."""
        return self.code is None

    def matcher(self) -> ProcessMatcher:
        """Return a matcher of its session, which is valid even when the leader has exited."""
        leader = read_process(self.pid) if self.alive else None
        sessions = {self.pid: leader.started if leader is not None else GONE}
        return ProcessMatcher((), sessions, pipe_names(*self.output.readers))

    async def end(self, number: int, seconds: Seconds) -> bool:
        """Send it a signal, and kill it when its time gets short; return whether it was killed.

        On cancellation it is killed at once.
        """
        if not self.poll():
            return False
        self.stop_requested = True
        self._signal(number)
        try:
            if await self._exits_in_time(seconds):
                return False
        except asyncio.CancelledError:
            self.kill()
            raise
        self.kill()
        await asyncio.wait((self.exited(),), timeout=_value_of(seconds))
        return True

    async def _exits_in_time(self, seconds: Seconds) -> bool:
        """Wait for its exit, which was not reported yet, until time gets short; return whether it came."""
        ended: asyncio.Future[int | None] = self._loop.create_future()
        self._waiting.append(ended)
        return await end_deadlines().exits_in_time(ended, partial(_value_of, seconds))

    async def ends_within(self, seconds: Seconds) -> bool:
        """Wait for an exit that something else has requested; return whether it came in time."""
        self.stop_requested = True
        ended, loop = self.exited(), self._loop
        until = loop.time() + _value_of(seconds)
        while not ended.done() and loop.time() < until:
            await asyncio.wait((ended,), timeout=min(until - loop.time(), DEADLINE_CHECK_S))
            until = min(until, loop.time() + _value_of(seconds))
        return ended.done()

    def _signal(self, number: int) -> None:
        signal_group(self.pid, number)

    def kill(self) -> None:
        """Kill it and its descendants, which are listed first: without it they could not be found."""
        if self.alive:
            self.stop_requested = True
            members = shared_scans().recent().find(self.matcher())
            self._signal(signal.SIGKILL)
            for info in members:
                signal_process(info, signal.SIGKILL)


async def end_all(matcher: ProcessMatcher, number: int, grace: Seconds, seconds: Seconds) -> list[ProcessInfo]:
    """End all matching processes: signal each once, and kill them after ``grace``; return those left at the end.

    One empty scan is not enough: a process may have started another one and exited during the scan. With a cgroup one
    is enough, since no process can leave it; one that is empty is removed, and so stays empty.
    """
    loop, scans = asyncio.get_running_loop(), shared_scans()
    insist = latest = math.inf
    asked: set[ProcessInfo] = set()
    empty, enough = 0, 1 if matcher.cgroups else 2
    while empty < enough:
        scan = await scans.next()
        matcher = matcher._replace(cgroups=tuple(each for each in matcher.cgroups if not cgroup.remove_empty(each)))
        members = scan.find(matcher)
        empty = 0 if members else empty + 1
        if not members:
            continue
        now = loop.time()
        insist, latest = min(insist, now + _value_of(grace)), min(latest, now + _value_of(seconds))
        for info in members:
            if now > insist or info not in asked:
                signal_process(info, signal.SIGKILL if now > insist else number)
        if now > insist:
            for folder in matcher.cgroups:
                cgroup.kill(folder)
        if now > latest:
            return members
        asked.update(members)
        await asyncio.sleep(SCAN_INTERVAL_S)
    return []


def _value_of(seconds: Seconds) -> float:
    return seconds() if callable(seconds) else seconds

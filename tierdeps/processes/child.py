"""A process that was started: when it ends, and how it is made to."""

from __future__ import annotations

import asyncio
import math
import os
import select
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.processes import cgroup
from tierdeps.processes.errors import ProcessError, start_error_text
from tierdeps.processes.kill_delay import patience
from tierdeps.processes.proc import GONE, ProcessMatcher, ask, find, look, pipes, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.processes.fd_poller import FdPoller, OnError
    from tierdeps.processes.output import Output
    from tierdeps.processes.proc import ProcessInfo
    from tierdeps.processes.spawn import Spawned

    #: How long something may take, in seconds, or what tells that at each moment: it may become less all at once.
    Seconds = float | Callable[[], float]

#: How often it is looked for what has left its session, in seconds.
LOOK = 0.02
#: How often it is looked whether there is less time than there was, in seconds.
HEED = 0.1


class Child:
    """The leader of a session; ``code`` is what it exited with, below zero for a signal, and None until it has.

    ``asked`` says whether it was asked to end, or made to.
    """

    def __init__(self, begun: Spawned, output: Output, readers: FdPoller, broken: OnError | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.pid = begun.pid
        self.output = output
        self.code: int | None = None
        self.asked = False
        self._started_at = loop.time()
        self._ended_at = math.inf
        self._reap = begun.reap
        self._loop = loop
        self._waiting: list[asyncio.Future[int]] = []
        self._handle = os.pidfd_open(begun.pid)
        self._readers = readers
        try:
            readers.add(self._handle, self._ended, broken)
        except OSError:
            os.close(self._handle)
            raise

    @classmethod
    def of(cls, begun: Spawned, output: Output, readers: FdPoller, broken: OnError | None = None) -> Child:
        """Return the child; where it cannot be watched, it is killed. Raises ProcessError.

        ``broken`` is called with what is raised when its end is seen to.
        """
        try:
            return cls(begun, output, readers, broken)
        except OSError as error:
            with suppress(OSError):
                os.killpg(begun.pid, signal.SIGKILL)
            begun.reap()
            raise ProcessError(start_error_text(error)) from None

    def _ended(self) -> None:
        self._readers.remove(self._handle)
        os.close(self._handle)
        try:
            self.output.ended()
        finally:  # whatever is wrong with its output: many wait for its end
            self.code = self._reap()
            self._ended_at = self._loop.time()
            for future in self._waiting:
                if not future.done():
                    future.set_result(self.code)
            self._waiting.clear()

    def ended(self) -> asyncio.Future[int]:
        """Return a future of its code, which is the caller's own: to wait for, to cancel, or to leave."""
        future: asyncio.Future[int] = self._loop.create_future()
        if self.code is not None:
            future.set_result(self.code)
        else:
            self._waiting.append(future)
        return future

    @property
    def seconds(self) -> float:
        """How long it has run, until now or until it ended."""
        return min(self._loop.time(), self._ended_at) - self._started_at

    def look(self) -> bool:
        """Look whether it has ended, though the loop may not have come to say so; return whether it has not."""
        if self.alive:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            if poll.poll(0):
                self._ended()
        return self.alive

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self.code is None

    def signs(self) -> ProcessMatcher:
        """By what its session is known, even when its leader is gone."""
        leader = look(self.pid) if self.alive else None
        sessions = {self.pid: leader.began if leader is not None else GONE}
        return ProcessMatcher((), sessions, pipes(self.output.reader))

    async def end(self, number: int, seconds: Seconds) -> bool:
        """Ask it to end, and kill it when time gets short; return whether that had to be.

        When this is cancelled it is killed at once.
        """
        if not self.look():
            return False
        self.asked = True
        ask(self.pid, number)
        try:
            if await self._ends(seconds):
                return False
        except asyncio.CancelledError:
            self.kill()
            raise
        self.kill()
        await asyncio.wait((self.ended(),), timeout=_now(seconds))
        return True

    async def _ends(self, seconds: Seconds) -> bool:
        """Wait for its end until time gets short; return whether it came."""
        latest, ended = math.inf, self.ended()
        while not ended.done():
            left, now = _now(seconds), self._loop.time()
            latest = min(latest, now + patience(left))
            if now >= latest:
                return False
            await asyncio.wait((ended,), timeout=min(latest - now, HEED))
        return True

    def kill(self) -> None:
        """Kill it, and what descends from it: once it is gone, nobody could tell what did."""
        if self.alive:
            self.asked = True
            members = find(self.signs())
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            for one in members:
                send(one, signal.SIGKILL)


async def finish(signs: ProcessMatcher, number: int, grace: Seconds, seconds: Seconds) -> list[ProcessInfo]:
    """End whatever bears the signs: ask once, insist when the grace is over; return what is left when the time is.

    Once without anything is not enough: what was being looked for may have started another one, and ended, meanwhile.
    A cgroup misses none.
    """
    loop = asyncio.get_running_loop()
    insist = latest = math.inf
    asked: set[ProcessInfo] = set()
    empty = 0
    while empty < (1 if signs.cgroups else 2):
        members = find(signs)
        empty = 0 if members else empty + 1
        if not members:
            continue
        now = loop.time()
        insist, latest = min(insist, now + _now(grace)), min(latest, now + _now(seconds))
        for one in members:
            if now > insist or one not in asked:
                send(one, signal.SIGKILL if now > insist else number)
        if now > insist:
            for folder in signs.cgroups:
                cgroup.kill(folder)
        if now > latest:
            return members
        asked.update(members)
        await asyncio.sleep(LOOK)
    return []


def _now(seconds: Seconds) -> float:
    return seconds() if callable(seconds) else seconds

"""A process that was begun: when it ends, and how it is made to."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.processes.proc import Signs, ask, find, look, send

if TYPE_CHECKING:
    from tierdeps.processes.output import Output
    from tierdeps.processes.spawn import Begun

#: What is kept back of the time of a stop, to kill what does not end, in seconds; of a short time it is half.
RESERVE = 2.0
#: How often it is looked for what has left its session, in seconds.
LOOK = 0.02


class Child:
    """The leader of a session; ``exited`` has its code once it ended, below zero for a signal."""

    def __init__(self, begun: Begun, output: Output) -> None:
        loop = asyncio.get_running_loop()
        self.pid = begun.pid
        self.output = output
        self.exited: asyncio.Future[int] = loop.create_future()
        self._reap = begun.reap
        self._loop = loop
        self._handle = os.pidfd_open(begun.pid)
        self._sessions: dict[int, int] = {}
        loop.add_reader(self._handle, self._ended)

    def _ended(self) -> None:
        # As long as nobody has waited for it, it is still there to be looked at.
        leader = look(self.pid, dead=True)
        self._sessions = {self.pid: leader.began} if leader is not None else {}
        self.release()
        self.output.ended()
        self.exited.set_result(self._reap())

    def release(self) -> None:
        """Watch it no more."""
        if self._handle >= 0:
            self._loop.remove_reader(self._handle)
            os.close(self._handle)
            self._handle = -1

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return not self.exited.done()

    def signs(self) -> Signs:
        """By what its session is known, even when its leader is gone."""
        leader = look(self.pid) if self.alive else None
        sessions = {self.pid: leader.began} if leader is not None else self._sessions
        return Signs((), sessions, frozenset({self.output.pipe} - {""}))

    async def end(self, number: int, seconds: float) -> bool:
        """Ask it to end, and kill it when time gets short; tell whether that had to be.

        When this is cancelled it is killed at once.
        """
        if not self.alive:
            return False
        ask(self.pid, number)
        try:
            await asyncio.wait((self.exited,), timeout=max(seconds - RESERVE, seconds / 2))
        except asyncio.CancelledError:
            self.kill()
            raise
        if self.exited.done():
            return False
        self.kill()
        await asyncio.wait((self.exited,), timeout=seconds)
        return True

    def kill(self) -> None:
        """Kill it, and what descends from it: once it is gone, nobody could tell what did."""
        if self.alive:
            members = find(self.signs())
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            for one in members:
                send(one, signal.SIGKILL)


async def finish(signs: Signs, number: int, seconds: float) -> None:
    """End whatever bears the signs: ask once, insist when half of the time is over, and in the end give up."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    asked = set()
    while members := find(signs):
        passed = loop.time() - began
        for one in members:
            if passed > seconds / 2 or one not in asked:
                send(one, signal.SIGKILL if passed > seconds / 2 else number)
        if passed > seconds:
            return
        asked.update(members)
        await asyncio.sleep(LOOK)

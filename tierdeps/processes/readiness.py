"""When a process is ready: each of the ways that ``ready`` may name."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tierdeps.processes.faults import ProcessError, ending, last_words
from tierdeps.processes.probes import ExecProbe, HttpProbe, TcpProbe

if TYPE_CHECKING:
    from tierdeps.processes.child import Child
    from tierdeps.processes.notify import NotifySocket
    from tierdeps.processes.probes import Probe
    from tierdeps.processes.spawn import Place

#: The pauses between attempts, in seconds: the first, and the longest.
FIRST, LONGEST = 0.01, 0.25
#: What is kept back of the time, to say what is wrong before it is said that the time is over: a share, and the most.
SHARE, MOST = 0.1, 0.2


class Way(Protocol):
    """A way of becoming ready; ``wrong`` is what keeps it from that now."""

    wrong: str

    async def wait(self, child: Child) -> None:
        """Return once the process is ready."""
        ...


class Asked:
    """Asks again and again; ``by_us`` says that the answer is not a stranger's, should there be one before its time."""

    def __init__(self, probe: Probe, *, by_us: bool = False) -> None:
        self.probe = probe
        self.by_us = by_us
        self.wrong = "it was not asked yet"

    async def wait(self, child: Child) -> None:
        """Ask until nothing is wrong."""
        del child
        pause = FIRST
        while wrong := await self.probe.attempt():
            self.wrong = wrong
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST)


class Logged:
    """Waits for a line."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self.wrong = "no line of its output matches"

    async def wait(self, child: Child) -> None:
        """Look at each line as it comes."""
        await child.output.until(self._pattern.search)


class Notified:
    """Waits to be told."""

    def __init__(self, listening: NotifySocket) -> None:
        self._listening = listening
        self.wrong = "it sent no READY=1"

    async def wait(self, child: Child) -> None:
        """Wait for the message."""
        del child
        await self._listening.ready

    def status(self, text: str) -> None:
        """Take note of what it is busy with."""
        self.wrong = f"it sent no READY=1, and last was busy with: {text}"


class Done:
    """Ready when it has exited with 0: not a process to stay, but one step."""

    wrong = "it still runs"

    async def wait(self, child: Child) -> None:
        """Wait for its end."""
        if await asyncio.shield(child.exited):
            raise _too_early(child, "")


def asked_way(ready: str | None, where: Place) -> Asked | None:
    """Return the way in which ``ready`` has a process asked from outside, if it does."""
    kind, _, rest = (ready or "").partition(":")
    if kind == "tcp":
        return Asked(TcpProbe(rest))
    if kind in ("http", "https"):
        return Asked(HttpProbe(ready or ""))
    return Asked(ExecProbe(rest, where), by_us=True) if kind == "exec" else None


class Patience(NamedTuple):
    """How long it is waited, in seconds: ``left`` is what is left ``of`` what there was."""

    left: float
    of: float


async def wait_until_ready(child: Child, way: Way, ready: str, patience: Patience) -> None:
    """Wait for a process to become ready. Raises ProcessError where it ends before, or the time does."""
    waiting = asyncio.ensure_future(way.wait(child))
    try:
        await asyncio.wait(
            (waiting, child.exited),
            timeout=patience.left - min(patience.left * SHARE, MOST),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if isinstance(way, Done) and not child.alive:
            await waiting
        elif not child.alive:
            raise _too_early(child, " before it was ready")
        elif waiting.done():
            waiting.result()
        else:
            said = last_words(child.output.last())
            raise ProcessError(f"the process was not ready within {patience.of:.3g} s ({ready}): {way.wrong}{said}")
    finally:
        if not waiting.cancel() and not waiting.cancelled():
            waiting.exception()  # whatever it was, it is told of already


def _too_early(child: Child, when: str) -> ProcessError:
    return ProcessError(f"the process {ending(child.exited.result())}{when}{last_words(child.output.last())}")

"""When a process is ready: each of the ways that ``ready`` may name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tierdeps.model.log_pattern import line_matcher
from tierdeps.processes.errors import ProcessError, ending, output_tail
from tierdeps.processes.probes import ExecProbe, HttpProbe, TcpProbe
from tierdeps.words.sentences import seconds_text

if TYPE_CHECKING:
    from tierdeps.processes.child import Child
    from tierdeps.processes.notify import NotifySocket
    from tierdeps.processes.output import Output
    from tierdeps.processes.probes import Probe
    from tierdeps.processes.spawn import SpawnOptions

#: The pauses between attempts, in seconds: the first, and the longest.
FIRST, LONGEST = 0.01, 0.25
#: What is kept back of the time, to say what is wrong before it is said that the time is over: a share, and the most.
SHARE, MOST = 0.1, 0.2
#: What is most likely wrong where a process ends well that was to stay.
STEP = ': one that is to end has ready = "exit"'


class ReadinessCheck(Protocol):
    """A way of becoming ready; ``wrong`` is what keeps it from that now."""

    wrong: str

    async def wait(self, child: Child) -> None:
        """Return once the process is ready."""
        ...


class Polled:
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


class LogLine:
    """Waits for a line."""

    def __init__(self, ready: str) -> None:
        self._found = line_matcher(ready)
        self.wrong = "no line of its output matches"

    def expect(self, output: Output) -> None:
        """Look at each line from the first one on, whenever it is waited for."""
        output.expect(self._found)

    async def wait(self, child: Child) -> None:
        """Wait for the line."""
        await child.output.until_found()


class Notify:
    """Waits to be told."""

    def __init__(self, listening: NotifySocket) -> None:
        self._listening = listening
        self.wrong = "it sent no READY=1"

    async def wait(self, child: Child) -> None:
        """Wait for the message."""
        del child
        await self._listening.ready

    def status(self, text: str) -> None:
        """Record what it is busy with."""
        self.wrong = f"it sent no READY=1, and last was busy with: {text}"


def polled_check(ready: str | None, where: SpawnOptions) -> Polled | None:
    """Return the way in which ``ready`` has a process asked from outside, if it does."""
    kind, _, rest = (ready or "").partition(":")
    if kind == "tcp":
        return Polled(TcpProbe(rest))
    if kind in ("http", "https"):
        return Polled(HttpProbe(ready or ""))
    return Polled(ExecProbe(rest, where), by_us=True) if kind == "exec" else None


class TimeBudget(NamedTuple):
    """How much time there is, in seconds: ``left`` is what is left ``of`` what there was."""

    left: float
    of: float

    @property
    def long(self) -> float:
        """How long it is waited, so that there is time to say what is wrong."""
        return self.left - min(self.left * SHARE, MOST)


async def wait_until_done(child: Child, patience: TimeBudget) -> None:
    """Wait for a process that is one step, and none to stay. Raises ProcessError where it fails, or its time ends."""
    try:
        async with asyncio.timeout(patience.long):
            code = await child.ended()
    except TimeoutError:
        raise _too_late(child, "exit", "it still runs", patience) from None
    if code:
        raise _too_early(child, code, "")


async def wait_until_ready(child: Child, way: ReadinessCheck, ready: str, patience: TimeBudget) -> None:
    """Wait for a process to become ready. Raises ProcessError where it ends before, or the time does."""
    waiting, ended = asyncio.ensure_future(way.wait(child)), child.ended()
    try:
        await asyncio.wait((waiting, ended), timeout=patience.long, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() or not child.look():
            raise _too_early(child, child.code or 0, " before it was ready")
        if not waiting.done():
            raise _too_late(child, ready, way.wrong, patience)
        waiting.result()
    finally:
        if not waiting.cancel() and not waiting.cancelled():
            waiting.exception()  # whatever it was, it is told of already


async def wait_until_settled(child: Child, seconds: float, patience: TimeBudget, *, only_way: bool) -> None:
    """Wait until a process has stayed up for so long. Raises ProcessError where it does not, or its time ends.

    Where that is the ``only_way`` of being ready, one that ends well is most likely a step.
    """
    if seconds > 0:
        ended = child.ended()
        await asyncio.wait((ended,), timeout=min(seconds, patience.long))
        ended.cancel()
    if not child.look():
        raise ProcessError(early_exit_text(child, STEP if only_way and not child.code else ""))
    if seconds > patience.long:
        wrong = f"it has to stay up for {seconds:.3g} s first; give it a longer timeout"
        raise _too_late(child, "settle", wrong, patience)


def early_exit_text(child: Child, advice: str = "") -> str:
    """Say how a process ended that was to stay, with advice on it."""
    words = output_tail(child.output.last())
    return f"the process {ending(child.code or 0)}, {seconds_text(child.seconds)} after it started{advice}{words}"


def _too_early(child: Child, code: int, when: str) -> ProcessError:
    return ProcessError(f"the process {ending(code)}{when}{output_tail(child.output.last())}")


def _too_late(child: Child, ready: str, wrong: str, patience: TimeBudget) -> ProcessError:
    said = output_tail(child.output.last())
    return ProcessError(f"the process was not ready within {patience.of:.3g} s ({ready}): {wrong}{said}")

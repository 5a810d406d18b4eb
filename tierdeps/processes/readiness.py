"""The readiness checks of a process, one for each kind of ``ready``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tierdeps.model.log_pattern import line_matcher
from tierdeps.processes.errors import ProcessError, exit_text, output_tail
from tierdeps.processes.probes import ExecProbe, HttpProbe, TcpProbe
from tierdeps.words.sentences import seconds_text

if TYPE_CHECKING:
    from tierdeps.processes.child import Child
    from tierdeps.processes.notify import NotifySocket
    from tierdeps.processes.output import Output
    from tierdeps.processes.probes import Probe
    from tierdeps.processes.spawn import SpawnOptions

#: The first and the longest pause between attempts, in seconds.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.01, 0.25
#: The advice for a process that exited with 0 although it was expected to run on.
STEP_ADVICE = ': one that is to end has ready = "exit"'


class ReadinessCheck(Protocol):
    """A check of whether a process is ready; ``problem`` is why it is not ready yet."""

    problem: str

    async def wait(self, child: Child) -> None:
        """Return once the process is ready."""
        ...


class Polled:
    """Runs a probe until it succeeds.

    ``is_own`` says that only this process can answer it, so that no answer before the start comes from another one.
    """

    def __init__(self, probe: Probe, *, is_own: bool = False) -> None:
        self.probe = probe
        self.is_own = is_own
        self.problem: str = "not checked yet"

    async def wait(self, child: Child) -> None:
        """Probe until an attempt succeeds."""
        del child
        pause = FIRST_PAUSE_S
        while problem := await self.probe.attempt():
            self.problem = problem
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, MAX_PAUSE_S)


class LogLine:
    """Waits for a line of output."""

    def __init__(self, ready: str) -> None:
        self._matches = line_matcher(ready)
        self.problem = "no line of its output matches"

    def watch(self, output: Output) -> None:
        """Match from the first line on, even before ``wait`` is called."""
        output.watch_for(self._matches)

    async def wait(self, child: Child) -> None:
        """Wait for the line."""
        await child.output.wait_for_match()


class Notify:
    """Waits for READY=1 on the notify socket."""

    def __init__(self, notify_socket: NotifySocket) -> None:
        self._notify_socket = notify_socket
        self.problem: str = "it sent no READY=1"

    async def wait(self, child: Child) -> None:
        """Wait for the message."""
        del child
        await self._notify_socket.ready

    def status(self, text: str) -> None:
        """Record the last STATUS of the process."""
        self.problem = f"it sent no READY=1; its last status: {text}"


def polled_check(ready: str | None, options: SpawnOptions) -> Polled | None:
    """Return the check that probes from outside; None if ``ready`` is of another kind."""
    kind, _, rest = (ready or "").partition(":")
    if kind == "tcp":
        return Polled(TcpProbe(rest))
    if kind in ("http", "https"):
        return Polled(HttpProbe(ready or ""))
    return Polled(ExecProbe(rest, options), is_own=True) if kind == "exec" else None


class TimeBudget(NamedTuple):
    """How much time there is, in seconds: ``remaining`` of the ``total``."""

    remaining: float
    total: float


async def wait_until_done(child: Child, budget: TimeBudget) -> None:
    """Wait for a process that is expected to exit. Raises ProcessError if it fails, or on timeout."""
    try:
        async with asyncio.timeout(budget.remaining):
            code = await child.exited()
    except TimeoutError:
        raise _timeout_error(child, "exit", "it is still running", budget) from None
    if code:
        raise _early_exit_error(child, code, "")


async def wait_until_ready(child: Child, check: ReadinessCheck, ready: str, budget: TimeBudget) -> None:
    """Wait for a process to become ready. Raises ProcessError if it exits before, or on timeout."""
    check_task, ended = asyncio.ensure_future(check.wait(child)), child.exited()
    try:
        await asyncio.wait((check_task, ended), timeout=budget.remaining, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() or not child.poll():
            raise _early_exit_error(child, child.code or 0, " before it was ready")
        if not check_task.done():
            raise _timeout_error(child, ready, check.problem, budget)
        check_task.result()
    finally:
        if not check_task.cancel() and not check_task.cancelled():
            check_task.exception()  # retrieved, so that asyncio does not log it: it is reported already


async def wait_until_settled(child: Child, seconds: float, budget: TimeBudget, *, only_way: bool) -> None:
    """Wait until a process has stayed up for so long. Raises ProcessError where it does not, or its time ends.

    Where that is the ``only_way`` of being ready, one that ends well is most likely a step.
    """
    if seconds > 0:
        ended = child.exited()
        await asyncio.wait((ended,), timeout=min(seconds, budget.remaining))
        ended.cancel()
    if not child.poll():
        raise ProcessError(early_exit_text(child, STEP_ADVICE if only_way and not child.code else ""))
    if seconds > budget.remaining:
        problem = f"it has to stay up for {seconds:.3g} s first; give it a longer timeout"
        raise _timeout_error(child, "settle", problem, budget)


def early_exit_text(child: Child, advice: str = "") -> str:
    """Return how a process exited that was expected to run on, with advice."""
    words = output_tail(child.output.tail())
    return f"the process {exit_text(child.code or 0)}, {seconds_text(child.runtime_s)} after it started{advice}{words}"


def _early_exit_error(child: Child, code: int, when: str) -> ProcessError:
    return ProcessError(f"the process {exit_text(code)}{when}{output_tail(child.output.tail())}")


def _timeout_error(child: Child, ready: str, problem: str, budget: TimeBudget) -> ProcessError:
    said = output_tail(child.output.tail())
    return ProcessError(f"the process was not ready within {budget.total:.3g} s ({ready}): {problem}{said}")

"""What starting a process costs, measured against os.posix_spawn in the same run, from a small parent and a large one.

``python -m benchmarks.processes`` prints the ratios, each of all the time that either took, and exits with 1 when one
is above its limit. The order is randomised: what one process leaves to the machine, the next one pays for.
``--save FILE`` writes the results.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from benchmarks.results import Bar, Chart, destination, save
from tierdeps.lifecycle import Context
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tierdeps.lifecycle import Lifecycle

#: How often all is started again, and how many processes each has started until then.
ROUNDS, PROCESSES = 10, 60
#: What it costs to wait for an end on a loop: asyncio, which neither guards nor listens, takes from 1.3 to 1.5.
LIKE_ASYNCIO = 1.5
#: What a large parent has in its memory, in bytes.
LARGE = 1 << 30
STAYS = Process((shutil.which("sleep") or "/bin/sleep", "1000"), settle=0)
SETTLES = Process(STAYS.command)
ENDS = Process((shutil.which("true") or "/bin/true",), ready="exit")
ENVIRONMENT = dict(os.environ)


class Host:
    """A run that is only asked for the time."""

    clock = staticmethod(time.monotonic)

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        """Nobody is looked up."""

    def failed(self, driver: str, error: BaseException) -> None:
        """End the benchmark."""
        raise AssertionError(driver) from error

    def lost(self, driver: str, reason: str) -> None:
        """Nobody is waited for."""

    def degraded(self, context: Context, reason: str) -> None:
        """No reporter is informed."""

    def extend(self, context: Context, seconds: float) -> None:
        """No reporter is informed."""

    def restarts(self, driver: str, reason: str | None) -> None:
        """No reporter is informed."""

    def publish(self, driver: str, key: str, value: object) -> None:
        """Nothing is published."""

    def published(self, driver: str, phase: str, name: str) -> dict[str, Any]:  # noqa: ARG002  as the protocol has it
        """There is nothing."""
        return {}

    def provided(self, driver: str) -> dict[str, Any]:  # noqa: ARG002  as the protocol has it
        """There is nothing."""
        return {}

    def facts(self, driver: str) -> dict[str, bool]:  # noqa: ARG002  as the protocol has it
        """There are none."""
        return {}

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Nobody is charged."""


class Side(Protocol):
    """Begins processes, and takes them away in the end."""

    async def begin(self, number: int) -> None:
        """Start so many processes; wait for those that are to end."""
        ...

    async def end(self) -> None:
        """Remove what was started."""
        ...


class Bare:
    """posix_spawn alone, with a new session as well: on a busy machine either side has to wait for one."""

    def __init__(self, process: Process, instance: str) -> None:
        del instance
        self._command, self._ends = process.command, process.ready == "exit"
        self._started: list[int] = []

    async def begin(self, number: int) -> None:
        """Start them one by one."""
        for _ in range(number):
            self._one()

    def _one(self) -> None:
        self._started.append(os.posix_spawn(self._command[0], self._command, ENVIRONMENT, setsid=True))
        if self._ends:
            self._reap()

    def _reap(self) -> None:
        os.waitpid(self._started.pop(), 0)

    async def end(self) -> None:
        """Remove what was started."""
        while self._started:
            os.kill(self._started[-1], signal.SIGKILL)
            self._reap()


class Asyncio:
    """What Python has for it, with a pidfd in place of a thread for each; only for processes that end."""

    def __init__(self, process: Process, instance: str) -> None:
        del instance
        self._command = process.command
        if sys.version_info < (3, 12):  # later ones do so by themselves
            watcher = asyncio.PidfdChildWatcher()
            watcher.attach_loop(asyncio.get_running_loop())
            asyncio.set_child_watcher(watcher)

    async def begin(self, number: int) -> None:
        """Start them, and wait for them."""
        for _ in range(number):
            process = await asyncio.create_subprocess_exec(*self._command, env=ENVIRONMENT, start_new_session=True)
            await process.wait()

    async def end(self) -> None:
        """Nothing is left."""


class Ours:
    """The lifecycle: a process that is guarded, watched, and listened to."""

    def __init__(self, process: Process, instance: str) -> None:
        self._process, self._run = process, ProcessRun(instance)
        host, latest = Host(), time.monotonic() + 600
        self._started = 0
        self._all = [
            (
                ProcessLifecycle(process, self._run),
                Context(f"d{number}", "start", settings={}, timeout=600, deadline=latest, host=host),
            )
            for number in range(PROCESSES + 1)
        ]

    async def begin(self, number: int) -> None:
        """Start them together, with a turn of the loop at least."""
        first, self._started = self._started, self._started + number
        if number > 1:
            await asyncio.gather(*(one.start(context) for one, context in self._all[first : self._started]))
        else:
            one, context = self._all[first]
            await one.start(context)
            if not self._process.settle_time and self._process.ready is None:
                await asyncio.sleep(0)

    async def end(self) -> None:
        """Remove what was started."""
        await asyncio.gather(*(one.stop(context) for one, context in self._all[: self._started]))
        self._run.close()


class Measure(NamedTuple):
    """A ratio: of processes of this kind, so many at a time; the time that they have to stay up is not counted."""

    title: str
    limit: float
    process: Process
    at_once: int
    side: Callable[[Process, str], Side] = Ours
    instance: str = ""

    def ratio(self) -> float:
        """Return how much longer it takes than posix_spawn does."""
        lot = random.Random(1)  # noqa: S311
        taken = [0.0, 0.0]
        for _ in range(ROUNDS):
            for side, seconds in enumerate(asyncio.run(self._round(lot))):
                taken[side] += seconds
        return taken[1] / taken[0]

    async def _round(self, lot: random.Random) -> Sequence[float]:
        sides = [Bare(self.process, self.instance), self.side(self.process, self.instance)]
        await sides[1].begin(1)  # with the first one comes the guard, once for a run
        await asyncio.sleep(0.3)
        turns = [0, 1] * (PROCESSES // self.at_once)
        lot.shuffle(turns)
        taken = [0.0, 0.0]
        for turn in turns:
            began = time.perf_counter()
            await sides[turn].begin(self.at_once)
            taken[turn] += time.perf_counter() - began - turn * self.process.settle_time
        for side in sides:
            await side.end()
        return taken


MEASURES = (
    Measure("one after another", 1.35, STAYS, 1),
    Measure("twenty at once, as a stage starts them", 1.35, STAYS, 20),
    Measure("twenty at once, which settle together", 1.35, SETTLES, 20),
    Measure("twenty at once, with records on disk", 1.35, STAYS, 20, instance="benchmark"),
    Measure("one after another, each to its end", LIKE_ASYNCIO, ENDS, 1),
    Measure("the same, of asyncio with its PidfdChildWatcher", LIKE_ASYNCIO, ENDS, 1, side=Asyncio),
    Measure("one after another, in a folder of its own", 2.0, Process(STAYS.command, cwd="/", settle=0), 1),
)


def measures() -> list[float]:
    """Measure all of this process."""
    return [measure.ratio() for measure in MEASURES]


def from_a_large_parent() -> list[float]:
    """Measure all of a process with much in its memory."""
    command = [sys.executable, "-m", "benchmarks.processes", "large"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def fill_memory() -> None:
    """Fill the memory, and measure."""
    ballast = bytearray(LARGE)
    ballast[:: os.sysconf("SC_PAGE_SIZE")] = b"x" * (LARGE // os.sysconf("SC_PAGE_SIZE"))
    print(*measures())


def main(path: Path | None) -> int:
    """Print all ratios."""
    exceeded = False
    small: list[Bar] = []
    large: list[Bar] = []
    print(f"{'a process, of os.posix_spawn':50} {'small parent':>14} {'of 1 GiB':>10} {'at most':>9}")
    for measure, *values in zip(MEASURES, measures(), from_a_large_parent(), strict=True):
        over = max(values) > measure.limit
        exceeded |= over
        for bars, value in zip((small, large), values, strict=True):
            bars.append(Bar(measure.title, value, measure.limit))
        print(f"{measure.title:50} {values[0]:14.2f} {values[1]:10.2f} {measure.limit:9g} {'EXCEEDED' * over}")
    title = "The time to start a process, as a multiple of os.posix_spawn, from a parent"
    charts = ((f"{title} with little memory", small), (f"{title} of 1 GiB", large))
    save(path, "processes", [Chart(name, "times", tuple(bars)) for name, bars in charts])
    return int(exceeded)


if __name__ == "__main__":
    if sys.argv[1:] == ["large"]:
        fill_memory()
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        sys.exit(main(destination(sys.argv)))

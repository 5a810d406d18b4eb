"""What starting a process costs, measured against os.posix_spawn in the same run, from a small parent and a large one.

``python -m benchmarks.processes`` prints the ratios and exits with 1 when one is above its limit.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import TYPE_CHECKING

from tierdeps.lifecycle import Context
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from tierdeps.lifecycle import Lifecycle

ROUNDS = 5
PROCESSES = 100
#: What a large parent has in its memory, in bytes.
LARGE = 1 << 30
PROGRAM = shutil.which("sleep") or "/bin/sleep"
COMMAND = (PROGRAM, "1000")


class Host:
    """A run that is only asked for the time."""

    clock = staticmethod(time.monotonic)

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        """Nobody is looked up."""

    def lost(self, driver: str, reason: str) -> None:
        """Nobody is waited for."""

    def restarts(self, driver: str, reason: str | None) -> None:
        """Nobody is told."""


class Bare:
    """posix_spawn alone, of a session too: on a busy machine a new session waits for its turn, whoever begins it."""

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        self._begun: list[int] = []

    def start(self) -> float:
        """Return the seconds that one takes."""
        began = time.perf_counter()
        self._begun.append(os.posix_spawn(PROGRAM, COMMAND, self._environment, setsid=True))
        return time.perf_counter() - began

    def end(self) -> None:
        """Take away what was begun."""
        for pid in self._begun:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._begun.clear()


class Ours:
    """The life cycle: a process that is guarded, watched, and listened to."""

    def __init__(self, instance: str, cwd: str | None) -> None:
        self._run = ProcessRun(instance)
        self._process = Process(COMMAND, cwd=cwd)
        self._begun: list[tuple[ProcessLifecycle, Context]] = []

    async def start(self) -> float:
        """Return the seconds that one takes, with a turn of the loop."""
        name = f"d{len(self._begun)}"
        context = Context(name, "start", settings={}, timeout=600, deadline=time.monotonic() + 600, host=Host())
        lifecycle = ProcessLifecycle(self._process, self._run)
        self._begun.append((lifecycle, context))
        began = time.perf_counter()
        await lifecycle.start(context)
        await asyncio.sleep(0)
        return time.perf_counter() - began

    async def end(self) -> None:
        """Take away what was begun."""
        await asyncio.gather(*(lifecycle.stop(context) for lifecycle, context in self._begun))
        self._run.close()


async def alternate(instance: str, cwd: str | None) -> tuple[list[float], list[float]]:
    """Start one of theirs, one of ours, and so on: what the machine does else hits both."""
    bare, ours = Bare(), Ours(instance, cwd)
    await ours.start()  # with the first one comes the guard, once for a run
    await asyncio.sleep(0.3)
    gc.collect()
    pairs = [(bare.start(), await ours.start()) for _ in range(PROCESSES)]
    bare.end()
    await ours.end()
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def ratio(instance: str = "", cwd: str | None = None) -> float:
    """Compare the medians."""
    theirs: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS):
        of_theirs, of_ours = asyncio.run(alternate(instance, cwd))
        theirs += of_theirs
        ours += of_ours
    return median(ours) / median(theirs)


def from_a_large_parent() -> float:
    """Measure it from a process with much in its memory."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.processes", "large"], capture_output=True, check=True)
    return float(done.stdout)


def large() -> float:
    """Fill the memory, and measure."""
    ballast = bytearray(LARGE)
    ballast[:: os.sysconf("SC_PAGE_SIZE")] = b"x" * (LARGE // os.sysconf("SC_PAGE_SIZE"))
    return ratio()


MEASURES = (
    ("a process, of os.posix_spawn", ratio, 1.35),
    ("the same from a parent of 1 GiB", from_a_large_parent, 1.35),
    ("with a record on disk, as the command line keeps it", lambda: ratio(instance="benchmark"), 1.35),
    ("with a folder of its own", lambda: ratio(cwd="/"), 2.0),
)


def main() -> int:
    """Print all ratios."""
    exceeded = False
    for name, measure, limit in MEASURES:
        value = measure()
        exceeded |= value > limit
        print(f"{name:52} {value:6.2f}   at most {limit:g}{'' if value <= limit else '   EXCEEDED'}", flush=True)
    return int(exceeded)


if __name__ == "__main__":
    if sys.argv[1:] == ["large"]:
        print(large())
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        sys.exit(main())

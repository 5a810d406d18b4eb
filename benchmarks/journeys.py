"""How far a reader of the code has to travel: five journeys through the program, followed call by call.

``python -m benchmarks.journeys`` follows each journey with ``sys.setprofile``, in a process of its own, and prints,
beside the figures before the redesign of November 2026:

- files: the files of tierdeps that it touched;
- functions: the functions of these that were called, each of which a reader has to read;
- moves: from which function to which function of another file calls went, each pair once, however often: a reader
  follows a call once, and not again for each driver, line or process;
- calls: the same with repetition.

The code of modules, which runs when they are imported, and what only it calls, does not count; a generator or coroutine
that goes on is no new call. It is a measure of the structure, not of the speed, and all but the calls are nearly the
same on every machine.
"""

from __future__ import annotations

import asyncio
import dis
import os
import subprocess
import sys
import tempfile
import threading
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

PACKAGE = f"{Path(__file__).resolve().parents[1] / 'tierdeps'}{os.sep}"
PLUGIN = """
from tierdeps import Driver, hookimpl, requires

@hookimpl
def tierdeps_drivers():
    return (Driver("storage", dependencies=(requires("secret"),)), Driver("secret"))
"""
CYCLE = '[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n'
PROCESSES = '[drivers.a]\ncommand = ["sleep", "60"]\n[drivers.b]\ncommand = ["sleep", "60"]\nrequires = ["a"]\n'


#: How often each journey is made: threads and timers differ a little from one to the next, so the median counts.
ROUNDS = 3


class Travelled(NamedTuple):
    """What a journey touched."""

    files: int
    functions: int
    moves: int
    calls: int


class Travels:
    """Follows calls from one file of the package to another, in all threads."""

    def __init__(self) -> None:
        self.functions: set[CodeType] = set()
        self.moves: set[tuple[CodeType | None, CodeType]] = set()
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Count a call, and a move if it leaves its file; imports of modules and resumed functions do not count."""
        code = frame.f_code
        if event != "call" or not _is_ours(frame) or frame.f_lasti > _first_offset(code):
            return
        callers = list(_callers(frame))
        if any(one.co_name == "<module>" for one in (code, *callers)):
            return
        caller = callers[0] if callers else None
        self.functions.add(code)
        if caller is None or caller.co_filename != code.co_filename:
            self.moves.add((caller, code))
            self.calls += 1

    def result(self) -> Travelled:
        """Return the sums so far."""
        files = {code.co_filename for code in self.functions}
        return Travelled(len(files), len(self.functions), len(self.moves), self.calls)


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(PACKAGE)


def _callers(frame: FrameType) -> Iterator[CodeType]:
    """Yield the code of the package that a call came from, the nearest first."""
    above = frame.f_back
    while above is not None:
        if _is_ours(above):
            yield above.f_code
        above = above.f_back


@cache
def _first_offset(code: CodeType) -> int:
    """Return where a function starts; a generator or coroutine that is resumed is beyond it."""
    return next((item.offset for item in dis.get_instructions(code) if item.opname == "RESUME"), 0)


def command(*words: str) -> None:
    """Run a command of tierdeps in this process."""
    from tierdeps.cli import main

    try:
        main(words, standalone_mode=False)
    except SystemExit as end:
        if end.code not in (0, 1):
            raise


def declaration_to_order() -> Callable[[], None]:
    """From a plugin's declaration to the printed load order."""
    return partial(command, "order")


def file_to_sarif() -> Callable[[], None]:
    """From a graph file to a TD101 in SARIF."""
    Path("cycle.toml").write_text(CYCLE)
    return partial(command, "check", "cycle.toml", "--format", "sarif")


def start_of_two_processes() -> Callable[[], None]:
    """From the command line to two processes, and to their end."""
    Path("two.toml").write_text(PROCESSES)
    return partial(command, "start", "two.toml", "--once")


def executor_alone() -> Callable[[], None]:
    """Two drivers through the executor: up and down."""
    from tierdeps import DependencyGraph, Driver, Executor, Lifecycle, requires

    class Quiet(Lifecycle):
        async def start(self, context: object) -> None:  # noqa: ARG002
            await asyncio.sleep(0)

    drivers = (Driver("a", lifecycle=Quiet), Driver("b", dependencies=(requires("a"),), lifecycle=Quiet))
    plan = DependencyGraph(drivers).collapse()

    async def run() -> None:
        executor = Executor(plan)
        await executor.start()
        await executor.stop()

    return lambda: asyncio.run(run())


def status() -> Callable[[], None]:
    """From the command line to what the journal says of the last run."""
    Path("two.toml").write_text(PROCESSES)
    start = [sys.executable, "-m", "tierdeps", "start", "two.toml", "--once"]
    subprocess.run(start, check=True, capture_output=True)
    return partial(command, "status", "two.toml")


#: The journeys, each with what it was before the redesign, on the same measure. Each function prepares its journey.
JOURNEYS: dict[str, tuple[Callable[[], Callable[[], None]], Travelled]] = {
    "a declaration to the load order": (declaration_to_order, Travelled(63, 359, 181, 357)),
    "a graph file to SARIF": (file_to_sarif, Travelled(91, 489, 234, 502)),
    "start --once of two processes": (start_of_two_processes, Travelled(154, 987, 579, 1251)),
    "the executor alone, two drivers": (executor_alone, Travelled(28, 170, 104, 184)),
    "status": (status, Travelled(25, 141, 68, 78)),
}


def travel(name: str, result: Path) -> None:
    """Make a journey in this process; write its sums to a file."""
    journey, travels = JOURNEYS[name][0](), Travels()
    threading.setprofile(travels)
    sys.setprofile(travels)
    try:
        journey()
    finally:
        sys.setprofile(None)
        result.write_text(" ".join(map(str, travels.result())))


def measured(name: str) -> Travelled:
    """Make a journey in a new process, in a folder of its own with one plugin in it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "journey_plugin.py").write_text(PLUGIN)
        info = Path(folder, "journey_plugin-1.dist-info")
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: journey-plugin\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[tierdeps]\njourney = journey_plugin\n")
        paths = os.pathsep.join((folder, str(Path(PACKAGE).parent)))
        environment = {**os.environ, "PYTHONPATH": paths, "XDG_STATE_HOME": folder, "TIERDEPS_ONLY": "journey"}
        environment.pop("XDG_RUNTIME_DIR", None)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.journeys", name, f"{folder}/result"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=folder,
        )
        result = Path(folder, "result")
        if not result.exists():
            raise SystemExit(f"{name}: the journey failed:\n{done.stderr}")
        return Travelled(*map(int, result.read_text().split()))


def table() -> Iterator[str]:
    """Yield the lines of the comparison."""
    yield f"{'':34}" + "".join(f"{name:>10}{'before':>8}" for name in Travelled._fields)
    for name, (_, before) in JOURNEYS.items():
        now = sorted(measured(name) for _ in range(ROUNDS))[ROUNDS // 2]
        yield f"{name:34}" + "".join(f"{one:10}{other:8}" for one, other in zip(now, before, strict=True))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        travel(sys.argv[1], Path(sys.argv[2]))
    else:
        for line in table():
            sys.stdout.write(f"{line}\n")

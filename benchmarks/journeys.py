"""How far a reader of the code has to travel: files and moves between files on five journeys through the program.

``python -m benchmarks.journeys`` follows each journey with ``sys.setprofile``, in a process of its own, and prints how
many files of tierdeps it touched and how many calls went from one of them to another, beside the figures before the
redesign of November 2026. The code of modules, which runs when they are imported, does not count. It is a measure of
the structure, not of the speed, and the same on every machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

PACKAGE = f"{Path(__file__).resolve().parents[1] / 'tierdeps'}{os.sep}"
PLUGIN = """
from tierdeps import Driver, hookimpl, requires

@hookimpl
def tierdeps_drivers():
    return (Driver("storage", dependencies=(requires("secret"),)), Driver("secret"))
"""
CYCLE = '[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n'
PROCESSES = '[drivers.a]\ncommand = ["sleep", "60"]\n[drivers.b]\ncommand = ["sleep", "60"]\nrequires = ["a"]\n'


#: How often each journey is made: how often a running process is looked at differs a little, so the median counts.
ROUNDS = 3


class Travelled(NamedTuple):
    """What a journey touched."""

    files: int
    moves: int


class Travels:
    """Counts calls from one file of the package to another, in all threads."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.moves = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Count a call, unless it is the body of a module or goes on in the file that it came from."""
        file = frame.f_code.co_filename
        if event != "call" or not file.startswith(PACKAGE) or frame.f_code.co_name == "<module>":
            return
        self.files.add(file)
        self.moves += file != _caller(frame)


def _caller(frame: FrameType) -> str:
    """Return the nearest file of the package that a call came from, if any."""
    above = frame.f_back
    while above is not None:
        if above.f_code.co_filename.startswith(PACKAGE):
            return above.f_code.co_filename
        above = above.f_back
    return ""


def command(*words: str) -> None:
    """Run a command of tierdeps in this process."""
    from tierdeps.cli import main

    try:
        main(words, standalone_mode=False)
    except SystemExit as end:
        if end.code not in (0, 1):
            raise


def declaration_to_order() -> None:
    """From a plugin's declaration to the printed load order."""
    command("order")


def file_to_sarif() -> None:
    """From a graph file to a TD101 in SARIF."""
    Path("cycle.toml").write_text(CYCLE)
    command("check", "cycle.toml", "--format", "sarif")


def start_of_two_processes() -> None:
    """From the command line to two processes, and to their end."""
    Path("two.toml").write_text(PROCESSES)
    command("start", "two.toml", "--once")


def executor_alone() -> None:
    """Two drivers through the executor: up and down."""
    import asyncio

    from tierdeps import DependencyGraph, Driver, Executor, Lifecycle, requires

    class Quiet(Lifecycle):
        async def start(self, context: object) -> None:  # noqa: ARG002
            await asyncio.sleep(0)

    async def run() -> None:
        drivers = (Driver("a", lifecycle=Quiet), Driver("b", dependencies=(requires("a"),), lifecycle=Quiet))
        executor = Executor(DependencyGraph(drivers).collapse())
        sys.setprofile(TRAVELS)
        await executor.start()
        await executor.stop()

    sys.setprofile(None)  # the graph is not of interest here
    asyncio.run(run())


def status() -> None:
    """From the command line to what the journal says of the last run."""
    sys.setprofile(None)
    Path("two.toml").write_text(PROCESSES)
    command("start", "two.toml", "--once")
    sys.setprofile(TRAVELS)
    command("status", "two.toml")


#: The journeys, each with what it was before the redesign, on the same measure.
JOURNEYS: dict[str, tuple[Callable[[], None], Travelled]] = {
    "a declaration to the load order": (declaration_to_order, Travelled(81, 458)),
    "a graph file to SARIF": (file_to_sarif, Travelled(115, 1132)),
    "start --once of two processes": (start_of_two_processes, Travelled(192, 1414)),
    "the executor alone, two drivers": (executor_alone, Travelled(45, 214)),
    "status": (status, Travelled(35, 220)),
}
TRAVELS = Travels()


def travel(name: str, result: Path) -> None:
    """Make a journey in this process; write its files and moves to a file."""
    journey = JOURNEYS[name][0]
    threading.setprofile(TRAVELS)
    sys.setprofile(TRAVELS)
    try:
        journey()
    finally:
        sys.setprofile(None)
        result.write_text(f"{len(TRAVELS.files)} {TRAVELS.moves}")


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
        files, moves = result.read_text().split()
    return Travelled(int(files), int(moves))


def table() -> Iterator[str]:
    """Yield the lines of the comparison."""
    yield f"{'':34}{'files':>7}{'before':>8}{'moves':>8}{'before':>8}{'ratio':>7}"
    for name, (_, before) in JOURNEYS.items():
        now = sorted(measured(name) for _ in range(ROUNDS))[ROUNDS // 2]
        ratio = now.moves / before.moves
        yield f"{name:34}{now.files:7}{before.files:8}{now.moves:8}{before.moves:8}{ratio:7.2f}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        travel(sys.argv[1], Path(sys.argv[2]))
    else:
        for line in table():
            sys.stdout.write(f"{line}\n")

"""The commands that ``benchmarks.soak`` gives to the instance, some of which it kills."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

#: The words of each command, for the name of a driver.
COMMANDS: Mapping[str, Callable[[str], Sequence[str]]] = {
    "restart": lambda name: ("restart", name),
    "restart all": lambda name: ("restart", "--with-dependents", name),
    "stop": lambda name: ("stop", "--driver", name),
    "start": lambda name: ("start", "--driver", name, "soak.json"),
    "start again": lambda name: ("start", "--driver", name, "--with-dependents", "soak.json"),
    "reload": lambda _: ("reload", "soak.json"),
    "reload one": lambda name: ("reload", "--driver", name),
    "status": lambda _: ("status", "--all", "--format", "json"),
    "status --watch": lambda _: ("status", "--watch"),
    "logs": lambda name: ("logs", "-n", "20", name),
    "logs -f": lambda _: ("logs", "-f", "-n", "0"),
}
#: Those that end with the run, and after how many seconds they are killed.
ENDLESS, ENDLESS_S = ("status --watch", "logs -f"), 15
#: How many run at a time, and how long one may take, in seconds.
MAX_COMMANDS, TIMEOUT_S = 3, 180
#: All is well, or some driver is not.
EXPECTED_CODES = (0, 4)


class Command(NamedTuple):
    """A command that runs."""

    name: str
    process: subprocess.Popen[bytes]
    output: Path
    started: float

    def is_over(self) -> bool:
        """Return whether it has ended, or takes too long."""
        limit = ENDLESS_S if self.name in ENDLESS else TIMEOUT_S
        return self.process.poll() is not None or time.monotonic() - self.started > limit


class Commands:
    """Gives commands in a folder, and counts how they ended."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.ended: Counter[str] = Counter()
        self.problems: list[str] = []
        self._folder = folder
        self._environment = environment
        self._started = 0
        self._running: list[Command] = []
        self._killed: set[int] = set()

    def spawn(self, log: str, module: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a module; what it prints is in a file."""
        with (self._folder / f"{log}.out").open("wb") as output:
            return subprocess.Popen(
                (sys.executable, "-m", module, *words),
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def is_busy(self) -> bool:
        """Whether as many run as may run at a time."""
        return len(self._running) >= MAX_COMMANDS

    def give(self, name: str, driver: str) -> None:
        """Give a command."""
        self._started += 1
        log = f"command-{self._started}"
        process = self.spawn(log, "tierdeps", *COMMANDS[name](driver))
        self._running.append(Command(name, process, self._folder / f"{log}.out", time.monotonic()))

    def kill_one(self, lot: random.Random) -> None:
        """Kill one of those that run."""
        if self._running:
            self._kill(lot.choice(self._running))

    def _kill(self, command: Command) -> None:
        self._killed.add(command.process.pid)
        command.process.kill()

    def collect(self) -> None:
        """Check those that have ended, and end those that take too long."""
        over = [command for command in self._running if command.is_over()]
        self._running = [command for command in self._running if command not in over]
        for command in over:
            if command.process.returncode is None:
                if command.name not in ENDLESS:
                    self.problems.append(f"{command.name}: still ran after {TIMEOUT_S} s")
                self._kill(command)
            self._check(command, command.process.wait())
            command.output.unlink()

    def _check(self, command: Command, code: int) -> None:
        text = command.output.read_text(errors="replace")
        expected = code in EXPECTED_CODES or command.process.pid in self._killed
        if not expected or "Traceback" in text:
            self.problems.append(f"{command.name}: exit code {code}: {text[-500:]}")
        self.ended[f"exit code {code}"] += 1
        self._killed.discard(command.process.pid)

    def finish(self) -> None:
        """Wait for those that run, and check them."""
        for command in self._running:
            with suppress(subprocess.TimeoutExpired):
                command.process.wait(TIMEOUT_S)
        self.collect()

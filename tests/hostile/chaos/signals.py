"""Signals at random moments of a run: it ends with the exit code that is documented, quietly, and leaves nothing."""

from __future__ import annotations

import json
import signal
import sys
from random import Random
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tests.cli.run.test_interrupts import hears
from tests.hostile.chaos.commands import TIMEOUT_S
from tests.hostile.chaos.graph import WORKER
from tests.hostile.chaos.processes import recorded
from tests.hostile.chaos.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.chaos.commands import Command

#: So many processes, each of which but the first needs one before it.
PROCESSES = 12
STOPPING = (signal.SIGINT, signal.SIGTERM)
#: SIGQUIT is not handled: it ends a run as SIGKILL would, and the guard stops what is left.
NUMBERS = (*STOPPING, *STOPPING, signal.SIGHUP, signal.SIGQUIT)
#: How long a moment may be, in seconds.
MOMENT = 1.0
LOOK = 0.02


class Storm:
    """One run, and what it is sent."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._random = Random(seed)  # noqa: S311  no secret
        self._stage = Stage(self._random, folder, 0)
        self._write(PROCESSES)
        self._sent = 0
        self.faults: list[str] = []

    def _write(self, processes: int) -> None:
        folder = self._stage.folder
        drivers = {
            f"d{number}": {
                "command": [sys.executable, "-I", "-S", WORKER, str(folder), f"d{number}", "child"],
                "ready": "log:^up",
                "requires": [f"d{number // 2}"] if number > 1 else [],
            }
            for number in range(1, processes + 1)
        }
        (folder / "graph.json").write_text(json.dumps({"drivers": drivers}))

    def play(self) -> list[str]:
        """Play it; return the faults."""
        try:
            self._play()
        finally:
            self._stage.close()
        return self.faults

    def _play(self) -> None:
        stage, random = self._stage, self._random
        command = stage.command("start", "graph.json", kinds="file file")
        at = random.choice(["start", "steady", "reload", "stop"])
        stage.history.append(at)
        # Before that it is Python's own to hear them, which has a traceback for SIGINT.
        self._until(command, lambda: hears(command.pid))
        ready = at != "start" and self._until(command, lambda: "all drivers are ready" in command.said)
        if at == "reload":
            self._write(2 * PROCESSES)
            stage.command("reload", "graph.json", kinds="file file")
        if at == "stop":
            command.send(signal.SIGTERM)
        self._sent = random.randint(1, 3) + (at == "stop")
        for _ in range(self._sent - (at == "stop")):
            sleep(random.uniform(0, MOMENT))
            ready = ready or "all drivers are ready" in command.said
            number = random.choice(NUMBERS)
            stage.history.append(f"{number.name} {'ready' if ready else 'not ready'}")
            command.send(number)
        if not command.signalled & {*STOPPING, signal.SIGQUIT}:
            command.send(signal.SIGTERM)
        # A stop that cuts a reload short comes before all of the new graph was ready.
        self._judge(command, ready=ready and at != "reload")

    @staticmethod
    def _until(command: Command, holds: Callable[[], bool]) -> bool:
        """Wait until something holds of a command, or it has ended; return whether it holds."""
        until = monotonic() + TIMEOUT_S
        while not holds() and command.runs and monotonic() < until:
            sleep(LOOK)
        return holds()

    def _judge(self, command: Command, *, ready: bool) -> None:
        stage = self._stage
        for one in stage.commands:
            if not one.ends():
                self.faults.append(f"{' '.join(one.words)} hangs")
                return
        quit_ = signal.SIGQUIT in command.signalled
        stopped = {0} if ready else {0, 130}
        # Before its handlers stand, and after they went, when several are sent, one ends the interpreter itself.
        allowed = {0, 4, 130, -signal.SIGQUIT} if quit_ else stopped
        if ready and self._sent == 1 and not quit_:
            command.signalled.clear()
        self.faults += command.faults(frozenset(allowed))
        for other in stage.commands[1:]:
            self.faults += other.faults(frozenset({0, 4}))
        until = monotonic() + (TIMEOUT_S if quit_ else 0)
        while (left := stage.processes) and monotonic() < until:
            sleep(LOOK)
        self.faults += [f"left running: {one}" for one in left]
        if ready and not list(recorded(stage.folder)):
            self.faults.append("nothing was ever started")


def storm(seed: int, folder: Path) -> list[str]:
    """Send one run signals, in an empty folder; return the faults, each with what was done."""
    played = Storm(seed, folder)
    faults = played.play()
    return [f"{fault}\n  after: {'; '.join(played._stage.history)}" for fault in faults]

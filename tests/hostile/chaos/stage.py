"""The environment of a round: its own folder, state and tag, its graph, and the commands that were run."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from tests.hostile.chaos.commands import Command, readers
from tests.hostile.chaos.graph import Graph
from tests.hostile.chaos.processes import guards, marked, parent, recorded, send, starts

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.hostile.chaos.processes import Recorded

MARK = "TIERDEPS_CHAOS"


class Stage:
    """The environment of one round; ``close`` ends all that is left of it."""

    def __init__(self, random: Random, folder: Path, processes: int) -> None:
        self.random = random
        self.folder = folder
        self.mark = f"{MARK}={os.urandom(8).hex()}"
        #: What was done, in a line each.
        self.history: list[str] = []
        self.commands: list[Command] = []
        self._numbers = count(1)
        self._lock: sqlite3.Connection | None = None
        (folder / "records").mkdir(parents=True)
        self.graph = Graph(random, folder, processes)
        self.graph.write()
        name, _, value = self.mark.partition("=")
        kept = {key: text for key, text in os.environ.items() if not key.startswith(("TIERDEPS_", "XDG_"))}
        self._env = kept | {name: value, "XDG_STATE_HOME": str(folder / "state")}

    def command(self, *words: str, kinds: str = "") -> Command:
        """Run a command, with random readers."""
        kinds = kinds or readers(self.random, block=words[0] == "start")
        self.history.append(f"{' '.join(words)} [{kinds}]")
        made = Command(self.folder, next(self._numbers), words, self._env, kinds)
        self.commands.append(made)
        return made

    @property
    def processes(self) -> list[Recorded]:
        """All processes of drivers that run."""
        return [one for one in recorded(self.folder) if one.alive]

    @property
    def instances(self) -> list[int]:
        """The processes of ``tierdeps start``, in the background too."""
        return starts(self.mark)

    def signal(self, number: int) -> None:
        """Send a signal to each start that runs."""
        found = self.instances
        for command in self.commands:
            if command.words[0] == "start":
                command.signalled.add(number)
        for pid in found:
            send(pid, number)

    def guards(self) -> list[int]:
        """Return the guards of the starts that run."""
        found = set(self.instances)
        return [pid for pid in guards() if parent(pid) in found]

    def lock_journal(self) -> None:
        """Hold the lock of the journal, like another process with a long write."""
        path = self.folder / "state" / "tierdeps" / "journal.sqlite"
        if self._lock is None and path.exists():
            self._lock = sqlite3.connect(path, isolation_level=None, timeout=0)
            with suppress(sqlite3.OperationalError):
                self._lock.execute(f"BEGIN {self.random.choice(['IMMEDIATE', 'EXCLUSIVE'])}")

    def unlock_journal(self) -> None:
        """Release the lock of the journal."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def close(self) -> None:
        """End all that is left."""
        self.unlock_journal()
        runs = {one.run for one in recorded(self.folder)}
        for command in self.commands:
            command.close()
        for _ in range(3):  # a killed process may have started another one just before
            for pid in (*marked(self.mark), *(pid for run in runs for pid in guards(run))):
                send(pid, 9)
            for one in self.processes:
                one.kill()

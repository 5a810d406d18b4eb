"""Graphs of processes that misbehave, by seed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

WORKER = str(Path(__file__).with_name("worker.py"))
#: The misbehaviours of processes, each with its share in percent.
SHARES = {"flood": 15, "deaf": 8, "child": 20, "leaver": 15, "daemon": 20, "mute": 20, "hydra": 8, "slow": 10}
#: The percentages of drivers that change, and that are added or removed, when a graph changes.
CHANGED, MOVED = 8, 8
#: The length of the longest chain of drivers: a stop is to have many steps, but not fifty.
DEPTH = 4


class Graph:
    """A graph of so many processes, which can be changed."""

    def __init__(self, random: Random, folder: Path, processes: int) -> None:
        self._random = random
        self._folder = folder
        self._drivers = {f"d{number}": self._driver(number, processes) for number in range(processes)}
        self._absent: set[str] = set()

    def write(self) -> None:
        """Write it where tierdeps reads it."""
        present = {name: dict(table) for name, table in self._drivers.items() if name not in self._absent}
        for table in present.values():
            for key in ("requires", "wants"):
                table[key] = [name for name in table[key] if name in present]
        part = self._folder / "graph.json.part"
        part.write_text(json.dumps({"drivers": present}))
        part.replace(self._folder / "graph.json")

    def change(self) -> None:
        """Change what some drivers run, remove some, and add those again that were removed before."""
        self._absent = {name for name in self._drivers if self._random.randrange(100) < MOVED}
        for number, name in enumerate(self._drivers):
            if self._random.randrange(100) < CHANGED:
                self._drivers[name] = self._driver(number, len(self._drivers))

    def _driver(self, number: int, processes: int) -> dict[str, Any]:
        random = self._random
        behaviours = [word for word, share in SHARES.items() if random.randrange(100) < share]
        once = random.randrange(100) < 6
        behaviours += ["once"] if once else self._failings()
        command = [sys.executable, "-I", "-S", WORKER, str(self._folder), f"d{number}", *behaviours]
        # The first ones need nobody, and the others some of those a row above.
        above = range(max(0, number - processes // DEPTH), number - number % max(1, processes // DEPTH))
        needed = [f"d{random.choice(above)}" for _ in range(random.randrange(3)) if above]
        wanted = [f"d{random.choice(above)}" for _ in range(random.randrange(2)) if above]
        table: dict[str, Any] = {
            "command": command,
            "requires": sorted(set(needed)),
            "wants": sorted(set(wanted) - set(needed)),
            "on_failure": random.choices(["isolate", "ignore", "abort"], [60, 35, 5])[0],
            "stop_timeout": 3,
        }
        if once:
            return table | {"ready": "exit"}
        if random.randrange(3):
            table["ready"] = "log:^up"
        else:
            table["settle"] = 0.1
        if random.randrange(3) == 0:
            table |= {"restart": "on-failure", "restart_limit": 2, "restart_backoff": 0.1}
        return table | {"retries": random.randrange(2), "backoff": 0.1}

    def _failings(self) -> list[str]:
        random = self._random
        found = []
        if random.randrange(100) < 10:
            found.append(f"{random.choice(['crash', 'die'])}={random.uniform(0.05, 3):.2f}")
        if random.randrange(100) < 6:
            found.append("fail=1")
        return found

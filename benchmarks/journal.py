"""``python -m benchmarks.journal``: status on a journal of a million records, against the least such a tool has to do.

The floor imports click, sqlite3 and pluggy. One journal has the records in fifty runs, the other one in a single run
that wrote them in a quarter of a million groups. Exits 1 where a ratio is above what it must not exceed.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tierdeps.journal import Journal, RunInfo
from tierdeps.journal.journal import KEPT
from tierdeps.model import Event, Mark, Plan, PlannedDriver, PlannedTier, State

RECORDS, LIMIT, ROUNDS = 1_000_000, 1.3, 31
FLOOR = [sys.executable, "-c", "import click, sqlite3, pluggy"]
STATUS = [sys.executable, "-m", "tierdeps", "status"]
#: What is told of a driver that comes up.
TOLD = ((State.STARTING, None), (State.STARTING, Mark.BEGUN), (State.STARTING, Mark.DONE), (State.READY, None))


def plan_of(count: int) -> Plan:
    """Make a plan of drivers that need nothing."""
    names = tuple(f"driver-{number:06}" for number in range(count))
    drivers = {name: PlannedDriver(name, "all", 1, ("start",), ((),)) for name in names}
    return Plan((PlannedTier("all", (names,)),), drivers)


async def record(journal: Journal, plan: Plan, ups: int, turn: int) -> int:
    """Write a run in which each driver comes up so many times, ``turn`` drivers at a time; return the records."""
    recorder = journal.begin(RunInfo("/stack.toml", "stack.toml", plan.digest, 2**30, "1@never"), plan)
    count = 0
    for number, name in enumerate([*plan.drivers] * ups):
        for state, mark in TOLD:
            recorder.event(Event(float(number), name, state, "start" if mark else None, mark))
            count += 1
        if number % turn == turn - 1:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    return count


def fill(state: Path, runs: int, drivers: int, turn: int) -> None:
    """Write runs that make a million records together."""
    plan, written = plan_of(drivers), 0
    ups = RECORDS // (runs * drivers * len(TOLD))
    with Journal.open(state / "tierdeps" / "journal.sqlite") as journal:
        for _ in range(runs):
            written += asyncio.run(record(journal, plan, ups, turn))
    assert written == RECORDS, written


def seconds(command: list[str], state: Path) -> float:
    """Return how long one process takes, from its start to its end; status of a killed run exits 4."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=state / "tierdeps", env=environment, capture_output=True, check=False)
    took = time.perf_counter() - began
    assert done.returncode in (0, 4), done.stderr
    return took


def ratio(state: Path) -> float:
    """Compare status with the floor, in turns."""
    pairs = [(seconds(STATUS, state), seconds(FLOOR, state)) for _ in range(ROUNDS)]
    return median(pair[0] for pair in pairs) / median(pair[1] for pair in pairs)


def main() -> int:
    """Print the ratios."""
    exceeded = False
    for name, runs, drivers, turn in (("in fifty runs", KEPT, 5000, 100), ("in one run", 1, 100, 1)):
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), runs, drivers, turn)
            value = ratio(Path(folder))
        exceeded |= value > LIMIT
        print(f"status, a million records {name:14} {value:6.2f} of the floor   at most {LIMIT:g}", flush=True)
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())

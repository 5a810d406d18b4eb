"""``python -m benchmarks.journal``: status on a journal of a million records, against the least such a tool has to do.

That is the cold floor of ``benchmarks.cli``; beside it stands what it takes to import click, sqlite3 and pluggy alone.
One journal has the records in fifty runs, the other one in a single run that wrote them in a quarter of a million
groups. Exits 1 where a ratio is above what it must not exceed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.cli import FLOORS
from benchmarks.turns import medians
from tierdeps.journal import Journal, RunInfo
from tierdeps.journal.journal import MAX_RUNS_KEPT
from tierdeps.model import Event, Plan, PlannedDriver, PlannedTier, State, StepEvent

RECORDS, LIMIT, ROUNDS = 1_000_000, 1.3, 21
COMMANDS = {
    "status": [sys.executable, "-m", "tierdeps", "status"],
    "floor": [sys.executable, "-c", FLOORS["without networkx"]],
    "bare": [sys.executable, "-c", "import click, sqlite3, pluggy"],
}
#: The events of a driver that comes up.
TOLD = (
    (State.STARTING, None),
    (State.STARTING, StepEvent.STARTED),
    (State.STARTING, StepEvent.DONE),
    (State.READY, None),
)


def plan_of(count: int) -> Plan:
    """Make a plan of drivers that need nothing."""
    names = tuple(f"driver-{number:06}" for number in range(count))
    drivers = {name: PlannedDriver(name, "all", 1, ("start",), ((),)) for name in names}
    return Plan((PlannedTier("all", (names,)),), drivers)


async def record(journal: Journal, plan: Plan, ups: int, turn: int) -> int:
    """Write a run in which each driver comes up so many times, ``turn`` drivers at a time; return the records."""
    recorder = journal.start_run(RunInfo("/stack.toml", "stack.toml", plan.digest, 2**30, "1@never"), plan)
    count = 0
    for number, name in enumerate([*plan.drivers] * ups):
        for state, mark in TOLD:
            recorder.event(Event(float(number), name, state, "start" if mark else None, mark))
            count += 1
        if number % turn == turn - 1:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert recorder.sync(60)
    recorder.finish()
    return count


def fill(state: Path, runs: int, drivers: int, turn: int) -> None:
    """Write runs that make a million records together."""
    plan, written = plan_of(drivers), 0
    ups = RECORDS // (runs * drivers * len(TOLD))
    with Journal.open(state / "tierdeps" / "journal.sqlite") as journal:
        for _ in range(runs):
            written += asyncio.run(record(journal, plan, ups, turn))
    assert written == RECORDS, written


def ratios(state: Path) -> tuple[float, float]:
    """Compare status with the two floors, in turns."""
    taken = medians(COMMANDS, ROUNDS, state / "tierdeps", {"XDG_STATE_HOME": str(state)})
    return taken["status"] / taken["floor"], taken["status"] / taken["bare"]


def main() -> int:
    """Print the ratios."""
    exceeded = False
    for name, runs, drivers, turn in (("in fifty runs", MAX_RUNS_KEPT, 5000, 100), ("in one run", 1, 100, 1)):
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), runs, drivers, turn)
            cold, bare = ratios(Path(folder))
        exceeded |= cold > LIMIT
        print(
            f"status, a million records {name:14} {cold:6.2f} of the cold floor   at most {LIMIT:g}"
            f"   ({bare:.2f} of the imports alone)",
            flush=True,
        )
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())

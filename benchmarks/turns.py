"""Whole processes, run in turns: whatever else the machine does, it does to all of them."""

from __future__ import annotations

import os
import sys
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: What a cold start finds as an installer leaves it: bytecode is read, and kept where it is missing.
_NOT_PASSED_ON = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


class Cost(NamedTuple):
    """What one process takes: seconds of a processor, and its peak of memory in bytes."""

    seconds: float
    peak: int
    code: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run one process in a folder; what it prints is thrown away."""
    passed_on = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        process = os.posix_spawn(command[0], tuple(command), passed_on | dict(environment or {}), file_actions=nowhere)
    finally:
        os.fchdir(before)
        os.close(before)
    _, status, usage = os.wait4(process, 0)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status))


def medians(
    commands: Mapping[str, Sequence[str]], rounds: int, folder: Path, environment: Mapping[str, str] | None = None
) -> dict[str, float]:
    """Return the seconds that each command takes, the median of so many rounds after one that does not count."""
    costs: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            cost = run(command, folder, environment)
            assert cost.code in (0, 1, 4), f"{name} exits {cost.code}"  # findings, or a run that was killed
            costs[name] += [cost.seconds] if number else []
    return {name: median(values) for name, values in costs.items()}


def names_and_count(count: int) -> tuple[list[str], int]:
    """Return the names on the command line, and the number after ``--count``, or else the given one."""
    names = sys.argv[1:]
    if "--count" in names:
        place = names.index("--count")
        count = int(names[place + 1])
        del names[place : place + 2]
    return names, count

"""The identity of a process: its id alone is not enough, because the system reuses ids for later processes.

The orphan guard imports this module, and a guard has to start fast: it imports next to nothing.
"""

from __future__ import annotations

import os
from functools import cache
from typing import NamedTuple

#: A line of /proc/PID/stat is shorter than this.
_MAX_STAT_BYTES = 4096


class ProcessStat(NamedTuple):
    """What the system says of a process; ``started`` is in clock ticks since boot. A zombie ``has_ended``."""

    pid: int
    name: str
    has_ended: bool
    parent: int
    session: int
    started: int


def read_stat(pid: int) -> ProcessStat | None:
    """Return what the system says of a process, None where there is none or the system does not say."""
    try:
        file = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)  # a file object costs twice as much
    except OSError:
        return None
    try:
        stat = os.read(file, _MAX_STAT_BYTES)
    except OSError:  # it ended after the file was opened
        return None
    finally:
        os.close(file)
    # The program's name is the second field, in brackets, and may itself hold brackets, blanks and newlines.
    head, _, tail = stat.rpartition(b")")
    fields = tail.split()
    name = head.partition(b"(")[2].decode(errors="replace")
    return ProcessStat(pid, name, fields[0] in (b"Z", b"X"), int(fields[1]), int(fields[3]), int(fields[19]))


@cache
def boot_id() -> str:
    """Return the identity of this boot, under which the ticks of ``started`` are comparable; empty where unknown."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123  pathlib is slow to import
            return file.read().strip()
    except OSError:
        return ""


def process_stamp(pid: int) -> str:
    """Return when a process started and under which boot: together with its number, that identifies it.

    Empty where there is no such process, or the system does not say.
    """
    stat, boot = read_stat(pid), boot_id()
    return f"{stat.started}@{boot}" if stat is not None and not stat.has_ended and boot else ""


def is_alive(pid: int, stamp: str) -> bool:
    """Return whether the process with that number and stamp still runs; without a stamp, whether any has the number."""
    if stamp:
        return process_stamp(pid) == stamp
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True

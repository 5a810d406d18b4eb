"""Processes, told from later ones that got the same number."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def process_stamp(pid: int) -> str:
    """Return when a process began, and under which boot: with its number, who it is.

    Empty where there is no such process, or the system does not tell.
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    # The name of the program comes second, in brackets, and may hold anything.
    fields = stat[stat.rindex(b")") + 2 :].split()
    gone = fields[0] in (b"Z", b"X")
    return "" if gone else f"{int(fields[19])}@{boot}"


def is_alive(pid: int, stamp: str) -> bool:
    """Tell whether the process of that number and stamp still runs; without a stamp, whether the number is taken."""
    if stamp:
        return process_stamp(pid) == stamp
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True

"""When a process that does not stop is killed. The orphan guard imports this module, so it imports nothing."""

from __future__ import annotations

#: The end of a stop's time that is reserved for killing, in seconds; at most half of that time.
KILL_RESERVE_S = 2.0


def kill_delay(seconds: float) -> float:
    """Return after how many seconds a process is killed that has ``seconds`` to stop."""
    return max(seconds - KILL_RESERVE_S, seconds / 2)

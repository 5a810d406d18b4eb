"""How the time of a stop is divided, by the run and by its guard alike; it imports nothing."""

from __future__ import annotations

#: What is kept back of the time of a stop, to kill what does not end, in seconds; of a short time it is half.
KILL_RESERVE_S = 2.0


def kill_delay(seconds: float) -> float:
    """Return after how long a process is killed that has so many seconds to stop."""
    return max(seconds - KILL_RESERVE_S, seconds / 2)

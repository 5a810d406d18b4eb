"""Numbers of seconds: which ones are accepted, how to wait longer than the system can, and pauses that double."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The longest time that any option, setting or key may name, in seconds: a year.
MAX_DURATION_S = 31_622_400
#: The longest single wait, in seconds: poll, epoll and sockets count milliseconds in 32 bits, which end after 24 days.
MAX_WAIT_S = 86_400
#: A pause is doubled at most so often: beyond that it would leave the range of a float.
MAX_DOUBLINGS = 64


def is_seconds(value: object, *, zero: bool = False) -> bool:
    """Return whether a value is a number of seconds above 0, with ``zero`` also 0, and at most MAX_DURATION_S."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (0 < value <= MAX_DURATION_S) or (zero and value == 0)


def range_text(*, zero: bool = False) -> str:
    """Return a phrase that says which numbers of seconds are accepted."""
    return f"a number of seconds, {'0 or more' if zero else 'more than 0'}, up to {MAX_DURATION_S} (a year)"


def waits(seconds: float, longest: float = MAX_WAIT_S, clock: Callable[[], float] = monotonic) -> Iterator[float]:
    """Yield, at least once, how long to wait next until so many seconds are over.

    No single wait is longer than ``longest``, so that it suits the system's timers.
    """
    until = clock() + seconds
    while True:
        left = max(until - clock(), 0.0)
        yield min(left, longest)
        if left <= longest:
            return


def doubled(first: float, times: int, longest: float) -> float:
    """Return the pause ``first`` after it was doubled so many times, at most ``longest``."""
    return min(first * 2.0 ** min(times, MAX_DOUBLINGS), longest)

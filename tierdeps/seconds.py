"""Numbers of seconds: which are accepted anywhere, how long one wait may be, and pauses that double."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from tierdeps.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The longest time that any option, setting or key may name, in seconds: a year.
LONGEST_S = 31_622_400
#: The longest single wait, in seconds: poll, epoll and sockets count milliseconds in 32 bits, which end after 24 days.
MAX_WAIT_S = 86_400
#: So many times at most a pause is doubled: further ones would leave the range of a float.
MAX_DOUBLINGS = 64


def is_seconds(value: object, *, zero: bool = False) -> bool:
    """Return whether a value is a number of seconds above 0, or from 0, up to the longest one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (0 < value <= LONGEST_S) or (zero and value == 0)


def range_text(*, zero: bool = False) -> str:
    """Return which numbers of seconds are accepted, in words."""
    return f"a number of seconds, {'0 or more' if zero else 'more than 0'}, up to {LONGEST_S} (a year)"


def check_seconds(what: str, value: object, *, zero: bool = False) -> None:
    """Raise DeclarationError for what is no number of seconds; None is no limit of one's own."""
    if value is not None and not is_seconds(value, zero=zero):
        raise DeclarationError(what, range_text(zero=zero), value)


def waits(seconds: float, longest: float = MAX_WAIT_S, clock: Callable[[], float] = monotonic) -> Iterator[float]:
    """Yield how long to wait, once at least, and again and again until so many seconds are over.

    None of the waits is too long for the system, however many seconds there are.
    """
    until = clock() + seconds
    while True:
        left = max(until - clock(), 0.0)
        yield min(left, longest)
        if left <= longest:
            return


def doubled(first: float, times: int, longest: float) -> float:
    """Return a pause that was doubled so many times, and is never longer than ``longest``."""
    return min(first * 2.0 ** min(times, MAX_DOUBLINGS), longest)

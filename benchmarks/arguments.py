"""Numbers among the arguments of benchmarks."""

from __future__ import annotations

from argparse import ArgumentTypeError
from math import inf


def whole_number(text: str) -> int:
    """Return a whole number from 1."""
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def duration(text: str) -> float:
    """Return how long something takes: more than nothing, and not for ever."""
    if not 0 < _number(text) < inf:
        raise ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return float(text)


def pause(text: str) -> float:
    """Return how long nothing is done, which may be 0."""
    if not 0 <= _number(text) < inf:
        raise ArgumentTypeError(f"expected 0 or a number above, got {text!r}")
    return float(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -inf

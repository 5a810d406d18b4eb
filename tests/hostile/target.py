"""Fuzz targets, and the check of every error message."""

from __future__ import annotations

import re
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

    from tierdeps.errors import TierdepsError

#: What no message for users contains: a traceback, or Python's text of an exception, a class or an object.
PYTHON = re.compile(r"Traceback|Exceeds the|sys\.[a-z_]+\(|\b[A-Za-z]+(?:Error|Exception)\(|<class '|object at 0x")
#: The maximal number of function calls for any input, and for each of its bytes.
CALLS, CALLS_PER_BYTE = 1_000_000, 2_000
#: The limit of processor time in seconds, for code that makes no calls, such as a regular expression that backtracks.
CPU_SECONDS = 30


class Target(Value):
    """One reader. ``read`` takes an input and an empty folder, and raises whatever is a fault.

    ``quick`` is how many inputs a run of the tests tries. ``tokens`` are words of the syntax, and ``valid`` inputs that
    are none too wrong, for the coverage-guided engine: it starts with them, and with inputs that Hypothesis made.
    """

    name: str
    inputs: SearchStrategy[bytes]
    read: Callable[[bytes, Path], None]
    quick: int = 200
    tokens: tuple[str, ...] = ()
    valid: tuple[bytes, ...] = ()


class EndlessError(Exception):
    """An input took more work than its size allows."""


def demand_sentence(error: TierdepsError) -> None:
    """Raise AssertionError unless an error is one line for a user."""
    said = str(error)
    assert said.strip(), "an error without words"
    assert "\n" not in said, f"an error of several lines: {said!r}"
    found = PYTHON.search(said)
    assert not found, f"an error in the words of Python: {said!r}"


@contextmanager
def bounded(size: int, *, counting: bool = True) -> Iterator[None]:
    """Raise EndlessError once the block has made more calls than an input of a size may take, or never returns.

    Calls are counted, and processor time is what they take at the very worst: neither depends on how busy the machine
    is.
    """
    left = CALLS + CALLS_PER_BYTE * size

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            sys.setprofile(None)
            raise EndlessError(f"more than {CALLS + CALLS_PER_BYTE * size} calls for {size} bytes")

    def end(*_: object) -> None:
        raise EndlessError(f"more than {CPU_SECONDS} s of processor time for {size} bytes")

    before, profile = signal.signal(signal.SIGVTALRM, end), sys.getprofile()
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    if counting:
        sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(profile)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

"""What a run left behind that nobody watches."""

from __future__ import annotations

from typing import NamedTuple


class LeftProcess(NamedTuple):
    """A driver's process that an earlier run of an instance left, as it is found now.

    ``ready`` says whether it was ready when it was left, ``alive`` whether it still runs: that process, and no later
    one of its number. ``ours`` says whether it bears the marks of the instance: nothing else is ever stopped.
    """

    driver: str
    pid: int
    began: int
    stop_signal: str
    ready: bool
    alive: bool
    ours: bool

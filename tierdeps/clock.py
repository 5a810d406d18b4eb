"""An event loop whose time is simulated: what would take an hour takes as long as its callbacks do."""

from __future__ import annotations

import asyncio
import math
import selectors
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from typing import Any

Value = TypeVar("Value")

#: As of a real monotonic clock, in seconds.
RESOLUTION_S = 1e-9


class Deadlock(RuntimeError):  # noqa: N818  said as it is
    """Everything waits and nothing is to come: in real time this would be for ever."""


class _Skipper(selectors.BaseSelector):
    """Instead of waiting for files until the next timer, puts the clock on to it. There are no files."""

    def __init__(self) -> None:
        self.now = 0.0
        #: What the loop wakes itself up with; it is never looked at.
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock("nothing is left that could go on")
        if timeout > 0:
            # A hair later than asked for: a sum of floats may lie just before the timer that it was made for.
            self.now = math.nextafter(self.now + timeout, math.inf)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio event loop on simulated time, the same every time it runs; no files, no threads."""

    def __init__(self) -> None:
        self._skipper = _Skipper()
        super().__init__(self._skipper)

    def time(self) -> float:
        """Return the simulated time, in seconds."""
        return self._skipper.now

    @property
    def _clock_resolution(self) -> float:
        """How much later than now a timer counts as due; never so little that adding it to a late time is lost."""
        return max(RESOLUTION_S, math.ulp(self._skipper.now))

    @_clock_resolution.setter
    def _clock_resolution(self, seconds: float) -> None:
        """Ignore what asyncio knows of the real clock."""

    def block(self, seconds: float) -> None:
        """Let time pass while nothing but the caller runs, as it does in real time where somebody blocks a loop."""
        self._skipper.now += seconds


def run_virtually(main: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on simulated time to its end, as ``asyncio.run`` does on real time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)

"""An event loop on simulated time: waiting takes no real time, only the callbacks do."""

from __future__ import annotations

import asyncio
import math
import selectors
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from typing import Any

Value = TypeVar("Value")

#: The resolution of a real monotonic clock, in seconds.
RESOLUTION_S = 1e-9


class Deadlock(RuntimeError):  # noqa: N818  the established term
    """All tasks wait and there is no timer: in real time the loop would wait for ever."""


class _Skipper(selectors.BaseSelector):
    """Advances the clock to the next timer instead of waiting for it; no file is ever ready."""

    def __init__(self) -> None:
        self.now = 0.0
        #: The loop registers its own wake-up socket; it is never polled.
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock("every task waits for something that cannot happen")
        if timeout > 0:
            # The next float after it: the rounded sum may be just before the timer, which would then not be due.
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
    """An asyncio event loop on simulated time: deterministic, without files and threads."""

    def __init__(self) -> None:
        self._skipper = _Skipper()
        super().__init__(self._skipper)

    def time(self) -> float:
        """Return the simulated time, in seconds."""
        return self._skipper.now

    @property
    def _clock_resolution(self) -> float:
        """How far in the future a timer already counts as due; at least one unit in the last place of the time."""
        return max(RESOLUTION_S, math.ulp(self._skipper.now))

    @_clock_resolution.setter
    def _clock_resolution(self, seconds: float) -> None:
        """Ignore the resolution of the real clock, which asyncio sets."""

    def block(self, seconds: float) -> None:
        """Advance the time without running any callback, as code does that blocks a real loop."""
        self._skipper.now += seconds


def run_virtually(main: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on simulated time to its end, as ``asyncio.run`` does on real time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)

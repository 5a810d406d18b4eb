"""Who held the event loop, and for how long: what others are not charged for, and what the report notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import blocked_text

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable, Iterator

#: A call that blocks the event loop for longer is noted, in seconds.
NOTICED = 0.5


class Holds:
    """The long steps of one run, and of those that continue it after a reload."""

    def __init__(self) -> None:
        #: The sum of all of them, in seconds.
        self.seconds: float = 0.0
        self._longest: dict[str, float] = {}

    def note(self, what: str, seconds: float) -> None:
        """Keep the longest step of each call that is worth a note."""
        if seconds > NOTICED:
            self._longest[what] = max(seconds, self._longest.get(what, 0.0))

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each."""
        return (blocked_text(what, seconds) for what, seconds in self._longest.items())


class Timer:
    """A timer of the loop that does not count the seconds for which a driver blocked it."""

    def __init__(self, loop: AbstractEventLoop, holds: Holds, seconds: float, then: Callable[[], None]) -> None:
        self._loop = loop
        self._holds = holds
        self._known = holds.seconds
        self._then = then
        self._handle: TimerHandle = loop.call_later(seconds, self._fire)

    def cancel(self) -> None:
        """Take it back."""
        self._handle.cancel()

    def _fire(self) -> None:
        lost, self._known = self._holds.seconds - self._known, self._holds.seconds
        if lost:
            self._handle = self._loop.call_later(lost, self._fire)
        else:
            self._then()

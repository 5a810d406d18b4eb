"""The deadlines of calls, and the seconds for which a call blocked the event loop: no other one is charged for them."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from tierdeps.errors import blocked_text

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable, Iterator

    from tierdeps.executor.invoke import Invocation

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


class DeadlineTimers:
    """The deadlines of all calls that run.

    Calls of one length end in the order in which they started, so each length needs no more than one timer of the loop:
    a timer for each call would cost as much as the rest of the call.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._buckets: dict[float, dict[Invocation, None]] = {}
        self._timers: dict[float, TimerHandle] = {}

    def add(self, call: Invocation) -> None:
        """Watch a call that started just now."""
        seconds = call.seconds
        bucket = self._buckets.get(seconds)
        if bucket is None:
            bucket = self._buckets[seconds] = {}
        bucket[call] = None
        if seconds not in self._timers:
            self._timers[seconds] = self._loop.call_at(call.deadline, self._look, seconds)
        elif call.held:  # with its first step: it ends before those that were given this time back
            self._sort(seconds)

    def remove(self, call: Invocation) -> None:
        """Stop watching a call, if it was watched."""
        self._buckets[call.seconds].pop(call, None)

    def spare(self, culprit: Invocation | None, seconds: float) -> None:
        """Give all calls but one the seconds back for which that one blocked the loop."""
        for length, bucket in self._buckets.items():
            for call in bucket:
                if call is not culprit:
                    call.spared += seconds
                    if call.context is not None:
                        call.context.deadline = call.deadline
            if length in self._timers:
                self._sort(length)

    def _sort(self, length: float) -> None:
        """Bring the calls of one length in the order of their deadlines, and set the timer for the first."""
        bucket = self._buckets[length]
        in_order = sorted(bucket, key=lambda call: call.deadline)
        bucket.clear()
        bucket.update(dict.fromkeys(in_order))
        self._timers.pop(length).cancel()
        if in_order:
            self._timers[length] = self._loop.call_at(in_order[0].deadline, self._look, length)

    def shorten(self, seconds: float) -> None:
        """Give every call that is watched no more than so long from now; its context says so."""
        latest = self._loop.time() + seconds
        for bucket in list(self._buckets.values()):
            for call in list(bucket):
                if call.deadline > latest and call.seconds != seconds:
                    self._move(call, seconds, latest)

    def extend(self, call: Invocation, seconds: float) -> None:
        """Give a call no less than so long from now."""
        latest = self._loop.time() + seconds
        if call.deadline < latest and call in self._buckets.get(call.seconds, ()):
            self._move(call, seconds, latest)

    def _move(self, call: Invocation, seconds: float, latest: float) -> None:
        """Let a call end at another time, which is so long from now: no other one of that length ends later."""
        self.remove(call)
        call.seconds, call.spared = seconds, latest - seconds - call.started_at
        if call.context is not None:
            call.context.deadline = latest
        self.add(call)

    def close(self) -> None:
        """Cancel the timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _look(self, seconds: float) -> None:
        """End the calls whose time is over; those behind them started later.

        The timer counts as set until all are ended: a call that starts meanwhile must not set it later.
        """
        bucket, now = self._buckets[seconds], self._loop.time()
        expired = list(takewhile(lambda call: call.deadline <= now, bucket))
        for call in expired:
            bucket.pop(call, None)
            if not call.is_over:  # the end of one may end others
                call.expire()
        timer = self._timers.pop(seconds, None)
        if timer is not None:
            timer.cancel()  # another one, where what an expiry set off blocked the loop itself
            if bucket:
                call = next(iter(bucket))
                self._timers[seconds] = self._loop.call_at(call.deadline, self._look, seconds)

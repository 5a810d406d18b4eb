"""A thread that notices when the event loop is blocked, and finds the line of code that blocks it.

The thread samples the stack of the loop's thread. If the loop is not waiting for events, the thread schedules a
callback on it (a ping); as long as that has not run, the loop is blocked. The fields ``_ping`` and ``_where`` are
written by both threads without a lock: the thread sets a ping only when there is none, and only the loop clears it.

A loop that has waited for a while is not sampled any more until it has an event: its selector then wakes the thread. So
an idle program does not wake up at all. A loop with another selector than ``watched_loop`` makes is always sampled.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread, get_ident
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType
    from typing import Self

#: A loop that has not run a callback for longer counts as blocked, in seconds.
BLOCKED_S = 0.5
#: The interval of samples, in seconds.
LOOK_S = 0.25
#: After how many samples in a row of a loop that waits none are taken any more.
CALM_LOOKS = 4
_OURS = f"{Path(__file__).parent}/"
_LIBRARY = tuple(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib"))
_INSTALLED = tuple(f"{sysconfig.get_path(name)}/" for name in ("purelib", "platlib"))
#: The file of the innermost frame while the loop waits for events.
_IDLE = selectors.__file__
#: The function of the loop that calls all callbacks.
_TURN = asyncio.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]  # noqa: SLF001  for want of a public one


class WatchedSelector(selectors.DefaultSelector):
    """Calls ``on_event``, once, as soon as there are events, or a timer of the loop is due."""

    def __init__(self) -> None:
        super().__init__()
        self.on_event: Callable[[], object] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events."""
        events: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        if self.on_event is not None:
            call, self.on_event = self.on_event, None
            call()
        return events


def watched_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop that a watchdog does not wake while it is idle."""
    selector = WatchedSelector()
    loop = asyncio.SelectorEventLoop(selector)
    _SELECTORS[loop] = selector
    return loop


_SELECTORS: WeakKeyDictionary[asyncio.AbstractEventLoop, WatchedSelector] = WeakKeyDictionary()


class Ping(NamedTuple):
    """A callback scheduled on the loop: when, and how many seconds had been charged to calls by then."""

    sent_at: float
    charged: float


class Watchdog:
    """Watches the running loop while its block is active; a context manager.

    ``seen`` is called in the thread, once for each blockage by code that is not our own, with the blocking line.
    ``over`` is called on the loop when it runs again, with that line and a lower bound of the seconds for which it was
    blocked, without those that were charged to calls meanwhile, of which ``charged`` returns the sum. An idle loop is
    never woken.
    """

    def __init__(
        self,
        seen: Callable[[str], object],
        over: Callable[[str, float], object],
        charged: Callable[[], float] = lambda: 0.0,
        *,
        blocked: float = BLOCKED_S,
    ) -> None:
        self._seen = seen
        self._over = over
        self._charged = charged
        self._blocked = blocked
        self._ping: Ping | None = None
        self._where = ""
        self._is_closed = False
        #: Set when the thread is to look again, or to end.
        self._due = Event()

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._selector = _SELECTORS.get(self._loop)
        self._thread = get_ident()
        Thread(target=self._watch, name="tierdeps-watchdog", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        self._due.set()

    def _watch(self) -> None:
        calm = 0
        with suppress(RuntimeError):  # the loop is closed
            while not self._is_closed:
                if calm < CALM_LOOKS or self._selector is None:
                    self._due.wait(LOOK_S)
                    calm = 0 if self._is_closed or self._look() else calm + 1
                else:
                    self._wait_for_event(self._selector)
                    calm = 0

    def _wait_for_event(self, selector: WatchedSelector) -> None:
        """Wait until the loop has an event, or the watchdog is closed."""
        self._due.clear()
        selector.on_event = self._due.set
        # An event may have come before this was set: the selector would not report it.
        if self._is_waiting() and not self._is_closed:
            self._due.wait()
        selector.on_event = None
        if not self._is_closed:
            self._due.clear()

    def _is_waiting(self) -> bool:
        """Return whether the loop waits for events."""
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  documented, and the only way
        return frame is not None and frame.f_code.co_filename == _IDLE

    def _look(self) -> bool:
        """Look at the loop once; return whether it does anything."""
        ping = self._ping
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  documented, and the only way
        if ping is None:
            if frame is not None and frame.f_code.co_filename != _IDLE:
                self._ping = Ping(monotonic(), self._charged())
                self._loop.call_soon_threadsafe(self._turned)
        elif not self._where and frame is not None and monotonic() - ping.sent_at > self._blocked:
            place = _place(frame)
            if not place:  # our own work, which takes long on a busy machine: there is nothing to do about it
                return True
            self._where = where = f"{place}{self._task()}"
            if self._ping is ping:  # the callback has not run in the meantime
                self._seen(where)
        return self._ping is not None

    def _turned(self) -> None:
        """Record, on the loop, that it runs callbacks again."""
        ping, where = self._ping, self._where
        self._ping, self._where = None, ""
        if ping is not None and where:
            seconds = monotonic() - ping.sent_at - max(self._charged() - ping.charged, 0.0)
            if seconds > self._blocked:
                self._over(where, seconds)

    def _task(self) -> str:
        task = asyncio.current_task(self._loop)
        if task is None:
            return ""
        name = getattr(task.get_coro(), "call_name", "") or task.get_name().removeprefix("tierdeps ")
        return f", in {name}" if ":" in name else ""


def _place(frame: FrameType) -> str:
    """Return the line that a thread is at: the innermost one that the loop called, preferably not in a library.

    Return an empty text where only our own code and libraries are at work.
    """
    frames = list(_inside(frame))
    others = [one for one in frames if not _is_library(one.f_code.co_filename)]
    theirs = [one for one in others if not one.f_code.co_filename.startswith(_OURS)]
    if others and not theirs:
        return ""
    found = (theirs or frames or [frame])[0]
    return f"{found.f_code.co_filename}:{found.f_lineno} ({found.f_code.co_name})"


def _is_library(file: str) -> bool:
    return file.startswith(("<frozen ", *_LIBRARY)) and not file.startswith(_INSTALLED)


def _inside(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield frames from the innermost one on, as far as the loop has called them."""
    while frame is not None and frame.f_code is not _TURN:
        yield frame
        frame = frame.f_back

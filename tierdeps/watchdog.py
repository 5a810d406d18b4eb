"""Watches an event loop from a thread, and names what blocks it while it does."""

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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType
    from typing import Self

#: A loop that has not turned for longer is blocked, in seconds.
BLOCKED_S = 0.5
#: How often the loop is looked at, in seconds.
LOOK_S = 0.25
_OURS = f"{Path(__file__).parent}/"
_LIBRARY = tuple(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib"))
_INSTALLED = tuple(f"{sysconfig.get_path(name)}/" for name in ("purelib", "platlib"))
#: The file of the innermost frame of a loop that waits for something to do.
_IDLE = selectors.__file__
#: What calls everything else in a loop.
_TURN = asyncio.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]  # noqa: SLF001  for want of a public one


class Ping(NamedTuple):
    """When the loop was asked to turn, and what was charged to calls by then, in seconds."""

    sent_at: float
    charged: float


class Watchdog:
    """A thread beside a loop, made on it; a context manager.

    ``seen`` is called in the thread, once for each blockage, with where it is; ``over`` on the loop, once it turns
    again, with that and for how many seconds it was blocked at least, without what ``charged`` says that calls were
    charged with meanwhile. A loop that waits is not disturbed: it is asked to turn only where it is busy.
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
        self._closed = Event()

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        Thread(target=self._watch, name="tierdeps-watchdog", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()

    def _watch(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: all is over
            while not self._closed.wait(LOOK_S):
                self._look()

    def _look(self) -> None:
        ping = self._ping
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  documented, and the only way
        if ping is None:
            if frame is not None and frame.f_code.co_filename != _IDLE:
                self._ping = Ping(monotonic(), self._charged())
                self._loop.call_soon_threadsafe(self._turned)
        elif not self._where and frame is not None and monotonic() - ping.sent_at > self._blocked:
            self._where = where = f"{_place(frame)}{self._task()}"
            if self._ping is ping:  # it has not turned after all meanwhile
                self._seen(where)

    def _turned(self) -> None:
        """Take note, on the loop, that it turns."""
        ping, where = self._ping, self._where
        self._ping, self._where = None, ""
        if ping is not None and where:
            seconds = monotonic() - ping.sent_at - max(self._charged() - ping.charged, 0.0)
            if seconds > self._blocked:
                self._over(where, seconds)

    def _task(self) -> str:
        task = asyncio.current_task(self._loop)
        name = task.get_name() if task is not None else ""
        return f", in {name.removeprefix('tierdeps ')}" if ":" in name else ""


def _place(frame: FrameType) -> str:
    """Return where a thread is: the innermost line that the loop called, and rather one that is not of a library."""
    frames = list(_inside(frame))
    others = [one for one in frames if not _is_library(one.f_code.co_filename)]
    theirs = [one for one in others if not one.f_code.co_filename.startswith(_OURS)]
    found = (theirs or others or frames or [frame])[0]
    return f"{found.f_code.co_filename}:{found.f_lineno} ({found.f_code.co_name})"


def _is_library(file: str) -> bool:
    return file.startswith(("<frozen ", *_LIBRARY)) and not file.startswith(_INSTALLED)


def _inside(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield frames from the innermost one on, as far as the loop has called them."""
    while frame is not None and frame.f_code is not _TURN:
        yield frame
        frame = frame.f_back

"""Signals that end a command: at whatever moment they come, it ends with the same exit code and without a traceback.

The handlers are the process's own, so only the program itself sets them, never the library. A signal that is ignored,
as SIGHUP under nohup, stays so.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

#: The exit code of a command that a signal ended.
INTERRUPTED = 130
ENDING = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


def install() -> None:
    """Have signals end this process at once: as long as it only imports, nothing has to be cleaned up."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    sys.unraisablehook = _unraisable


def raise_them() -> None:
    """Have them raise KeyboardInterrupt from now on, so that a command cleans up; where they were installed here."""
    _switch(_end, _raise)


def end_at_once() -> None:
    """Have them end this process at once again: the command is over."""
    _switch(_raise, _end)
    # Python notes a KeyboardInterrupt that leaves code given as text (a named tuple is made by such), even when it is
    # caught later, and then ends ``python -m`` by SIGINT whatever its exit code; other code given as text clears that.
    eval("0")  # noqa: S307


def _switch(old: Callable[[int, FrameType | None], None], new: Callable[[int, FrameType | None], None]) -> None:
    for number in ENDING:
        if signal.getsignal(number) is old:
            signal.signal(number, new)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(INTERRUPTED)


def _raise(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """End where an interrupt would be lost: it was raised in a finalizer, of which nothing can come out."""
    if unraisable.exc_type is KeyboardInterrupt:
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(unraisable)

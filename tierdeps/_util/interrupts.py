"""Signals that end a command: whenever they arrive, it ends with the same exit code and without a traceback.

Signal handlers belong to the process, so only the program installs these, never the library. A signal that is ignored,
as SIGHUP is under nohup, stays ignored.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import Self

#: The exit code of a command that a signal ended.
INTERRUPTED = 130
#: How long an interrupted command may clean up: a write that nobody reads would make it wait for ever.
CLEANUP_TIMEOUT_S = 5.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


def install() -> None:
    """Make ending signals end this process immediately: while it only imports, there is nothing to clean up."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)
    sys.unraisablehook = _on_unraisable


def raise_on_signals() -> None:
    """Make them raise KeyboardInterrupt, so that a command cleans up; only where ``install`` set the handler."""
    _switch(_exit, _raise)


def exit_on_signals() -> None:
    """Make them end this process immediately, as before: the command is over."""
    _switch(_raise, _exit)
    # When a KeyboardInterrupt leaves code that was compiled from text (named tuples are), Python remembers that even
    # if it is caught later, and then ends ``python -m`` by SIGINT whatever its exit code is. Evaluating any other text
    # makes it forget.
    eval("0")  # noqa: S307


def is_caused_by_interrupt(error: BaseException) -> bool:
    """Return whether an exception was raised while a KeyboardInterrupt was handled.

    An interrupt may come at any instruction, such as between the two lines of Python's own that release a lock.
    """
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, KeyboardInterrupt):
        seen = seen.__context__
    return seen is not None


def _switch(old: Callable[[int, FrameType | None], None], new: Callable[[int, FrameType | None], None]) -> None:
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is old:
            signal.signal(number, new)


def _exit(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(INTERRUPTED)


def _raise(number: int, frame: FrameType | None) -> None:
    del number, frame
    limit_cleanup()
    raise KeyboardInterrupt


class Interruptible:
    """Turns a first SIGINT into a request to end soon; a second one raises KeyboardInterrupt as always.

    A context manager, for the main thread; where SIGINT is ignored, or handled otherwise, it stays so.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: object = None

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before in (_raise, signal.default_int_handler):
            signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if signal.getsignal(signal.SIGINT) == self._request:
            signal.signal(signal.SIGINT, _raise if self._before is _raise else signal.default_int_handler)

    def _request(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
        signal.signal(signal.SIGINT, _raise if self._before is _raise else signal.default_int_handler)


def limit_cleanup() -> None:
    """End this process after a timeout, unless ``end_cleanup`` is called: the command was interrupted."""
    signal.signal(signal.SIGALRM, _exit)
    signal.setitimer(signal.ITIMER_REAL, CLEANUP_TIMEOUT_S)


def end_cleanup() -> None:
    """Lift the limit, if there is one: everything is written and cleaned up."""
    if signal.getsignal(signal.SIGALRM) is _exit:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _on_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """End the process where an interrupt would be lost: nothing can be raised out of a finalizer."""
    if unraisable.exc_type is KeyboardInterrupt:
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(unraisable)

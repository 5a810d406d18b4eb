"""Ctrl-Z, ``bg`` and ``fg``: the picture of a run leaves the terminal with its job, and returns with it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol

from tierdeps.cli.output.streams import STREAMS

if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any, Self

#: How often a job in the background looks whether it is in the foreground again: a shell may not tell it.
LOOK_S = 0.5
#: How long the terminal may take to show that the picture is gone.
FLUSH_TIMEOUT_S = 0.3


class Hideable(Protocol):
    """A picture that can be removed from the terminal and drawn again."""

    @property
    def is_hidden(self) -> bool:
        """Whether the picture is to be drawn, and is not."""
        ...

    def suspend(self) -> None:
        """Remove the picture."""
        ...

    def resume(self) -> None:
        """Draw the picture again, if the terminal is ours."""
        ...


def is_foreground(terminal: int) -> bool:
    """Return whether this process may draw on a terminal: it is not a job in the background."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # it is not the terminal that controls us, so there are no jobs on it
        return True


class JobControl:
    """Hides a picture while the job is stopped or in the background; a context manager, for the main thread."""

    def __init__(self, picture: Hideable) -> None:
        self._picture = picture
        self._before: Any = None
        self._closed = Event()

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGTSTP)
        if self._before is signal.SIG_DFL:  # ignored where there is no job control, and then it stays so
            signal.signal(signal.SIGTSTP, self._stop)
            Thread(target=self._look, name="tierdeps-job-control", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        if self._before is signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Remove the picture, and stop as if the signal had not been handled; the next line runs after SIGCONT."""
        del number, frame
        with suppress(OSError):  # the terminal is gone
            self._picture.suspend()
        STREAMS.settle(FLUSH_TIMEOUT_S)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._stop)
        with suppress(OSError):
            self._picture.resume()

    def _look(self) -> None:
        while not self._closed.wait(LOOK_S):
            if self._picture.is_hidden:
                with suppress(OSError):
                    self._picture.resume()

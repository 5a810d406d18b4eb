"""The start of objects that went down while they were checked: in a thread, since it takes longer than a check."""

from __future__ import annotations

from copy import copy
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps import Context

#: The pause between two attempts, in seconds.
PAUSE_S = 1.0
#: How long a stop waits for a start that it cancels, in seconds.
END_S = 2.0


class Restart:
    """One such start; ``work`` gets a context with the time of a whole phase."""

    def __init__(self, context: Context, seconds: float, work: Callable[[Context], None]) -> None:
        self._context = copy(context)
        self._context.timeout = seconds
        self._context.extend(seconds)
        self._thread = Thread(
            target=work, args=(self._context,), name=f"tierdeps restarts {context.driver}", daemon=True
        )
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def end(self) -> None:
        """Start nothing more, and wait for what libvirt is doing, but not for long: it may hang."""
        self._context.cancelled = True
        self._thread.join(END_S)

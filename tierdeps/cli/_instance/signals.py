"""What signals mean to a run in this process."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable


def heed(loop: AbstractEventLoop, stop: Callable[[], None], reload: Callable[[], None]) -> None:
    """Have SIGINT and SIGTERM stop and SIGHUP reload; one that comes because the terminal went stops, too.

    Where SIGHUP is ignored, as under nohup, it stays so.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    had_one = _has_terminal()
    loop.add_signal_handler(signal.SIGHUP, lambda: stop() if had_one and not _has_terminal() else reload())


def _has_terminal() -> bool:
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
        return True
    return False

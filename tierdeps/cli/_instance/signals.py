"""What signals mean to a start, from its first line to its last."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Self

    Act = Callable[[], object]

#: Signals that stop.
STOPPING = (signal.SIGINT, signal.SIGTERM)


class StartSignals:
    """SIGINT and SIGTERM, and SIGHUP from ``hold`` on; a context manager, for the main thread.

    As long as nothing is recorded, a signal ends the command at once, as KeyboardInterrupt. After ``hold`` signals are
    kept, and after ``connect`` they act, those that were kept first: no moment is left in which one could kill a run.
    A process that was started with them blocked hears what came meanwhile as soon as this is entered.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._kept: list[signal.Signals] = []
        self._holds = False
        self._acts: dict[signal.Signals, Act] = {}
        self._deliver: Callable[[Act], object] = lambda act: act()

    def __enter__(self) -> Self:
        for number in STOPPING:
            self._install(number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def hold(self) -> None:
        """Keep signals from now on, SIGHUP too; where that is ignored, as under nohup, it stays so."""
        self._holds = True
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._install(signal.SIGHUP)

    def connect(self, deliver: Callable[[Act], object], stop: Act, reload: Act | None = None) -> None:
        """Have SIGINT and SIGTERM stop and SIGHUP reload; one that comes because the terminal went stops, too.

        ``deliver`` takes what a signal that comes later does to where it is done; what was kept is done here and now.
        """
        had_terminal = _has_terminal()

        def hang_up() -> None:
            act = stop if reload is None or (had_terminal and not _has_terminal()) else reload
            act()

        acts: dict[signal.Signals, Act] = {**dict.fromkeys(STOPPING, stop), signal.SIGHUP: hang_up}
        self._deliver = deliver
        self._acts = acts  # nothing is kept any more
        while self._kept:
            acts[self._kept.pop(0)]()

    def _install(self, number: signal.Signals) -> None:
        self._before.setdefault(number, signal.signal(number, self._heard))

    def _heard(self, number: int, frame: FrameType | None) -> None:
        del frame
        act = self._acts.get(signal.Signals(number))
        if act is not None:
            with suppress(RuntimeError):  # the loop is closed: all is over
                self._deliver(act)
        elif self._holds:
            self._kept.append(signal.Signals(number))
        else:
            raise KeyboardInterrupt


def _has_terminal() -> bool:
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
        return True
    return False

"""The signals of ``start``, from its first line to its last."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tierdeps._util.interrupts import limit_cleanup

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any, Self

    Action = Callable[[], object]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StartSignals:
    """Handles SIGINT and SIGTERM, and SIGHUP from ``hold`` on; a context manager, for the main thread.

    Until ``hold`` a signal raises KeyboardInterrupt: nothing is recorded yet, so the command may end at once. From
    ``hold`` to ``connect`` signals are kept; from ``connect`` on they call its actions, the kept ones first. So at no
    moment a signal could kill a run that has started. Signals that the parent process had blocked are delivered on
    entry.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._pending: list[signal.Signals] = []
        self._holds = False
        self._is_interrupted = False
        self._actions: dict[signal.Signals, Action] = {}
        self._deliver: Callable[[Action], object] = lambda action: action()

    def __enter__(self) -> Self:
        for number in STOP_SIGNALS:
            self._install(number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def hold(self) -> None:
        """Keep signals from now on, SIGHUP too; if that is ignored, as under nohup, it stays so.

        Raises KeyboardInterrupt if a signal came before. It was raised then too, but a plugin may have caught it, and a
        run that starts all the same would be cut off when the time for the cleanup is over.
        """
        self._holds = True
        if self._is_interrupted:
            raise KeyboardInterrupt
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._install(signal.SIGHUP)

    def connect(self, deliver: Callable[[Action], object], stop: Action, reload: Action | None = None) -> None:
        """Let SIGINT and SIGTERM stop and SIGHUP reload; a SIGHUP because the terminal was closed stops too.

        ``deliver`` brings an action to the thread or loop that is to run it; those of kept signals run here at once.
        """
        had_terminal = _has_terminal()

        def hang_up() -> None:
            action = stop if reload is None or (had_terminal and not _has_terminal()) else reload
            action()

        actions: dict[signal.Signals, Action] = {**dict.fromkeys(STOP_SIGNALS, stop), signal.SIGHUP: hang_up}
        self._deliver = deliver
        self._actions = actions  # first: a signal that arrives from here on is delivered, and not kept
        while self._pending:
            actions[self._pending.pop(0)]()

    def _install(self, number: signal.Signals) -> None:
        self._before.setdefault(number, signal.signal(number, self._handle))

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        action = self._actions.get(signal.Signals(number))
        if action is not None:
            with suppress(RuntimeError):  # the loop is closed: the run has ended
                self._deliver(action)
        elif self._holds:
            self._pending.append(signal.Signals(number))
        else:
            self._is_interrupted = True
            limit_cleanup()
            raise KeyboardInterrupt


@contextmanager
def wake_on_signals(loop: AbstractEventLoop) -> Iterator[None]:
    """Wake an event loop when a signal arrives; call it in the loop's thread, which is the main one.

    Python calls handlers in the main thread, between two instructions. A signal that another thread received, or that
    arrived just before the loop started to wait, would be handled only when something else wakes the loop.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    loop.add_reader(reader, os.read, reader, 4096)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)


def _has_terminal() -> bool:
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
        return True
    return False

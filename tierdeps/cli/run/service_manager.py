"""Reports the state of a run to the service manager that started it: the service's side of systemd's sd_notify(3).

The protocol is that of systemd's ``sd_notify(3)`` and ``sd_watchdog_enabled(3)``: datagrams of lines ``NAME=value`` to
the address in ``NOTIFY_SOCKET``, and ``WATCHDOG=1`` at least once in ``WATCHDOG_USEC`` microseconds.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps._util.text import printable
from tierdeps.model import State
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, MutableMapping
    from contextlib import AbstractContextManager
    from typing import Self

    from tierdeps.executor import Executor
    from tierdeps.model import Event, Plan, Report

#: The variables of the protocol. They are removed from the environment: a driver's process must not use them.
VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
#: How often the status is sent while drivers start or stop, and how soon after another change, in seconds.
STATUS_INTERVAL_S = 1.0
#: What each message adds to the time that the service manager allows for a start, a reload or a stop, in seconds. It
#: ends soon after the last message, so that an event loop that is blocked for good still runs into the timeout.
EXTENSION_S = 15.0
#: At most so many of the calls and waits are named in a status, and so many characters are sent.
MAX_NAMED, MAX_STATUS = 3, 400
STARTING, RELOADING, STOPPING = "starting", "reloading", "stopping"


class ServiceManager(Value):
    """Where the service manager listens, and the interval of its watchdog in seconds (0: it has none)."""

    address: str
    watchdog_s: float = 0.0

    @classmethod
    def from_environment(cls, environment: MutableMapping[str, str]) -> Self | None:
        """Read and remove the variables of the protocol; None where no service manager expects messages."""
        address, microseconds, pid = (environment.pop(name, "") for name in VARIABLES)
        if not address.startswith(("/", "@")):  # systemd also documents vsock addresses, which are for whole machines
            return None
        is_watched = microseconds.isdecimal() and pid in ("", str(os.getpid()))
        return cls(address, int(microseconds) / 1e6 if is_watched else 0.0)


class ServiceReporter(Reporter):
    """Reports a run to a service manager; it is a reporter of the run, and connected to its executor while it goes on.

    While drivers start, reload or stop, the status is sent every second, with an extension of the timeout. While all
    are up, only the watchdog is served, and the status is sent when it changes: an idle run has no timer.
    """

    def __init__(self, manager: ServiceManager) -> None:
        self._manager = manager
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        #: Messages that must arrive and that a full queue refused; they are sent before any other one.
        self._unsent: list[str] = []
        self._up: set[str] = set()
        self._failed: set[str] = set()
        self._size = 0
        self._status = ""
        #: What the run is doing: starting, reloading, stopping, or nothing.
        self._activity = STARTING
        self._executor: Executor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._update: asyncio.TimerHandle | None = None
        self._watchdog: asyncio.TimerHandle | None = None

    @contextmanager
    def connected(self, executor: Executor, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Report what an executor does, from the event loop on which it runs."""
        self._executor, self._loop = executor, loop
        self._schedule()
        if self._manager.watchdog_s:
            self._serve_watchdog()
        try:
            yield
        finally:
            for timer in (self._update, self._watchdog):
                if timer is not None:
                    timer.cancel()
            self._loop = None
            self._flush()
            self._socket.close()

    def ready(self, *, detached: bool = False) -> None:
        """Report that the start, or a reload, is complete and the run goes on."""
        if self._activity == STOPPING:
            return
        self._activity = ""
        main = (f"MAINPID={os.getpid()}",) if detached else ()
        self._status = self._text()
        self._send_surely(*main, "READY=1", f"STATUS={self._status}")

    def reloading(self) -> None:
        """Report that a reload starts; ``ready`` ends it."""
        if self._activity == STOPPING:
            return
        self._activity = RELOADING
        self._send_surely("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", f"STATUS={RELOADING}")
        self._schedule()

    def run_started(self, plan: Plan) -> None:
        """Record how many drivers there are."""
        self._size = len(plan.drivers)

    def plan_changed(self, plan: Plan) -> None:
        """Record how many drivers there are, and forget those that are gone."""
        self._size = len(plan.drivers)
        self._up = {name for name in self._up if name in plan.drivers}
        self._failed = {name for name in self._failed if name in plan.drivers}

    def event(self, event: Event) -> None:
        """Count the drivers that are up and those that failed; send the status soon."""
        if event.mark is None:
            is_up = event.state in (State.READY, State.ADOPTED)
            (self._up.add if is_up else self._up.discard)(event.driver)
            (self._failed.add if event.state is State.FAILED else self._failed.discard)(event.driver)
        if event.state is State.STOPPING and self._executor is not None and self._executor.is_ending:
            self._report_stop()
        self._schedule()

    def run_ended(self, report: Report) -> None:
        """Send the outcome as the last status: ``systemctl status`` shows it after the end."""
        causes = [f"{outcome.driver}: {outcome.reason or outcome.stop_error}" for outcome in report.root_causes]
        problem = report.problem or "; ".join(causes[:MAX_NAMED])
        if self._activity == STOPPING or problem:
            self._send_surely(f"STATUS={_line(f'failed: {problem}' if problem else 'stopped')}")

    def _schedule(self) -> None:
        if self._update is None and self._loop is not None:
            self._update = self._loop.call_later(STATUS_INTERVAL_S, self._report_status)

    def _report_status(self) -> None:
        """Send the status; go on with it every second while drivers start or stop."""
        self._update = None
        if self._executor is None:
            return
        if self._executor.is_ending:
            self._report_stop()
        text = self._text()
        status = () if text == self._status else (f"STATUS={text}",)
        self._status = text
        if self._activity:
            self._send(f"EXTEND_TIMEOUT_USEC={int(EXTENSION_S * 1e6)}", *status)
            self._schedule()
        else:
            self._send(*status)
            if self._unsent:
                self._schedule()

    def _report_stop(self) -> None:
        if self._activity != STOPPING:
            self._activity = STOPPING
            self._send_surely("STOPPING=1")

    def _serve_watchdog(self) -> None:
        self._send("WATCHDOG=1")
        if self._loop is not None:
            self._watchdog = self._loop.call_later(self._manager.watchdog_s / 2, self._serve_watchdog)

    def _text(self) -> str:
        """Return the state of the run in a line."""
        state = "still up" if self._activity == STOPPING else "ready"
        text = f"{len(self._up)} of {self._size} drivers {state}"
        if self._failed:
            text += f"; failed: {', '.join(sorted(self._failed)[:MAX_NAMED])}"
        if not self._activity:
            return _line(text)
        calls = () if self._executor is None else self._executor.waiting()
        return _line("; ".join((f"{self._activity}, {text}", *calls[:MAX_NAMED])))

    def _send_surely(self, *fields: str) -> None:
        self._unsent.append("\n".join(fields))
        self._flush()
        if self._unsent:
            self._schedule()

    def _send(self, *fields: str) -> None:
        """Send a message that the next one supersedes; one that cannot be sent now is dropped."""
        self._flush()
        if fields and not self._unsent:
            self._unsent.append("\n".join(fields))
            self._flush()
            self._unsent.clear()

    def _flush(self) -> None:
        address = self._manager.address.replace("@", "\0", 1)
        while self._unsent:
            try:
                self._socket.sendto(self._unsent[0].encode(errors="replace"), address)
            except BlockingIOError:  # the queue of the service manager is full: it reads on
                return
            except OSError:  # nobody listens there any more, so no message can arrive
                self._unsent.clear()
                return
            del self._unsent[0]


def _line(text: str) -> str:
    return printable(text)[:MAX_STATUS]


def reported(
    reporter: ServiceReporter | None, executor: Executor, loop: asyncio.AbstractEventLoop
) -> AbstractContextManager[None]:
    """Connect a reporter, if there is one."""
    return nullcontext() if reporter is None else reporter.connected(executor, loop)

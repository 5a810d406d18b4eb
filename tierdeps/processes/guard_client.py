"""The run's side of its guard: started with the first process, told of all, and dismissed when nothing is left."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGKILL
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.processes.orphan_guard_state import cgroup_line, order_lines
from tierdeps.processes.proc import GUARD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tierdeps.processes.fd_poller import FdPoller
    from tierdeps.processes.orphan_guard_state import Order
    from tierdeps.processes.output import Output

_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from tierdeps.processes.orphan_guard import main; main(sys.argv[2])"
)
_HOME = str(Path(__file__).parents[2])


#: How long the guard may take to listen, before it is taken for gone: seconds, and microseconds.
SEND_TIMEOUT = struct.pack("ll", 5, 0)
#: How long it may wait for what it finds out by itself if it must, in seconds.
BATCH_DELAY_S = 0.05
#: How long it is waited, where no guard can be started at the moment, before that is tried again, in seconds.
RETRY_DELAY_S = 1.0


#: The most of a packet that lines are put together in; a longer line is a packet of its own.
MAX_PACKET_BYTES = 32768


class SessionMessages(NamedTuple):
    """What the guard was told of a session: that it starts, when it is stopped, and who leads it."""

    start: str
    order: Order
    output: Output
    leader: str = ""


class GuardClient:
    """Tells the guard what there is to end, should this process be gone; one that is gone itself is replaced."""

    def __init__(self, run: str, fd_poller: FdPoller) -> None:
        self._run = run
        self._fd_poller = fd_poller
        self._pid = self._handle = -1
        self._socket: socket.socket | None = None
        self._sessions: dict[str, SessionMessages] = {}
        self._stop_all = True
        self._cgroup = ""
        self._batch: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def announce(self, key: str, driver: str, output: Output, number: int, order: Order) -> None:
        """Tell that a session is about to start; a key that is known keeps its place in the order.

        Raises OSError where that cannot be told: nothing is started then that nobody would end.
        """
        self._sessions[key] = session = SessionMessages(f"+ {key} {number} {os.fsencode(driver).hex()}", order, output)
        self._send_lines(session.start, *order_lines(key, order), output=output, required=True)

    @property
    def sessions(self) -> frozenset[str]:
        """The sessions that the guard has to care for."""
        return frozenset(self._sessions)

    def set_cgroup(self, path: str) -> None:
        """Tell in which cgroup the run's processes are."""
        if path != self._cgroup:
            self._cgroup = path
            self._send_lines(cgroup_line(path))

    def session_started(self, key: str, pid: int) -> None:
        """Tell that it has started, soon: a packet of its own for each is dear to who starts many."""
        line = f"= {key} {pid}"
        self._sessions[key] = self._sessions[key]._replace(leader=line)
        self._batch.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_DELAY_S, self._flush)

    def reorder(self, key: str, order: Order) -> None:
        """Tell that a session is to be stopped at another point than was told."""
        session = self._sessions.get(key)
        if session is not None and session.order != order:
            self._sessions[key] = session._replace(order=order)
            self._send_lines(*order_lines(key, order))

    def _flush(self) -> None:
        """Tell what was not told with anything else, to another guard where there is none."""
        self._timer = None
        if self._batch or (self._sessions and self._socket is None):
            self._send_lines()

    def forget(self, key: str) -> None:
        """Tell that nothing is left of it."""
        if self._sessions.pop(key, None) is not None:
            self._send_lines(f"- {key}")

    def dismiss(self) -> None:
        """End the guard; whatever still runs is left alone."""
        self._sessions.clear()
        self._batch.clear()
        self._stop_timer()
        if self._pid >= 0:
            _kill(self._pid)
            self._close()

    def hand_over(self, keys: Collection[str]) -> None:
        """Have the guard stop these sessions now, and go on for as long as that takes; what else runs is left alone."""
        others = [key for key in self._sessions if key not in keys]
        self._stop_all = not others
        for key in others:
            self.forget(key)
        self._send_lines(*([] if self._stop_all else ["."]))
        self._stop_timer()
        if self._pid >= 0:
            # It is to be waited for, though nobody here does.
            Thread(target=_reap, args=(self._pid,), name="tierdeps-guard", daemon=True).start()
            self._close()
        self._sessions.clear()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send_lines(self, *lines: str, output: Output | None = None, required: bool = False) -> None:
        """Tell this, after what was late; what cannot be told is told later, unless it ``must`` be now."""
        batch, self._batch = self._batch, []
        if self._socket is None:
            self._restart(required=required)
            return
        try:
            self._send(batch)
            self._send(lines, output)
        except OSError:
            self._on_exit(required=required)

    def _send(self, lines: Sequence[str], output: Output | None = None) -> None:
        """Send lines, as few packets of them; the first one with the output that the guard is to hold open."""
        for packet in _packets(lines):
            if self._socket is None:
                return
            if output is not None and output.reader >= 0:
                socket.send_fds(self._socket, [packet], [output.reader])
                output = None
            else:
                self._socket.send(packet)

    def _on_exit(self, *, required: bool = False) -> None:
        """Have another one in the place of a guard that is gone, or does not listen."""
        sessions = self._sessions
        self._sessions = {}
        self.dismiss()
        self._sessions = sessions
        if sessions:
            self._restart(required=required)

    def _restart(self, *, required: bool) -> None:
        """Start another guard and tell it all; where that cannot be, it is tried again later."""
        try:
            self._start()
            self._resend_all()
        except OSError:  # no descriptor is left, say
            self._stop_timer()
            self._timer = asyncio.get_running_loop().call_later(RETRY_DELAY_S, self._flush)
            if required:
                raise

    def _resend_all(self) -> None:
        if self._cgroup:
            self._send([cgroup_line(self._cgroup)])
        for key, session in self._sessions.items():
            self._send(
                (session.start, *order_lines(key, session.order), *filter(None, [session.leader])), session.output
            )
        if not self._stop_all:
            self._send(["."])

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as opened, ExitStack() as undone:
            opened.callback(theirs.close)
            undone.callback(ours.close)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SEND_TIMEOUT)
            # Out of the way of the descriptors that it gets.
            away = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, 10)
            opened.callback(os.close, away)
            own = os.pidfd_open(os.getpid())
            opened.callback(os.close, own)
            own_away = fcntl.fcntl(own, fcntl.F_DUPFD_CLOEXEC, 10)
            opened.callback(os.close, own_away)
            pid = os.posix_spawn(
                sys.executable,
                (sys.executable, "-I", "-S", "-c", _PROGRAM, _HOME, self._run),
                {GUARD: self._run},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                    (os.POSIX_SPAWN_DUP2, away, 0),
                    (os.POSIX_SPAWN_DUP2, own_away, 3),
                ],
                setsid=True,
            )
            undone.callback(_kill, pid)
            handle = os.pidfd_open(pid)
            undone.callback(os.close, handle)
            self._fd_poller.add(handle, self._on_exit)
            undone.pop_all()
        self._socket, self._pid, self._handle = ours, pid, handle

    def _close(self) -> None:
        """Let go of it: with its input closed it stops what it knows of, and ends."""
        self._fd_poller.remove(self._handle)
        os.close(self._handle)
        if self._socket is not None:
            self._socket.close()
        self._pid = self._handle = -1
        self._socket = None


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, SIGKILL)
    _reap(pid)


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _packets(lines: Sequence[str]) -> Iterator[bytes]:
    """Put lines together to packets."""
    packet = ""
    for line in lines:
        if packet and len(packet) + len(line) >= MAX_PACKET_BYTES:
            yield packet.encode()
            packet = ""
        packet = f"{packet}\n{line}" if packet else line
    if packet:
        yield packet.encode()

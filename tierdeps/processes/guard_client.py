"""The run's side of the orphan guard: starts it with the first process, informs it of all, and ends it at the end."""

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


#: How long sending to the guard may block before another guard replaces it: seconds, and microseconds.
SEND_TIMEOUT = struct.pack("ll", 5, 0)
#: How long messages are collected that the guard could do without, in seconds.
BATCH_DELAY_S = 0.05
#: The pause before the start of a guard is tried again, in seconds.
RETRY_DELAY_S = 1.0


#: The size up to which lines are joined in one packet; a longer line is a packet of its own.
MAX_PACKET_BYTES = 32768


class SessionMessages(NamedTuple):
    """The messages on one session, kept for the case that another guard must receive them."""

    start: str
    order: Order
    output: Output
    leader: str = ""


class GuardClient:
    """Informs the orphan guard of what it would have to stop; a guard that is gone is replaced."""

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
        """Announce a session that is about to start; a known key keeps its place in the order.

        Raises OSError if it cannot be sent: then the process must not be started, since no guard would end it.
        """
        # Recorded before it is sent: if the guard turns out to be gone, the one that replaces it gets this session too.
        self._sessions[key] = session = SessionMessages(f"+ {key} {number} {os.fsencode(driver).hex()}", order, output)
        self._send_lines(session.start, *order_lines(key, order), output=output, required=True)

    @property
    def sessions(self) -> frozenset[str]:
        """The keys of the sessions that the guard knows."""
        return frozenset(self._sessions)

    def set_cgroup(self, path: str) -> None:
        """Send the folder of the run's cgroup."""
        if path != self._cgroup:
            self._cgroup = path
            self._send_lines(cgroup_line(path))

    def session_started(self, key: str, pid: int) -> None:
        """Send the id of a session's leader, with the next batch: one packet for each would be slow with many."""
        line = f"= {key} {pid}"
        self._sessions[key] = self._sessions[key]._replace(leader=line)
        self._batch.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_DELAY_S, self._flush)

    def reorder(self, key: str, order: Order) -> None:
        """Send the new place of a session in the stop order, if it changed."""
        session = self._sessions.get(key)
        if session is not None and session.order != order:
            self._sessions[key] = session._replace(order=order)
            self._send_lines(*order_lines(key, order))

    def _flush(self) -> None:
        """Send the batch; start another guard if there is none."""
        self._timer = None
        if self._batch or (self._sessions and self._socket is None):
            self._send_lines()

    def forget(self, key: str) -> None:
        """Remove a session: nothing of it is left, or it is to run on."""
        if self._sessions.pop(key, None) is not None:
            self._send_lines(f"- {key}")

    def dismiss(self) -> None:
        """End the guard without stopping anything."""
        self._sessions.clear()
        self._batch.clear()
        self._stop_timer()
        if self._pid >= 0:
            _kill(self._pid)
            self._close()

    def hand_over(self, keys: Collection[str]) -> None:
        """Have the guard stop these sessions now, even beyond the end of this process; others run on."""
        others = [key for key in self._sessions if key not in keys]
        # Before the first message: a guard that is started to replace a lost one must not stop what is to run on.
        self._stop_all = not others
        for key in others:
            self.forget(key)
        self._send_lines(*([] if self._stop_all else ["."]))
        self._stop_timer()
        if self._pid >= 0:
            # In a daemon thread: the guard must be reaped, but must not delay the end of this process.
            Thread(target=_reap, args=(self._pid,), name="tierdeps-guard", daemon=True).start()
            self._close()
        self._sessions.clear()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send_lines(self, *lines: str, output: Output | None = None, required: bool = False) -> None:
        """Send the batch and these lines; what cannot be sent now is sent later, unless it is ``required``."""
        # A guard that is started now is sent all sessions, the batch and the lines included: they are dropped here.
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
        """Send lines in few packets; the first carries the reading ends of the output, which the guard keeps open."""
        for packet in _packets(lines):
            if self._socket is None:
                return
            if output is not None and output.readers:
                socket.send_fds(self._socket, [packet], output.readers)
                output = None
            else:
                self._socket.send(packet)

    def _on_exit(self, *, required: bool = False) -> None:
        """Replace a guard that is gone, or that does not receive."""
        # Killed first, even if it only does not receive: two guards would stop the same sessions.
        sessions = self._sessions
        self._sessions = {}
        self.dismiss()
        self._sessions = sessions
        if sessions:
            self._restart(required=required)

    def _restart(self, *, required: bool) -> None:
        """Start another guard and send it everything; on failure try again later."""
        try:
            self._start()
            self._resend_all()
        except OSError:  # for example, too many open files
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
            # Above the descriptors 0 to 3, which the file actions below overwrite.
            away = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, 10)
            opened.callback(os.close, away)
            # Opened here and not by the guard: a guard that starts after the end of this process would find another
            # process with its id, or none.
            own = os.pidfd_open(os.getpid())
            opened.callback(os.close, own)
            own_away = fcntl.fcntl(own, fcntl.F_DUPFD_CLOEXEC, 10)
            opened.callback(os.close, own_away)
            pid = os.posix_spawn(
                sys.executable,
                # Isolated and without site: no code of the user's environment runs in it, and it starts fast.
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
        """Close the connection to the guard; with its input closed it stops the sessions that it knows, and ends."""
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
    """Join lines to packets."""
    packet = ""
    for line in lines:
        if packet and len(packet) + len(line) >= MAX_PACKET_BYTES:
            yield packet.encode()
            packet = ""
        packet = f"{packet}\n{line}" if packet else line
    if packet:
        yield packet.encode()

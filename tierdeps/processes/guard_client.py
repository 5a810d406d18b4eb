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

from tierdeps.processes.orphan_guard_state import cgroup_line, lines
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
PATIENCE = struct.pack("ll", 5, 0)
#: How long it may wait for what it finds out by itself if it must, in seconds.
SOON = 0.05
#: How long it is waited, where no guard can be started at the moment, before that is tried again, in seconds.
LATER = 1.0


#: The most of a packet that lines are put together in; a longer line is a packet of its own.
PACKET = 32768


class SessionMessages(NamedTuple):
    """What the guard was told of a session: that it starts, when it is stopped, and who leads it."""

    start: str
    order: Order
    output: Output
    leader: str = ""


class GuardClient:
    """Tells the guard what there is to end, should this process be gone; one that is gone itself is replaced."""

    def __init__(self, run: str, readers: FdPoller) -> None:
        self._run = run
        self._readers = readers
        self._pid = self._handle = -1
        self._socket: socket.socket | None = None
        self._told: dict[str, SessionMessages] = {}
        self._whole = True
        self._cgroup = ""
        self._late: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, key: str, driver: str, output: Output, number: int, order: Order) -> None:
        """Tell that a session is about to start; a key that is known keeps its place in the order.

        Raises OSError where that cannot be told: nothing is started then that nobody would end.
        """
        self._told[key] = told = SessionMessages(f"+ {key} {number} {os.fsencode(driver).hex()}", order, output)
        self._tell(told.start, *lines(key, order), output=output, must=True)

    @property
    def told(self) -> frozenset[str]:
        """The sessions that the guard has to care for."""
        return frozenset(self._told)

    def contain(self, path: str) -> None:
        """Tell in which cgroup the run's processes are."""
        if path != self._cgroup:
            self._cgroup = path
            self._tell(cgroup_line(path))

    def begun(self, key: str, pid: int) -> None:
        """Tell that it has started, soon: a packet of its own for each is dear to who starts many."""
        line = f"= {key} {pid}"
        self._told[key] = self._told[key]._replace(leader=line)
        self._late.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._catch_up)

    def reorder(self, key: str, order: Order) -> None:
        """Tell that a session is to be stopped at another point than was told."""
        told = self._told.get(key)
        if told is not None and told.order != order:
            self._told[key] = told._replace(order=order)
            self._tell(*lines(key, order))

    def _catch_up(self) -> None:
        """Tell what was not told with anything else, to another guard where there is none."""
        self._timer = None
        if self._late or (self._told and self._socket is None):
            self._tell()

    def forget(self, key: str) -> None:
        """Tell that nothing is left of it."""
        if self._told.pop(key, None) is not None:
            self._tell(f"- {key}")

    def dismiss(self) -> None:
        """End the guard; whatever still runs is left alone."""
        self._told.clear()
        self._late.clear()
        self._stop_timer()
        if self._pid >= 0:
            _kill(self._pid)
            self._drop()

    def hand_over(self, keys: Collection[str]) -> None:
        """Have the guard stop these sessions now, and go on for as long as that takes; what else runs is left alone."""
        others = [key for key in self._told if key not in keys]
        self._whole = not others
        for key in others:
            self.forget(key)
        self._tell(*([] if self._whole else ["."]))
        self._stop_timer()
        if self._pid >= 0:
            # It is to be waited for, though nobody here does.
            Thread(target=_reap, args=(self._pid,), name="tierdeps-guard", daemon=True).start()
            self._drop()
        self._told.clear()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self, *lines: str, output: Output | None = None, must: bool = False) -> None:
        """Tell this, after what was late; what cannot be told is told later, unless it ``must`` be now."""
        late, self._late = self._late, []
        if self._socket is None:
            self._replace(must=must)
            return
        try:
            self._send(late)
            self._send(lines, output)
        except OSError:
            self._gone(must=must)

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

    def _gone(self, *, must: bool = False) -> None:
        """Have another one in the place of a guard that is gone, or does not listen."""
        told = self._told
        self._told = {}
        self.dismiss()
        self._told = told
        if told:
            self._replace(must=must)

    def _replace(self, *, must: bool) -> None:
        """Start another guard and tell it all; where that cannot be, it is tried again later."""
        try:
            self._begin()
            self._tell_all()
        except OSError:  # no descriptor is left, say
            self._stop_timer()
            self._timer = asyncio.get_running_loop().call_later(LATER, self._catch_up)
            if must:
                raise

    def _tell_all(self) -> None:
        if self._cgroup:
            self._send([cgroup_line(self._cgroup)])
        for key, told in self._told.items():
            self._send((told.start, *lines(key, told.order), *filter(None, [told.leader])), told.output)
        if not self._whole:
            self._send(["."])

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as opened, ExitStack() as undone:
            opened.callback(theirs.close)
            undone.callback(ours.close)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
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
            self._readers.add(handle, self._gone)
            undone.pop_all()
        self._socket, self._pid, self._handle = ours, pid, handle

    def _drop(self) -> None:
        """Let go of it: with its input closed it stops what it knows of, and ends."""
        self._readers.remove(self._handle)
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
        if packet and len(packet) + len(line) >= PACKET:
            yield packet.encode()
            packet = ""
        packet = f"{packet}\n{line}" if packet else line
    if packet:
        yield packet.encode()

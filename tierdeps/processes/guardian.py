"""The run's side of its guard: it is begun with the first process, told of all, and dismissed at the end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.processes.proc import GUARD

if TYPE_CHECKING:
    from tierdeps.processes.output import Output
    from tierdeps.processes.readers import Readers

_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from tierdeps.processes.guard import main; main(sys.argv[2])"
_HOME = str(Path(__file__).parents[2])


#: How long the guard may take to listen, before it is taken for gone: seconds, and microseconds.
PATIENCE = struct.pack("ll", 5, 0)
#: How long it may wait for what it finds out by itself if it must, in seconds.
SOON = 0.05


class Told(NamedTuple):
    """What the guard was told of a session, and whose output it holds open."""

    lines: tuple[str, ...]
    output: Output


class Guardian:
    """Tells the guard what there is to end, should this process be gone; one that is gone itself is replaced."""

    def __init__(self, run: str, readers: Readers) -> None:
        self._run = run
        self._readers = readers
        self._pid = self._handle = -1
        self._socket: socket.socket | None = None
        self._told: dict[str, Told] = {}
        self._late: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, key: str, output: Output, number: int) -> None:
        """Tell that a session is about to begin; a key that is known keeps its place in the order."""
        line = f"+ {key} {number}"
        self._told[key] = Told((line,), output)
        self._tell(line, output=output)

    def begun(self, key: str, pid: int) -> None:
        """Tell that it has begun, soon: a word of its own for each is dear to who begins many."""
        line = f"= {key} {pid}"
        self._told[key] = Told((*self._told[key].lines, line), self._told[key].output)
        self._late.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._catch_up)

    def _catch_up(self) -> None:
        """Tell what was not told with anything else."""
        self._timer = None
        if self._late:
            self._tell()

    def forget(self, key: str) -> None:
        """Tell that nothing is left of it."""
        if self._told.pop(key, None) is not None:
            self._tell(f"- {key}")

    def dismiss(self) -> None:
        """End the guard; whatever still runs is left alone."""
        self._told.clear()
        self._late.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pid >= 0:
            self._readers.remove(self._handle)
            with suppress(ProcessLookupError):
                os.kill(self._pid, SIGKILL)
            self._drop()

    def _tell(self, *lines: str, output: Output | None = None) -> None:
        """Tell this, after what was late."""
        lines = (*self._late, *lines)
        self._late.clear()
        if self._socket is None:
            self._replace()
            return
        try:
            self._send("\n".join(lines), output)
        except OSError:
            self._gone()

    def _send(self, packet: str, output: Output | None) -> None:
        """Send lines; a session's first one with the output that the guard is to hold open."""
        if self._socket is None:
            return
        if output is not None and output.reader >= 0:
            socket.send_fds(self._socket, [packet.encode()], [output.reader])
        else:
            self._socket.send(packet.encode())

    def _gone(self) -> None:
        """Have another one in the place of a guard that is gone, or does not listen."""
        told = self._told
        self._told = {}
        self.dismiss()
        self._told = told
        if told:
            self._replace()

    def _replace(self) -> None:
        self._begin()
        for told in self._told.values():
            for line in told.lines:
                self._send(line, told.output if line.startswith("+") else None)

    def _begin(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
        # Out of the way of the descriptors that it gets.
        away = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, 10)
        own = os.pidfd_open(os.getpid())
        own_away = fcntl.fcntl(own, fcntl.F_DUPFD_CLOEXEC, 10)
        try:
            self._pid = os.posix_spawn(
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
        finally:
            theirs.close()
            for descriptor in (away, own, own_away):
                os.close(descriptor)
        self._handle = os.pidfd_open(self._pid)
        self._readers.add(self._handle, self._gone)

    def _drop(self) -> None:
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        os.close(self._handle)
        if self._socket is not None:
            self._socket.close()
        self._pid = self._handle = -1
        self._socket = None

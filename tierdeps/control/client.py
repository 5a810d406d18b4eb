"""The client of a running instance: sends it a request, reads the replies, and waits for its process to end."""

from __future__ import annotations

import os
import select
import signal
import socket
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps._util.process_id import is_alive
from tierdeps._util.seconds import waits
from tierdeps.control.messages import Ack, Exit, Notice, Ping, decode_reply, encode
from tierdeps.control.sockets import address, peer_of
from tierdeps.errors import DeadlineExceeded, RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from tierdeps.control.messages import Reply, Request

#: How long to connect, and to wait for the Ack: an instance sends it at once, unless its event loop is blocked.
CONTROL_TIMEOUT_S = 5.0
#: The pause before another attempt to connect where the backlog of the socket is full.
CONNECT_RETRY_S = 0.02
#: A timeout of zero would make the socket non-blocking.
MIN_SOCKET_TIMEOUT_S = 0.001
RECEIVE_BYTES = 1 << 16
#: What the command line of an instance contains, whether ``tierdeps`` or ``python -m tierdeps`` started it.
PROGRAM = b"tierdeps"
#: The interval of checks whether a process has ended, where the kernel has no pidfd.
POLL_S = 0.05


class NoAnswerError(RunError):
    """An instance cannot be reached: it has no socket, or nobody answers there."""

    def __init__(self, pid: int, why: str) -> None:
        self.pid = pid
        super().__init__(f"the instance with process ID {pid} cannot be reached: {why}")


class RefusedError(NoAnswerError):
    """An instance refuses a request."""


def require_version(pid: int, path: Path, version: int, what: str) -> None:
    """Raise RunError unless an instance speaks a version of the protocol; ``what`` is what it could not do otherwise.

    Raises NoAnswerError if it cannot be reached.
    """
    with Conversation(pid, path, Ping(), CONTROL_TIMEOUT_S) as conversation:
        spoken = max((reply.version for reply in conversation.replies() if isinstance(reply, Ack)), default=1)
    if spoken < version:
        raise RunError(
            f"the instance with process ID {pid} was started by an earlier version of tierdeps, which cannot {what};"
            " stop it, and start it again with this version"
        )


class Conversation:
    """One request to one instance, and its replies; a context manager.

    ``seconds`` limits the whole of it. Raises NoAnswerError if the instance cannot be reached.
    """

    def __init__(self, pid: int, path: Path, request: Request, seconds: float) -> None:
        self._pid = pid
        self._seconds = seconds
        self._deadline = monotonic() + seconds
        self._socket = socket.socket(socket.AF_UNIX)
        #: Received bytes of which no line has been read yet.
        self._received = bytearray()
        try:
            self._open(path, request)
        except OSError as error:
            self.close()
            raise NoAnswerError(pid, _reason(error)) from None

    def _open(self, path: Path, request: Request) -> None:
        self._socket.settimeout(CONTROL_TIMEOUT_S)
        with address(path) as name:
            self._connect(name)
        peer = peer_of(self._socket)
        if peer is not None and peer.pid != self._pid:
            raise PermissionError(f"the process {peer.pid} listens at its socket")
        self._socket.sendall(encode(request))

    def _connect(self, name: str) -> None:
        """Connect; try again as long as the backlog of the socket is full, because many others connect."""
        deadline = monotonic() + CONTROL_TIMEOUT_S
        while True:
            try:
                return self._socket.connect(name)
            except BlockingIOError:
                if monotonic() > deadline:
                    raise
                sleep(CONNECT_RETRY_S)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replies(self) -> Iterator[Reply]:
        """Yield the replies up to the Exit, which is missing if the instance ends before it has sent one.

        Raises RefusedError if the request is refused, NoAnswerError if no valid reply comes within CONTROL_TIMEOUT_S,
        and DeadlineExceeded.
        """
        acknowledged, errors = False, list[str]()
        while line := self._line(acknowledged=acknowledged):
            reply = self._decode(line)
            # Until the Ack, lines are the reasons of a refusal, and CONTROL_TIMEOUT_S applies; after it, the deadline.
            acknowledged = acknowledged or isinstance(reply, Ack)
            if acknowledged:
                yield reply
            elif isinstance(reply, Notice):
                errors.append(reply.text.removeprefix("error: "))
            else:
                raise RefusedError(self._pid, "; ".join(errors) or "it refused")
            if isinstance(reply, Exit):
                return
        if not acknowledged:
            raise NoAnswerError(self._pid, "it closed the connection without a reply")

    def _decode(self, line: bytes) -> Reply:
        try:
            return decode_reply(line)
        except ValueError as error:
            raise NoAnswerError(self._pid, f"its answer is {error}") from None

    def _line(self, *, acknowledged: bool) -> bytes:
        """Read a line; an empty one at the end of the connection."""
        left = self._deadline - monotonic()
        try:
            return self._read_line(left if acknowledged else min(left, CONTROL_TIMEOUT_S))
        except TimeoutError:
            if acknowledged:
                raise DeadlineExceeded("what was asked for", self._seconds) from None
            raise NoAnswerError(self._pid, f"it sent nothing within {CONTROL_TIMEOUT_S:g} s") from None
        except OSError:
            return b""

    def _read_line(self, seconds: float) -> bytes:
        """Read up to the end of a line; return an empty one if the connection ends before. Raises TimeoutError."""
        deadline, searched = monotonic() + seconds, 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            part = self._receive(deadline - monotonic())
            if not part:
                return b""
            self._received += part
        line = bytes(self._received[: end + 1])
        del self._received[: end + 1]
        return line

    def _receive(self, seconds: float) -> bytes:
        """Receive the next bytes. Raises TimeoutError."""
        for wait in waits(seconds):
            self._socket.settimeout(max(wait, MIN_SOCKET_TIMEOUT_S))
            with suppress(TimeoutError):
                return self._socket.recv(RECEIVE_BYTES)
        raise TimeoutError


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"it did not answer within {CONTROL_TIMEOUT_S:g} s"
    if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
        return "it has no socket"
    return error.strerror or str(error)


class ProcessHandle:
    """A process that is not our child; a context manager.

    ``stamp`` is the start time that the journal recorded: a later process with the same id has another one. Inside the
    block a pidfd, where there is one, keeps the id from meaning another process between a check and a signal.
    """

    def __init__(self, pid: int, stamp: str) -> None:
        self.pid = pid
        self._stamp = stamp
        self._pidfd = -1

    def __enter__(self) -> Self:
        try:
            self._pidfd = os.pidfd_open(self.pid)
        except (OSError, AttributeError):  # it has ended, or the system has no pidfd
            return self
        if not self.alive:  # another process has the id by now
            self._close()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._pidfd = -1

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return is_alive(self.pid, self._stamp)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; return whether it has ended in time."""
        if self._pidfd >= 0:
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            return any(poll.poll(wait * 1000) for wait in waits(seconds))
        deadline = monotonic() + seconds
        while self.alive:
            if monotonic() >= deadline:
                return False
            sleep(POLL_S)
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, and no other process; one that has ended gets none.

        Raises RunError if its start time is not known, so that another process may have its id, or if another user
        owns it.
        """
        if not self._stamp and self.alive:
            raise RunError(
                f"process {self.pid} is not signalled: its start time is unknown, so it may be another process"
            )
        try:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            elif self.alive:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError:
            raise RunError(
                f"process {self.pid} belongs to another user and cannot be signalled; run the command as that user"
            ) from None

    def is_instance(self, journal: Path) -> bool:
        """Return whether it is a run of tierdeps by this user: by its command, or because it has the journal open."""
        folder = Path("/proc", str(self.pid))
        with suppress(OSError):
            if folder.stat().st_uid != os.geteuid():
                return False
            if PROGRAM in (folder / "cmdline").read_bytes():
                return True
            return any(link.readlink() == journal for link in (folder / "fd").iterdir())
        return False

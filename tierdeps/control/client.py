"""Asking a running instance, and seeing that it ends."""

from __future__ import annotations

import socket
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps.control.messages import Heard, Over, Talked, line_of, reply_of
from tierdeps.control.peer import peer_of
from tierdeps.control.place import address
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.seconds import waits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from tierdeps.control.messages import Reply, Request

#: So long an instance has to say that it heard, in seconds: it answers at once, unless its event loop is held up.
PATIENCE = 5.0
#: How soon to try again where many connect at the same time, in seconds.
PAUSE = 0.02
#: A timeout of a socket is above zero, in seconds.
SHORTEST = 0.001
#: So much is received at once, in bytes.
PART = 1 << 16


class NoAnswerError(RunError):
    """An instance cannot be asked: it has no socket, or nobody answers there."""

    def __init__(self, pid: int, why: str) -> None:
        self.pid = pid
        super().__init__(f"the instance with the process id {pid} cannot be asked: {why}")


class RefusedError(NoAnswerError):
    """An instance does not take a request."""


class Conversation:
    """One request to one instance, and its replies; a context manager.

    ``seconds`` is how long all of it may take. Raises NoAnswerError where nobody listens.
    """

    def __init__(self, pid: int, path: Path, request: Request, seconds: float) -> None:
        self._pid = pid
        self._seconds = seconds
        self._until = monotonic() + seconds
        self._socket = socket.socket(socket.AF_UNIX)
        #: What was received and not read yet.
        self._received = bytearray()
        try:
            self._open(path, request)
        except OSError as error:
            self.close()
            raise NoAnswerError(pid, _reason(error)) from None

    def _open(self, path: Path, request: Request) -> None:
        self._socket.settimeout(PATIENCE)
        with address(path) as name:
            self._connect(name)
        peer = peer_of(self._socket)
        if peer is not None and peer.pid != self._pid:
            raise PermissionError(f"the process {peer.pid} listens at its socket")
        self._socket.sendall(line_of(request))

    def _connect(self, name: str) -> None:
        """Connect; where many others do so at the moment, wait for a turn."""
        until = monotonic() + PATIENCE
        while True:
            try:
                return self._socket.connect(name)
            except BlockingIOError:
                if monotonic() > until:
                    raise
                sleep(PAUSE)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replies(self) -> Iterator[Reply]:
        """Yield what is said until it is over; without an Over where the instance ended before.

        Raises RefusedError where the request is not taken, NoAnswerError where nothing that is a reply is said within
        a moment, and DeadlineExceeded.
        """
        heard, complaints = False, list[str]()
        while line := self._line(heard=heard):
            reply = self._reply(line)
            heard = heard or isinstance(reply, Heard)
            if heard:
                yield reply
            elif isinstance(reply, Talked):
                complaints.append(reply.text.removeprefix("error: "))
            else:
                raise RefusedError(self._pid, "; ".join(complaints) or "it refused")
            if isinstance(reply, Over):
                return
        if not heard:
            raise NoAnswerError(self._pid, "it closed the connection without a word")

    def _reply(self, line: bytes) -> Reply:
        try:
            return reply_of(line)
        except ValueError as error:
            raise NoAnswerError(self._pid, f"what it said is {error}") from None

    def _line(self, *, heard: bool) -> bytes:
        """Read a line; an empty one where there are no more."""
        left = self._until - monotonic()
        try:
            return self._read_line(left if heard else min(left, PATIENCE))
        except TimeoutError:
            if heard:
                raise DeadlineExceeded("what was asked for", self._seconds) from None
            raise NoAnswerError(self._pid, f"it said nothing within {PATIENCE:g} s") from None
        except OSError:
            return b""

    def _read_line(self, seconds: float) -> bytes:
        """Read up to the end of a line; an empty one where it does not come. Raises TimeoutError."""
        until, searched = monotonic() + seconds, 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            part = self._receive(until - monotonic())
            if not part:
                return b""
            self._received += part
        line = bytes(self._received[: end + 1])
        del self._received[: end + 1]
        return line

    def _receive(self, seconds: float) -> bytes:
        """Wait for whatever comes next. Raises TimeoutError."""
        for wait in waits(seconds):
            self._socket.settimeout(max(wait, SHORTEST))
            with suppress(TimeoutError):
                return self._socket.recv(PART)
        raise TimeoutError


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"it did not answer within {PATIENCE:g} s"
    if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
        return "it has no socket"
    return error.strerror or str(error)

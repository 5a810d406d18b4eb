"""The socket over which a process reports that it is ready (sd_notify)."""

from __future__ import annotations

import array
import asyncio
import os
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: The sender's process id, user and group, from the kernel.
_CREDENTIALS = struct.Struct("3i")
#: Space for the credentials and for some descriptors.
_ANCILLARY = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(4 * 16)


class NotifySocket:
    """Listens on an abstract address, which needs neither a file nor its permissions.

    ``ready`` is done once a process of one of the ``users`` sends READY=1; ``on_status`` is called with each STATUS.
    """

    def __init__(self, users: frozenset[int], on_status: Callable[[str], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._users = users
        self._on_status = on_status
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        name = f"tierdeps/{os.urandom(8).hex()}"
        self._socket.bind(f"\0{name}")
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.address: str = f"@{name}"
        self._loop.add_reader(self._socket, self._on_readable)

    def close(self) -> None:
        """Close the socket."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _on_readable(self) -> None:
        try:
            message, ancillary, *_ = self._socket.recvmsg(65536, _ANCILLARY)
        except OSError:
            return
        user = None
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                user = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])[1]
            elif (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                _close_all(data)
        if user in self._users:
            for line in message.decode(errors="backslashreplace").splitlines():
                self._handle_field(*line.partition("=")[::2])

    def _handle_field(self, name: str, value: str) -> None:
        if name == "STATUS":
            self._on_status(value)
        elif name == "READY" and value == "1" and not self.ready.done():
            self.ready.set_result(None)


def _close_all(data: bytes) -> None:
    """Close received descriptors: a sender of BARRIER=1 waits until its descriptor is closed."""
    descriptors = array.array("i")
    descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    for descriptor in descriptors:
        os.close(descriptor)

"""Who is at the other end of a socket."""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple

_UCRED = struct.Struct("3i")


class Peer(NamedTuple):
    """The process at the other end, as the kernel knows it."""

    pid: int
    uid: int

    @property
    def may_ask(self) -> bool:
        """Whether it is our own user's, or the superuser's."""
        return self.uid in (os.geteuid(), 0)


def peer_of(connection: socket.socket) -> Peer | None:
    """Return who is at the other end; None where the kernel does not tell, and the folder's permissions have to do."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    pid, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    return Peer(pid, uid)

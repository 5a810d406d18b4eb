"""The control sockets of running instances: where they are, how they are made, and who is at the other end."""

from __future__ import annotations

import os
import socket
import stat
import struct
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.state_dir import PrivateFolder, runtime_dir
from tierdeps.journal import journal_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The length of sun_path without its final NUL: a longer path is reached through a descriptor of its folder.
MAX_ADDRESS_BYTES = 107
#: The kernel's ``struct ucred``: pid, uid, gid.
_UCRED = struct.Struct("3i")


def own_socket() -> Path:
    """Return the path of this process's socket: in XDG_RUNTIME_DIR if that is usable, otherwise beside the journal."""
    folder = runtime_dir() or journal_path().parent / "run"
    return folder / f"{os.getpid()}.sock"


@contextmanager
def address(path: Path) -> Iterator[str]:
    """Provide an address for a socket's path, however long the path is; it is valid inside the block."""
    if len(os.fsencode(path)) <= MAX_ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_DIRECTORY | os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def open_folder(path: Path) -> PrivateFolder:
    """Open the folder of sockets, and create it if it is missing. Raises OSError if it is not this user's alone."""
    state = journal_path().parent
    return PrivateFolder.open(state, "run") if path == state / "run" else PrivateFolder.open(path)


def remove_stale(folder: PrivateFolder) -> None:
    """Remove the sockets on which nobody listens any more: a killed instance leaves its own."""
    for path in folder.path.glob("*.sock"):
        if not path.is_socket() or path.is_symlink():
            continue
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError), address(path) as name:
            probe.setblocking(False)
            try:
                probe.connect(name)
            except ConnectionRefusedError:
                remove(folder, path.name)


def remove(folder: PrivateFolder, name: str) -> None:
    """Remove a socket of this user. Raises OSError if the name is that of anything else."""
    folder.remove(name, stat.S_ISSOCK, "a socket")


def listen(folder: PrivateFolder, name: str) -> socket.socket:
    """Return a socket that listens at a path.

    It is made under another name and renamed, so that a client that sees the path can connect, and so that its mode is
    0600 from the beginning. Raises OSError, also if anything but an old socket has the name.
    """
    made = socket.socket(socket.AF_UNIX)
    path, part = folder.path / name, folder.path / f"{name}.part"
    try:
        for old in (name, part.name):
            remove(folder, old)
        with address(part) as address_:
            made.bind(address_)
        part.chmod(0o600)
        made.listen()
        made.setblocking(False)
        part.replace(path)
    except OSError:
        made.close()
        with suppress(OSError):
            remove(folder, part.name)
        raise
    return made


class Peer(NamedTuple):
    """The process at the other end of a connection, as the kernel reports it."""

    pid: int
    uid: int

    @property
    def is_allowed(self) -> bool:
        """Whether it belongs to our own user or to the superuser."""
        return self.uid in (os.geteuid(), 0)


def peer_of(connection: socket.socket) -> Peer | None:
    """Return the process at the other end; None if the kernel does not report it: the folder's mode protects then."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    pid, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    return Peer(pid, uid)

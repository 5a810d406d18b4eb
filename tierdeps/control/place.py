"""Where the sockets of running instances are: a folder that only their owner may enter."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.journal import journal_path
from tierdeps.private_files import PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a socket's address has room for, in bytes; the rest of the path then goes through a descriptor of its folder.
LONGEST_PATH = 107


def own_socket() -> Path:
    """Name the socket of this process: under XDG_RUNTIME_DIR where there is one, else beside the journal."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = os.path.isabs(runtime) and os.path.isdir(runtime)  # noqa: PTH112, PTH117  an empty one is neither
    folder = Path(runtime, "tierdeps") if usable else journal_path().parent / "run"
    return folder / f"{os.getpid()}.sock"


@contextmanager
def address(path: Path) -> Iterator[str]:
    """Lend an address for a socket's path, however long that is."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_DIRECTORY | os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def open_folder(path: Path) -> PrivateFolder:
    """Open the folder of sockets, made where it is missing; raises OSError where it is not ours."""
    state = journal_path().parent
    return PrivateFolder.open(state, "run") if path == state / "run" else PrivateFolder.open(path)


def sweep(folder: PrivateFolder) -> None:
    """Remove the sockets at which nobody listens any more."""
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
    """Remove a socket of ours; raises OSError for what is none."""
    folder.remove(name, stat.S_ISSOCK, "a socket")


def listen(folder: PrivateFolder, name: str) -> socket.socket:
    """Return a socket that listens at a path; it is there, and only its owner's, once it can answer.

    Raises OSError, also where anything but an old socket is in its place.
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

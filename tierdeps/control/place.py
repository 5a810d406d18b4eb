"""Where the sockets of running instances are: a folder that only their owner may enter."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.journal import journal_path

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


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; raises OSError where somebody else could."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not a folder of ours")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def sweep(folder: Path) -> None:
    """Take away the sockets at which nobody listens any more."""
    for path in folder.glob("*.sock"):
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError), address(path) as name:
            probe.setblocking(False)
            try:
                probe.connect(name)
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at a path; it is there, and only its owner's, once it can answer."""
    made = socket.socket(socket.AF_UNIX)
    part = path.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)
        with address(part) as name:
            made.bind(name)
        part.chmod(0o600)
        made.listen()
        made.setblocking(False)
        part.replace(path)
    except OSError:
        made.close()
        part.unlink(missing_ok=True)
        raise
    return made

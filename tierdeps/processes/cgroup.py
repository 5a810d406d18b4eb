"""The cgroup of a run, which its processes cannot leave; where cgroup v2 is available.

The cgroup of a run is a child of the cgroup of this process, and has a child for each driver. The interface is that of
the kernel's ``Documentation/admin-guide/cgroup-v2.rst``: ``mkdir`` creates a cgroup, a process id written to
``cgroup.procs`` moves a process, a child process starts in the cgroup of its parent, ``1`` written to ``cgroup.kill``
kills all processes in a cgroup and below it, and ``rmdir`` removes an empty one. The orphan guard imports this module,
so it imports little.
"""

from __future__ import annotations

import os
import re
import signal
import time
from _thread import allocate_lock
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The environment variable, and its value, with which no cgroup is used.
SWITCH, OFF = "TIERDEPS_CGROUP", "no"
#: How long a cgroup may take to become empty after its processes were killed, and the interval of checks, in seconds.
EMPTY_S, LOOK_S = 5.0, 0.01
#: Held while this process is in the cgroup of a driver for a moment, and while a thread reads which cgroup it is in:
#: a run of another thread would create its own cgroup below that of the driver, and end with it.
MOVING = allocate_lock()
_NAME = re.compile(r"tierdeps-[0-9a-f]{16}")


class CgroupEntry(NamedTuple):
    """Two open ``cgroup.procs``: of the cgroup that a program starts in, and of the one that this process is in.

    ``home`` is -1 if this process cannot return there.
    """

    procs: int
    home: int = -1


class Cgroup:
    """The cgroup of one run; ``path`` is its folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The last part of its path, which is unique."""
        return os.path.basename(self.path)  # noqa: PTH119

    def folder(self, driver: str) -> str:
        """Return the folder of a driver's cgroup, whether or not it exists."""
        return f"{self.path}/{sha256(os.fsencode(driver)).hexdigest()[:16]}"

    def open(self, driver: str) -> int:
        """Create a driver's cgroup; return its open ``cgroup.procs``: a process that writes 0 to it is moved there."""
        folder = self.folder(driver)
        with suppress(FileExistsError):
            os.mkdir(folder, 0o755)  # noqa: PTH102
        return os.open(f"{folder}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)

    @property
    def home(self) -> str:
        """The ``cgroup.procs`` of the cgroup that this one is below: that of the process which created it."""
        return f"{os.path.dirname(self.path)}/cgroup.procs"  # noqa: PTH120

    def move_out(self, pid: int) -> None:
        """Move a process to the cgroup that this one is below."""
        _write(self.home, str(pid))

    def release(self) -> None:
        """Move the processes that still run to the parent cgroup, and remove this one."""
        for folder in (*_folders(self.path), self.path):
            for pid in pids(folder):
                self.move_out(pid)
        remove(self.path)


def enter(procs: int) -> None:
    """Move this process to the cgroup whose ``cgroup.procs`` is open; if that fails, it stays in its own."""
    with suppress(OSError):  # the parent checks whether it worked
        os.write(procs, b"0")


def contains(folder: str, pid: int) -> bool:
    """Return whether a process is in a cgroup or below it; True for a process that has ended."""
    parts = parts_of(pid)
    return not parts or os.path.basename(folder) in parts  # noqa: PTH119


def parts_of(pid: int) -> list[str]:
    """Return the parts of the path of a process's cgroup; empty if the process has ended."""
    for line in _read(f"/proc/{pid}/cgroup").splitlines():
        if line.startswith("0::"):
            return line[3:].split("/")
    return []


def own_parts() -> list[str]:
    """Return the parts of the path of the cgroup that this process is in, but for those moments."""
    with MOVING:
        return parts_of(os.getpid())


def create(run: str) -> Cgroup | None:
    """Create the cgroup of a run; return None if there is no cgroup v2 in which this user may create one."""
    if os.environ.get(SWITCH) == OFF:
        return None
    with MOVING:
        own = own_folder(_read("/proc/self/cgroup"), _read("/proc/self/mountinfo"))
    if own is None:
        return None
    path = f"{own}/tierdeps-{run}"
    try:
        os.mkdir(path, 0o755)  # noqa: PTH102
    except OSError:
        return None
    # Only a domain cgroup accepts processes, a threaded one does not; and an ordinary folder has no such files.
    if os.access(f"{path}/cgroup.procs", os.W_OK) and _read(f"{path}/cgroup.type").strip() == "domain":
        return Cgroup(path)
    remove(path)
    return None


def own_folder(cgroups: str, mounts: str) -> str | None:
    """Return the folder of a process's cgroup, from the texts of its ``/proc/PID/cgroup`` and ``mountinfo``."""
    mounted = _mounted(mounts)
    own = next((line[3:] for line in cgroups.splitlines() if line.startswith("0::")), None)
    if mounted is None or own is None:
        return None
    root, folder = mounted
    if root not in ("/", own) and not own.startswith(f"{root}/"):
        return None  # its cgroup is not in the mounted part of the hierarchy
    return f"{folder}{own.removeprefix(root.rstrip('/'))}".rstrip("/")


def _mounted(mounts: str) -> tuple[str, str] | None:
    """Return which part of the cgroup hierarchy is mounted, and at which folder."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            root, folder = before.split()[3:5]
            return _unescaped(root), _unescaped(folder)
    return None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def is_ours(path: str) -> bool:
    """Return whether a recorded folder is the cgroup of a run of this user, and on the cgroup file system.

    The record is input: everything in the folder may be killed, so the record alone is not trusted.
    """
    if not _NAME.fullmatch(os.path.basename(path)) or os.path.islink(path):  # noqa: PTH119, PTH114
        return False
    mounted = _mounted(_read("/proc/self/mountinfo"))
    try:
        state = os.stat(path)  # noqa: PTH116
        kernels = mounted is not None and os.stat(mounted[1]).st_dev == state.st_dev  # noqa: PTH116
    except OSError:
        return False
    return kernels and state.st_uid == os.geteuid()


def pids(folder: str) -> list[int]:
    """Return the ids of the processes in a cgroup, without those below it."""
    return [int(line) for line in _read(f"{folder}/cgroup.procs").split() if line.isdigit()]


def all_pids(folder: str) -> list[int]:
    """Return the ids of the processes in a cgroup and below it."""
    if "populated 0" in _read(f"{folder}/cgroup.events"):
        return []
    return [pid for each in (folder, *_folders(folder)) for pid in pids(each)]


def kill(folder: str) -> None:
    """Kill all processes in a cgroup and below it: atomically, or one by one before Linux 5.14."""
    if not os.path.exists(folder):  # noqa: PTH110
        return
    # This process may be in it if it could not return from the start of another one.
    if os.path.exists(f"{folder}/cgroup.kill") and not contains(folder, os.getpid()):  # noqa: PTH110
        _write(f"{folder}/cgroup.kill", "1")
        return
    for pid in all_pids(folder):
        with suppress(OSError):  # it has ended in the meantime
            if pid != os.getpid():
                os.kill(pid, signal.SIGKILL)


def end(folder: str) -> bool:
    """Kill the processes in a cgroup, wait until it is empty, and remove it; return whether it is removed."""
    latest = time.monotonic() + EMPTY_S
    while not remove(folder):
        kill(folder)
        if time.monotonic() > latest:
            return False
        time.sleep(LOOK_S)
    return True


def remove(folder: str) -> bool:
    """Remove a cgroup and those below it if no process is in them; return whether they are removed."""
    if remove_empty(folder):
        return True
    for each in (*_folders(folder), folder):
        try:
            with suppress(FileNotFoundError):
                os.rmdir(each)  # noqa: PTH106
        except OSError:
            return False
    return True


def remove_empty(folder: str) -> bool:
    """Remove a cgroup that has neither processes nor others below it; return whether there is none any more."""
    try:
        os.rmdir(folder)  # noqa: PTH106
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _folders(folder: str) -> Iterator[str]:
    """Yield the folders of the cgroups below one, the innermost first."""
    for each, _, _ in os.walk(folder, topdown=False):
        if each != folder:
            yield each


def _read(path: str) -> str:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  a text file costs twice as much
            return os.fsdecode(file.read())
    except OSError:
        return ""


def _write(path: str, text: str) -> None:
    with suppress(OSError), open(path, "w", encoding="ascii") as file:  # noqa: PTH123  callers check the effect
        file.write(text)

"""A run's processes in a cgroup of their own, where cgroup v2 allows it: nothing can leave it, whatever it does.

The run's cgroup has one for each driver. It is made below the one that this process is in, as the kernel documents in
``Documentation/admin-guide/cgroup-v2.rst``: ``mkdir`` makes one, writing a number to ``cgroup.procs`` moves a process,
a child starts in its parent's cgroup, ``1`` in ``cgroup.kill`` kills all below, and ``rmdir`` removes an empty one.
The guard imports this module, so it imports little.
"""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What no run is contained with, whatever the host allows: the variable, and its value.
SWITCH, OFF = "TIERDEPS_CGROUP", "no"
#: How long a cgroup may take to become empty once all in it was killed, in seconds; and how often that is looked at.
EMPTY_S, LOOK_S = 5.0, 0.01
_NAME = re.compile(r"tierdeps-[0-9a-f]{16}")


class Cgroup:
    """The cgroup of one run; ``path`` is its folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """Its own part of the path, which no other one has."""
        return os.path.basename(self.path)  # noqa: PTH119

    def folder(self, driver: str) -> str:
        """Return the folder of a driver's cgroup; it need not be there."""
        return f"{self.path}/{sha256(os.fsencode(driver)).hexdigest()[:16]}"

    def open(self, driver: str) -> int:
        """Make a driver's cgroup; return a descriptor: the process that writes a 0 to it moves there."""
        folder = self.folder(driver)
        with suppress(FileExistsError):
            os.mkdir(folder, 0o755)  # noqa: PTH102
        return os.open(f"{folder}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)

    def release(self) -> None:
        """Move what still runs to where it would be without all this, and remove it."""
        above = os.path.dirname(self.path)  # noqa: PTH120
        for folder in (*_folders(self.path), self.path):
            for pid in pids(folder):
                _write(f"{above}/cgroup.procs", str(pid))
        remove(self.path)


def enter(procs: int) -> None:
    """Move this process to the cgroup whose ``cgroup.procs`` is open; it stays where it is where that cannot be."""
    with suppress(OSError):  # the parent looks where it is
        os.write(procs, b"0")


def contains(folder: str, pid: int) -> bool:
    """Return whether a process is in a cgroup, or below it; one that has ended counts."""
    parts = parts_of(pid)
    return not parts or os.path.basename(folder) in parts  # noqa: PTH119


def parts_of(pid: int) -> list[str]:
    """Return the path of the cgroup that a process is in, part by part; nothing where it is gone."""
    for line in _read(f"/proc/{pid}/cgroup").splitlines():
        if line.startswith("0::"):
            return line[3:].split("/")
    return []


def make(run: str) -> Cgroup | None:
    """Make the cgroup of a run, or return None where this host has no cgroup v2 in which this user may make one."""
    if os.environ.get(SWITCH) == OFF:
        return None
    own = own_folder(_read("/proc/self/cgroup"), _read("/proc/self/mountinfo"))
    if own is None:
        return None
    path = f"{own}/tierdeps-{run}"
    try:
        os.mkdir(path, 0o755)  # noqa: PTH102
    except OSError:
        return None
    # Of the kernel alone; a threaded one takes no processes.
    if os.access(f"{path}/cgroup.procs", os.W_OK) and _read(f"{path}/cgroup.type").strip() == "domain":
        return Cgroup(path)
    remove(path)
    return None


def own_folder(cgroups: str, mounts: str) -> str | None:
    """Return the folder of the cgroup that a process is in, by its ``cgroup`` and ``mountinfo`` of ``/proc``."""
    mounted = _mounted(mounts)
    own = next((line[3:] for line in cgroups.splitlines() if line.startswith("0::")), None)
    if mounted is None or own is None:
        return None
    root, folder = mounted
    if root not in ("/", own) and not own.startswith(f"{root}/"):
        return None  # it is not below what is mounted
    return f"{folder}{own.removeprefix(root.rstrip('/'))}".rstrip("/")


def _mounted(mounts: str) -> tuple[str, str] | None:
    """Return which part of the hierarchy is mounted, and where."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            root, folder = before.split()[3:5]
            return _unescaped(root), _unescaped(folder)
    return None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def is_ours(path: str) -> bool:
    """Return whether a folder that somebody recorded is a run's cgroup, of this user, and of the kernel's making."""
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
    """Return the processes of a cgroup, without those below it."""
    return [int(line) for line in _read(f"{folder}/cgroup.procs").split() if line.isdigit()]


def everything(folder: str) -> list[int]:
    """Return the processes of a cgroup and of those below it."""
    return [pid for each in (folder, *_folders(folder)) for pid in pids(each)]


def kill(folder: str) -> None:
    """Kill all that is in a cgroup and below it, at once; before Linux 5.14, one by one."""
    if not os.path.exists(folder):  # noqa: PTH110
        return
    if os.path.exists(f"{folder}/cgroup.kill"):  # noqa: PTH110
        _write(f"{folder}/cgroup.kill", "1")
        return
    for pid in everything(folder):
        with suppress(OSError):  # it ended just now
            os.kill(pid, signal.SIGKILL)


def end(folder: str) -> bool:
    """Kill what is in a cgroup, wait for its end, and remove it; return whether it is gone."""
    latest = time.monotonic() + EMPTY_S
    while not remove(folder):
        kill(folder)
        if time.monotonic() > latest:
            return False
        time.sleep(LOOK_S)
    return True


def remove(folder: str) -> bool:
    """Remove a cgroup and those below it, if nothing runs there; return whether it is gone."""
    for each in (*_folders(folder), folder):
        try:
            with suppress(FileNotFoundError):
                os.rmdir(each)  # noqa: PTH106
        except OSError:
            return False
    return True


def _folders(folder: str) -> Iterator[str]:
    """Walk the cgroups below one, the innermost first."""
    for each, _, _ in os.walk(folder, topdown=False):
        if each != folder:
            yield each


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def _write(path: str, text: str) -> None:
    with suppress(OSError), open(path, "w", encoding="ascii") as file:  # noqa: PTH123  looked at afterwards
        file.write(text)

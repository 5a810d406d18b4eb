"""What runs on this host, as ``/proc`` tells it, and what of it is ours; the guard imports it, so it imports little."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.process_id import read_stat
from tierdeps.processes.cgroup import everything

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where a process stands in its environment: the run that began it, whose instance that is, and for which driver.
RUN, INSTANCE, DRIVER = "TIERDEPS_RUN", "TIERDEPS_INSTANCE", "TIERDEPS_DRIVER"
#: When a leader began that has ended: no later process of its number did, and its session may live on.
GONE = 0
#: What only guards have: they are never taken for what they guard.
GUARD = "TIERDEPS_GUARD"


class ProcessInfo(NamedTuple):
    """A process that runs; ``began`` tells it from a later one of the same number."""

    pid: int
    parent: int
    session: int
    began: int


class ProcessMatcher(NamedTuple):
    """By what processes are known.

    ``marks``: entries of the environment, all of one group. ``sessions``: each with when its leader began, or ``GONE``.
    ``pipes``: what they write to. ``cgroups``: the folders of those that they run in. Many a program writes its title
    over its environment, so marks alone would not do.
    """

    marks: tuple[frozenset[bytes], ...] = ()
    sessions: dict[int, int] = {}  # noqa: RUF012  nobody changes it
    pipes: frozenset[str] = frozenset()
    cgroups: tuple[str, ...] = ()


def look(pid: int, *, dead: bool = False) -> ProcessInfo | None:
    """Return a process that runs, or one that is ``dead`` and was not waited for yet; None where there is none."""
    stat = read_stat(pid)
    if stat is None or (stat.has_ended and not dead):
        return None
    return ProcessInfo(pid, stat.parent, stat.session, stat.started)


def lives(pid: int, began: int) -> bool:
    """Return whether a process still runs: that one, and no later one of its number."""
    now = look(pid)
    return now is not None and now.began == began


def find(signs: ProcessMatcher) -> list[ProcessInfo]:
    """Return what bears the signs, and whatever descends from it; never a guard, nor this process."""
    seen = {one.pid: one for one in _everything()}
    seen.pop(os.getpid(), None)
    ours = {pid for pid, one in seen.items() if _bears(one, signs, seen)}
    ours.update(pid for folder in signs.cgroups for pid in everything(folder) if pid in seen)
    children: dict[int, list[int]] = {}
    for one in seen.values():
        children.setdefault(one.parent, []).append(one.pid)
    stack = list(ours)
    while stack:
        below = [pid for pid in children.get(stack.pop(), ()) if pid not in ours]
        ours.update(below)
        stack.extend(below)
    return [seen[pid] for pid in sorted(ours) if not _is_guard(pid)]


def _everything() -> Iterator[ProcessInfo]:
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and (one := look(int(name))) is not None:
            yield one


def _bears(one: ProcessInfo, signs: ProcessMatcher, seen: dict[int, ProcessInfo]) -> bool:
    began = signs.sessions.get(one.session)
    if began is not None and (one.session not in seen or seen[one.session].began == began):
        return True
    if signs.pipes and output_of(one.pid) in signs.pipes:
        return True
    if not signs.marks:
        return False
    environment = environment_of(one.pid)
    return any(marks <= environment for marks in signs.marks)


def bears(pid: int, marks: frozenset[bytes]) -> bool:
    """Return whether a process has all these entries in its environment, as far as that can be read."""
    return marks <= environment_of(pid)


def output_of(pid: int) -> str:
    """Return what the standard output of a process leads to; empty where that cannot be seen."""
    try:
        return os.readlink(f"/proc/{pid}/fd/1")  # noqa: PTH115
    except OSError:
        return ""


def pipes(*readers: int) -> frozenset[str]:
    """Return the names of pipes, by their reading ends; those below zero have none."""
    return frozenset(pipe(reader) for reader in readers if reader >= 0)


def pipe(reader: int) -> str:
    """Return the name of a pipe, by its reading end."""
    return f"pipe:[{os.fstat(reader).st_ino}]"


def environment_of(pid: int) -> frozenset[bytes]:
    """Return the environment that a process began with; empty where that cannot be seen."""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123
            return frozenset(file.read().split(b"\0"))
    except OSError:
        return frozenset()


def _is_guard(pid: int) -> bool:
    return any(entry.startswith(GUARD.encode()) for entry in environment_of(pid))


def ask(group: int, number: int) -> None:
    """Send a signal to a process group, and wake what is stopped in it, that it may act upon it."""
    for each in (number, signal.SIGCONT):
        try:
            os.killpg(group, each)
        except OSError:  # it is gone, or another user's
            return


def send(one: ProcessInfo, number: int) -> None:
    """Send a signal to that process, and to no later one of its number."""
    try:
        handle = os.pidfd_open(one.pid)
    except OSError:
        return
    try:
        if lives(one.pid, one.began):
            signal.pidfd_send_signal(handle, number)
    except OSError:
        pass  # it ended just now, or is another user's
    finally:
        os.close(handle)

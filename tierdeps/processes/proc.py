"""Find and signal processes by what ``/proc`` says. The orphan guard imports this module, so it imports little."""

from __future__ import annotations

import os
import signal
from typing import NamedTuple

from tierdeps._util.process_id import read_stat

#: The environment variables of a process: the run that started it, its instance, and its driver.
RUN, INSTANCE, DRIVER = "TIERDEPS_RUN", "TIERDEPS_INSTANCE", "TIERDEPS_DRIVER"
#: The start time of a leader that has ended; its session may still have processes.
GONE = 0
#: The environment variable of guards only: they never match as processes of the run.
GUARD = "TIERDEPS_GUARD"


class ProcessInfo(NamedTuple):
    """A running process; ``started``, its start time in clock ticks, distinguishes it from a later one with its id."""

    pid: int
    parent: int
    session: int
    started: int


class ProcessMatcher(NamedTuple):
    """Matches processes that have any one of these properties.

    ``env_tags``: groups of entries in the environment; all of a group must be there. ``sessions``: session ids, each
    with the start time of its leader, or ``GONE``. ``pipe_names``: pipes that are the standard output. ``cgroups``:
    folders of cgroups. Some programs overwrite their environment with a title, so the tags alone would not do.
    """

    env_tags: tuple[frozenset[bytes], ...] = ()
    sessions: dict[int, int] = {}  # noqa: RUF012  nobody changes it
    pipe_names: frozenset[str] = frozenset()
    cgroups: tuple[str, ...] = ()


def read_process(pid: int, *, dead: bool = False) -> ProcessInfo | None:
    """Return a running process, or with ``dead`` one that is not reaped yet too; None if there is none."""
    stat = read_stat(pid)
    if stat is None or (stat.has_ended and not dead):
        return None
    return ProcessInfo(pid, stat.parent, stat.session, stat.started)


def is_alive(pid: int, started: int) -> bool:
    """Return whether that process still runs; a later one with the same number does not count."""
    now = read_process(pid)
    return now is not None and now.started == started


def has_env_tags(pid: int, env_tags: frozenset[bytes]) -> bool:
    """Return whether a process has all these entries in its environment, as far as that can be read."""
    return env_tags <= environment_of(pid)


def output_of(pid: int) -> str:
    """Return what the standard output of a process leads to; empty where it cannot be read."""
    try:
        return os.readlink(f"/proc/{pid}/fd/1")  # noqa: PTH115
    except OSError:
        return ""


def pipe_names(*readers: int) -> frozenset[str]:
    """Return the names of pipes, by their reading ends; those below zero have none."""
    return frozenset(pipe_name(reader) for reader in readers if reader >= 0)


def pipe_name(reader: int) -> str:
    """Return the name of a pipe, by its reading end."""
    return f"pipe:[{os.fstat(reader).st_ino}]"


def environment_of(pid: int) -> frozenset[bytes]:
    """Return the environment that a process was started with; empty where it cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123
            return frozenset(file.read().split(b"\0"))
    except OSError:
        return frozenset()


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group, and SIGCONT: a stopped process cannot handle the signal."""
    for each in (number, signal.SIGCONT):
        try:
            os.killpg(group, each)
        except OSError:  # it is gone, or another user's
            return


def signal_process(info: ProcessInfo, number: int) -> None:
    """Send a signal to a process; a later one with the same id does not get it."""
    try:
        handle = os.pidfd_open(info.pid)
    except OSError:
        return
    try:
        if is_alive(info.pid, info.started):
            signal.pidfd_send_signal(handle, number)
    except OSError:
        pass  # it has ended in the meantime, or is another user's
    finally:
        os.close(handle)

"""All processes of this host, with the session each belongs to, so that a round of the guard lists ``/proc`` only once.

Examining a process reads three files. The session it belongs to cannot change, so a later scan only examines processes
that are new.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tierdeps.processes.cgroup import parts_of
from tierdeps.processes.proc import (
    DRIVER,
    GUARD,
    RUN,
    ProcessInfo,
    environment_of,
    is_alive,
    output_of,
    pipe_name,
    read_process,
    signal_group,
    signal_process,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps.processes.orphan_guard_state import GuardState

#: The session of processes of the run that belong to none that the guard knows.
UNKNOWN_SESSION = ""


class ProcessTable:
    """The host's processes by session, and how they are signalled."""

    def __init__(self, run: str, state: GuardState) -> None:
        self._run = f"{RUN}={run}".encode()
        self._state = state
        sessions = state.sessions
        self._by_leader = {session.pid: key for key, session in sessions.items() if session.pid}
        self._by_pipe = {pipe_name(output): key for key, session in sessions.items() for output in session.outputs}
        self._by_cgroup = {os.path.basename(folder): key for folder, key in self._cgroups()}  # noqa: PTH119
        self._by_driver = {session.driver: key for key, session in sessions.items()}
        self._known: dict[int, ProcessInfo | None] = {}
        self._owners: dict[int, str] = {}
        self._members: dict[str, dict[int, ProcessInfo]] = {}

    now: Callable[[], float] = staticmethod(time.monotonic)
    sleep: Callable[[float], None] = staticmethod(time.sleep)
    signal_group: Callable[[int, int], None] = staticmethod(signal_group)
    signal_process: Callable[[ProcessInfo, int], None] = staticmethod(signal_process)
    is_alive: Callable[[int, int], bool] = staticmethod(is_alive)

    def scan(self) -> None:
        """List all processes, and examine new ones."""
        listed = {int(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208
        listed.discard(os.getpid())
        for pid in self._known.keys() - listed:
            del self._known[pid]
            owner = self._owners.pop(pid, None)
            if owner is not None:
                del self._members[owner][pid]
        new = {pid: read_process(pid) for pid in sorted(listed - self._known.keys())}
        self._known.update(new)
        found = [info for info in new.values() if info is not None]
        guards = {info.pid for info in found if self._examine(info)}
        for info in found:
            if info.pid not in guards:
                self._inherit(info)

    def members(self, key: str) -> list[ProcessInfo]:
        """Return the processes of a session that the last scan listed, and that still run."""
        return [info for info in self._members.get(key, {}).values() if is_alive(info.pid, info.started)]

    def owners(self) -> list[str]:
        """Return the sessions that have processes which still run, as of the last scan."""
        return [key for key in list(self._members) if self.members(key)]

    def _examine(self, info: ProcessInfo) -> bool:
        """Record the session of a process by its own properties; return whether it is a guard, which has none."""
        entries = environment_of(info.pid)
        if any(entry.startswith(GUARD.encode()) for entry in entries):
            return True
        owner = self._owner(info, entries)
        if owner is not None:
            self._owners[info.pid] = owner
        return False

    def _cgroups(self) -> Iterator[tuple[str, str]]:
        if self._state.cgroup is not None:
            for key, session in self._state.sessions.items():
                yield self._state.cgroup.folder(os.fsdecode(session.driver)), key

    def _by_its_cgroup(self, pid: int) -> str | None:
        """Return the session whose cgroup a process is in, which it cannot leave."""
        cgroup = self._state.cgroup
        if cgroup is None or cgroup.name not in (parts := parts_of(pid)):
            return None
        return next((self._by_cgroup[part] for part in parts if part in self._by_cgroup), UNKNOWN_SESSION)

    def _owner(self, info: ProcessInfo, entries: frozenset[bytes]) -> str | None:
        key = self._by_its_cgroup(info.pid)
        if key is not None:
            return key
        key = self._by_leader.get(info.session)
        if key is not None:
            leader = read_process(info.session)
            if leader is None or leader.started == self._state.sessions[key].started:
                return key
        if self._by_pipe and (key := self._by_pipe.get(output_of(info.pid))) is not None:
            return key
        if self._run not in entries:
            return None
        start = f"{DRIVER}=".encode()
        drivers = (entry.removeprefix(start) for entry in entries if entry.startswith(start))
        return self._by_driver.get(next(drivers, b""), UNKNOWN_SESSION)

    def _inherit(self, info: ProcessInfo) -> None:
        """Record the session of a process: its own, otherwise that of its nearest ancestor."""
        owner, above, seen = self._owners.get(info.pid), info, {info.pid}
        while owner is None:
            parent = self._known.get(above.parent)
            if parent is None or parent.pid in seen:
                return
            seen.add(parent.pid)
            owner, above = self._owners.get(parent.pid), parent
        self._owners[info.pid] = owner
        self._members.setdefault(owner, {})[info.pid] = info

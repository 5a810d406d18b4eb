"""All processes of this host at one moment.

``tierdeps status`` imports it, so it imports little.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tierdeps.processes.cgroup import all_pids
from tierdeps.processes.proc import GUARD, environment_of, output_of, read_process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.processes.proc import ProcessInfo, ProcessMatcher


class Scan:
    """The running processes of this host except for this one, indexed by what a matcher asks for."""

    def __init__(self) -> None:
        self.started_at: float = time.monotonic()
        self._found: dict[int, ProcessInfo] = {}
        self._by_session: dict[int, set[int]] = {}
        self._by_output: dict[str, set[int]] = {}
        self._by_entry: dict[bytes, set[int]] = {}
        self._children: dict[int, list[int]] = {}
        self._guards: set[int] = set()
        own = os.getpid()
        for name in os.listdir("/proc"):  # noqa: PTH208
            if name.isdigit() and int(name) != own and (info := read_process(int(name))) is not None:
                self._add(info)
        self.seconds: float = time.monotonic() - self.started_at

    def _add(self, info: ProcessInfo) -> None:
        pid = info.pid
        self._found[pid] = info
        self._children.setdefault(info.parent, []).append(pid)
        self._by_session.setdefault(info.session, set()).add(pid)
        self._by_output.setdefault(output_of(pid), set()).add(pid)
        for entry in environment_of(pid):
            if entry.startswith(b"TIERDEPS_"):
                self._by_entry.setdefault(entry, set()).add(pid)
                if entry.startswith(GUARD.encode()):
                    self._guards.add(pid)

    def find(self, matcher: ProcessMatcher) -> list[ProcessInfo]:
        """Return the matching processes and all their descendants, except for orphan guards."""
        stack = [pid for pid in self._matching(matcher) if pid in self._found]
        matched = set(stack)
        while stack:
            below = [pid for pid in self._children.get(stack.pop(), ()) if pid not in matched]
            matched.update(below)
            stack.extend(below)
        return [self._found[pid] for pid in sorted(matched - self._guards)]

    def _matching(self, matcher: ProcessMatcher) -> Iterable[int]:
        for session, started in matcher.sessions.items():
            leader = self._found.get(session)
            if leader is None or leader.started == started:
                yield from self._by_session.get(session, ())
        for name in matcher.pipe_names:
            yield from self._by_output.get(name, ())
        for env_tags in matcher.env_tags:
            yield from set.intersection(*(self._by_entry.get(entry, set()) for entry in env_tags))
        for folder in matcher.cgroups:
            yield from all_pids(folder)

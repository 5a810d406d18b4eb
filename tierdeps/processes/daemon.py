"""A daemon that a driver's command has started and that outlives it: found by its pid file, and watched by a pidfd."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.processes.child import Child
from tierdeps.processes.errors import UNKNOWN_CODE, ProcessError, start_error_text
from tierdeps.processes.proc import GONE, ProcessMatcher, pipe_names, read_process, signal_group, signal_process
from tierdeps.processes.shared_scans import shared_scans
from tierdeps.processes.spawn import Spawned

if TYPE_CHECKING:
    from tierdeps.processes.fd_poller import FdPoller, OnError
    from tierdeps.processes.output import Output
    from tierdeps.processes.proc import ProcessInfo

#: How long the pid file may come after the end of the command, in seconds.
PID_FILE_TIMEOUT_S = 5.0
#: The pause between two looks at the pid file, in seconds: some commands end before their daemon has written it.
LOOK_INTERVAL_S = 0.02
#: No pid file is longer, in bytes.
MAX_PID_FILE_BYTES = 64


class Daemon(Child):
    """A process that is not our child: its end is seen, and its exit code is not."""

    def __init__(self, info: ProcessInfo, output: Output, fd_poller: FdPoller, on_error: OnError | None = None) -> None:
        self._info = info
        super().__init__(Spawned(info.pid, lambda: UNKNOWN_CODE), output, fd_poller, on_error)

    @classmethod
    def watch(cls, info: ProcessInfo, output: Output, fd_poller: FdPoller, on_error: OnError) -> Daemon:
        """Return the daemon. Raises ProcessError if it has ended, or cannot be watched."""
        try:
            return cls(info, output, fd_poller, on_error)
        except OSError as error:
            signal_process(info, signal.SIGKILL)
            raise ProcessError(start_error_text(error)) from None

    def matcher(self) -> ProcessMatcher:
        """Return a matcher of its session, whose leader may have ended: daemons mostly fork twice."""
        session = self._info.session
        leader = read_process(session)
        return ProcessMatcher(
            (), {session: GONE if leader is None else leader.started}, pipe_names(*self.output.readers)
        )

    def _signal(self, number: int) -> None:
        """Signal it, and its process group if it leads one."""
        signal_process(self._info, number)
        if self._info.pid == self._info.session:
            signal_group(self.pid, number)


async def find_daemon(path: str, matcher: ProcessMatcher, seconds: float) -> ProcessInfo:
    """Return the process that a pid file names, once it is one of those that match. Raises ProcessError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + min(seconds, PID_FILE_TIMEOUT_S)
    while True:
        pid = _read(path)
        if pid is None:
            problem = f"its pid file {path} has no process ID"
        else:
            members = (await shared_scans().next()).find(matcher) if _can_be_daemon(pid) else ()
            found = next((info for info in members if info.pid == pid), None)
            if found is not None:
                return found
            problem = f"its pid file {path} names process {pid}, which it did not start, or which has ended"
        if loop.time() > until:
            raise ProcessError(f"the command ended, and {problem}")
        await asyncio.sleep(LOOK_INTERVAL_S)


def _can_be_daemon(pid: int) -> bool:
    """Return whether it is worth a scan of all processes to find it: it runs, and is not the first process."""
    return pid > 1 and os.path.exists(f"/proc/{pid}")  # noqa: PTH110


def _read(path: str) -> int | None:
    """Return the process id in a file; None if there is none."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_PID_FILE_BYTES).strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None

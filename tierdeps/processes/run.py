"""What the processes of one run share: their environment tags, their orphan guard, and their registry."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from signal import Signals
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import reason_of
from tierdeps.errors import RunError
from tierdeps.processes.adoption import end_left_process, start_digests
from tierdeps.processes.child import Child
from tierdeps.processes.containment import Containment
from tierdeps.processes.daemon import Daemon
from tierdeps.processes.errors import ProcessError, start_error_text
from tierdeps.processes.fd_poller import FdPoller
from tierdeps.processes.guard_client import GuardClient
from tierdeps.processes.orphan_guard_state import Order
from tierdeps.processes.orphans import LEFT_RUN_PREFIX, Orphans
from tierdeps.processes.output import STDOUT, FileOutput, PipedOutput, log_output
from tierdeps.processes.proc import DRIVER, GUARD, INSTANCE, RUN, ProcessMatcher, has_env_tags, is_alive
from tierdeps.processes.registry import ProcessRegistry
from tierdeps.processes.resolve import UnresolvedError, resolved
from tierdeps.processes.spawn import spawn, spawn_options
from tierdeps.processes.stop_order import StopOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Process
    from tierdeps.processes.output import OnLines, Output, OutputSink
    from tierdeps.processes.proc import ProcessInfo
    from tierdeps.processes.registry import ProcessRecord
    from tierdeps.processes.spawn import Spawned, SpawnOptions


class ProcessRun:
    """One run of an ``instance``; without a name it leaves nothing on disk.

    With ``keep`` its processes are to outlive it: there is no guard, and their output goes to files. Processes run in
    ``folder``, to which their paths are relative; without one, in the current folder of that moment. With ``contain``
    they run in a cgroup of the run, if that is possible. With ``replace``, a process that an earlier run left running
    is started again if its declaration has changed. ``sink`` gets what they print.
    """

    def __init__(
        self,
        instance: str = "",
        *,
        keep: bool = False,
        folder: str = "",
        contain: bool = False,
        replace: bool = False,
        sink: OutputSink = log_output,
    ) -> None:
        if not hasattr(os, "pidfd_open"):
            raise RunError("drivers that are processes need Linux 5.4 or later")
        self.id: str = f"{LEFT_RUN_PREFIX if keep else ''}{os.urandom(8).hex()}"
        self.keep = keep
        self.replace = replace
        self._sink = sink
        self._folder = folder
        self._keys: dict[str, str] = {}
        self._owners: dict[str, Context] = {}
        #: The processes that were started, by driver.
        self._started: dict[str, Process] = {}
        self._order: StopOrder | None = None
        #: The drivers whose stop has started and is not complete.
        self._stopping: set[str] = set()
        self._adopted: set[int] = set()
        self._fd_poller = FdPoller()
        self._guard = None if keep else GuardClient(self.id, self._fd_poller)
        self.records: ProcessRegistry | None = _records(instance or self.id) if instance or keep else None
        self._environment = {name: value for name, value in os.environ.items() if name not in (DRIVER, GUARD)}
        self._containment = Containment(self.id, self.records, wanted=contain and not keep)
        # The path, not the name: an instance of the same name may have its state in another folder.
        self._instance = str(self.records.folder) if self.records is not None else ""
        self._environment |= {RUN: self.id, INSTANCE: self._instance}
        self._orphans = Orphans(self._instance, self.orphan_matcher)
        self._plan: Plan | None = None

    def resolved(self, process: Process) -> Process:
        """Return a process with its env files read and its variables replaced, as they are now. Raises ProcessError."""
        try:
            return resolved(process, self._environment, self._folder)
        except UnresolvedError as error:
            raise ProcessError(f"the process cannot be started: {error}") from None

    def spawn_options(self, driver: str, process: Process, **extra: str) -> SpawnOptions:
        """Return where, as whom and with which environment a driver's programs run."""
        own = {**dict(process.env), **extra, DRIVER: driver, RUN: self.id, INSTANCE: self._instance}
        return spawn_options(self._environment, self._cwd(process), process.user, own)

    def _cwd(self, process: Process) -> str | None:
        """Return the folder of a process; None for the current one, which makes the start cheaper."""
        with suppress(OSError):
            if not self._folder or os.getcwd() == self._folder:  # noqa: PTH109
                return process.cwd
        return os.path.join(self._folder, process.cwd or "")  # noqa: PTH118

    def spawn(self, driver: str, process: Process, options: SpawnOptions) -> Child:
        """Start a driver's process, after the guard has been informed of it. Raises ProcessError."""
        try:
            output = self._output(driver)
        except OSError as error:
            raise ProcessError(start_error_text(error)) from None
        self._stopping.discard(driver)
        try:
            if self._guard is not None:
                number = Signals[process.stop_signal]
                self._guard.announce(self._key(driver), driver, output, number, self._order_of(driver))
            spawned = self._spawn(driver, process, options, output)
        except BaseException as error:
            output.release_fd()
            output.close()
            self.forget(driver)
            if isinstance(error, OSError):
                raise ProcessError(start_error_text(error)) from None
            raise
        if self._guard is not None:
            self._guard.session_started(self._key(driver), spawned.pid)
        output.release_fd()
        if self.records is not None:
            self._started[driver] = process
            self.records.write(driver, spawned.pid, left=False, stop_signal=process.stop_signal)
        return Child.of(spawned, output, self._fd_poller, partial(self._on_error, driver))

    def on_lines(self, driver: str) -> OnLines:
        """Return what is called with lines of a driver's output."""
        return partial(self._sink, driver)

    def pid_file(self, process: Process) -> str:
        """Return the path of the file in which a forking command leaves the id of its daemon."""
        return os.path.join(self._cwd(process) or "", process.pid_file or "")  # noqa: PTH118

    def daemon_matcher(self, driver: str, starter: Child) -> ProcessMatcher:
        """Return a matcher of what a driver's command may have started."""
        known, own = self.matcher(driver), starter.matcher()
        return known._replace(sessions=own.sessions, pipe_names=own.pipe_names)

    def watch_daemon(self, driver: str, info: ProcessInfo, starter: Child) -> Daemon:
        """Watch the daemon that a driver's command has started, as the driver's process. Raises ProcessError."""
        daemon = Daemon.watch(info, starter.output, self._fd_poller, partial(self._on_error, driver))
        if self._guard is not None:
            self._guard.session_started(self._key(driver), info.pid)
        if self.records is not None:
            self.records.write(driver, info.pid, left=False, stop_signal=self._started[driver].stop_signal)
        return daemon

    def set_owner(self, context: Context) -> None:
        """Fail a driver by its context if a callback for one of its processes raises."""
        self._owners[context.driver] = context

    def _on_error(self, driver: str, error: BaseException) -> None:
        self._owners[driver].failed(error)

    def _spawn(self, driver: str, process: Process, options: SpawnOptions, output: Output) -> Spawned:
        entry = self._containment.open(driver)
        if entry is None:
            return spawn(process.command, options, output.fd, errors=output.error_fd)
        try:
            if self._guard is not None:
                self._guard.set_cgroup(self._containment.path)
            spawned = spawn(process.command, options, output.fd, entry, errors=output.error_fd)
        finally:
            os.close(entry.procs)
        self._containment.check(driver, spawned.pid)
        return spawned

    def _key(self, driver: str) -> str:
        """Return the word for a driver in the guard's messages, the same for all its processes."""
        return self._keys.setdefault(driver, str(len(self._keys)))

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Have the guard use the stop order of this plan from now on."""
        self._order = StopOrder(plan, stop_timeout)
        self._plan = plan
        if self._guard is not None:
            for driver, key in tuple(self._keys.items()):
                self._guard.reorder(key, self._order_of(driver))

    def _order_of(self, driver: str) -> Order:
        return Order() if self._order is None else self._order.of(driver, self._key, self._keys)

    def _output(self, driver: str) -> Output:
        if self.keep and self.records is not None:
            return FileOutput(partial(self.records.open_output, driver))
        return PipedOutput(self.on_lines(driver), self._fd_poller, partial(self._on_error, driver))

    def matcher(self, driver: str) -> ProcessMatcher:
        """Return a matcher of all processes that this run started for a driver."""
        return ProcessMatcher(
            (_env_tags(f"{DRIVER}={driver}", f"{RUN}={self.id}"),), cgroups=self._containment.folders(driver)
        )

    def orphan_matcher(self, driver: str) -> ProcessMatcher | None:
        """Return a matcher of what killed runs of this instance left of a driver; None if there can be nothing.

        It does not match what was left running on purpose, nor a recorded process without our tags in its environment:
        records are input, and must not get other processes killed.
        """
        record = self.record(driver)
        if not self._instance or (record is not None and record.left):
            return None
        env_tags = self._orphan_env_tags(driver)
        sessions = {record.pid: record.started} if record is not None and has_env_tags(record.pid, env_tags) else {}
        return ProcessMatcher((env_tags,), sessions, cgroups=self._containment.orphaned(driver))

    async def has_orphans(self, driver: str) -> bool:
        """Return whether killed runs may have left processes of a driver; first end those of unplanned drivers."""
        await self._orphans.prepare(None if self._plan is None else self._plan.drivers)
        return self._orphans.has(driver) or self.record(driver) is not None

    def untagged_record(self, driver: str) -> ProcessRecord | None:
        """Return the process that a killed run recorded for a driver if it lacks our tags: it is left alone."""
        record = self.record(driver)
        if record is None or record.left or has_env_tags(record.pid, self._orphan_env_tags(driver)):
            return None
        return record

    def _orphan_env_tags(self, driver: str) -> frozenset[bytes]:
        return _env_tags(f"{DRIVER}={driver}", f"{INSTANCE}={self._instance}")

    def record(self, driver: str) -> ProcessRecord | None:
        """Return the process that an earlier run of this instance started for a driver, if it still runs."""
        return self.records.read(driver) if self.records is not None else None

    async def end_left_process(self, record: ProcessRecord, context: Context) -> None:
        """End a process that an earlier run left running. Raises ProcessError where that cannot be."""
        if self.records is not None:
            await end_left_process(record, self.records.folder, context)
            self.forget(record.driver)

    def watch(self, record: ProcessRecord, gone: Callable[[], object]) -> bool:
        """Call ``gone`` once a process that an earlier run left exits; return whether it still runs."""
        try:
            handle = os.pidfd_open(record.pid)
        except OSError:
            return False
        if not is_alive(record.pid, record.started):
            os.close(handle)
            return False

        def ended() -> None:
            self._unwatch(handle)
            gone()

        self._adopted.add(handle)
        self._fd_poller.add(handle, ended)
        return True

    def _unwatch(self, handle: int) -> None:
        self._adopted.remove(handle)
        self._fd_poller.remove(handle)
        os.close(handle)

    def log_line(self, driver: str, line: str) -> None:
        """Log a line with the output of a driver."""
        self._sink(driver, STDOUT, [os.fsencode(line)])

    def mark_ready(self, driver: str, child: Child) -> None:
        """Record that a driver's process is ready; if it is to outlive the run, a later run finds it by its record.

        Raises ProcessError if it cannot be recorded: a process that no run finds must not be left running.
        """
        if self.keep and self.records is not None and child.alive:
            process = self._started[driver]
            traits = start_digests(process)
            self.records.write(driver, child.pid, left=True, stop_signal=process.stop_signal, **traits)
            try:
                self.records.flush()
            except OSError as error:
                problem = f"cannot be recorded, so it cannot be left running: {reason_of(error)}"
                raise ProcessError(f"its process {problem}") from None

    def mark_stopping(self, driver: str) -> None:
        """Record that a driver is being stopped: until it is forgotten, something of it may be left."""
        self._stopping.add(driver)

    def forget(self, driver: str) -> None:
        """Record that nothing is left of a driver."""
        self._stopping.discard(driver)
        if self._guard is not None:
            self._guard.forget(self._key(driver))
        self._containment.forget(driver)
        if self.records is not None:
            self.records.remove(driver)

    def close(self) -> None:
        """End the run: what runs now runs on, except for what could not be stopped, which is left to the guard."""
        for handle in tuple(self._adopted):
            self._unwatch(handle)
        running = self._guard.sessions if self._guard is not None else frozenset()
        failed = {self._key(driver) for driver in self._stopping} & running
        self._containment.close(handed_over=bool(failed), left=bool(running))
        if self.records is not None:
            self.records.close()
        if self._guard is None:
            return
        if failed:
            self._guard.hand_over(failed)
        else:
            self._guard.dismiss()


def _records(instance: str) -> ProcessRegistry:
    try:
        return ProcessRegistry(instance)
    except OSError as error:
        raise ProcessError(
            f"the process cannot be started, because it cannot be recorded: {reason_of(error)}"
        ) from None


def _env_tags(*entries: str) -> frozenset[bytes]:
    return frozenset(map(os.fsencode, entries))

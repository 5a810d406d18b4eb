"""The lifecycle of a driver that is a process."""

from __future__ import annotations

from functools import cache
from signal import SIGTERM
from typing import TYPE_CHECKING

from tierdeps.errors import LostError
from tierdeps.lifecycle import Context, Lifecycle, method_name
from tierdeps.processes.adoption import changed_keys
from tierdeps.processes.child import end_all
from tierdeps.processes.errors import LeftoverError, ProcessError
from tierdeps.processes.instance import ProcessInstance
from tierdeps.processes.proc import ProcessMatcher
from tierdeps.processes.readiness import polled_check
from tierdeps.processes.restart import RestartSupervisor

if TYPE_CHECKING:
    from tierdeps.model import Process
    from tierdeps.processes.run import ProcessRun

#: The time before processes outside of the session are killed, in seconds; at most a quarter of the remaining time.
STRAY_GRACE_S = 2.5
#: How long it may take to report that a process was not ready in time.
REPORT_S = 0.5
#: The share of a cleanup's time that is reserved for reporting what is left.
RESERVED_SHARE = 0.1


class ProcessLifecycle(Lifecycle):
    """Starts a process, supervises it, and ends it with all its descendants.

    ``start_process`` and ``become_ready`` are the halves of ``start``: see ``process_lifecycle``.
    """

    cleanup_after_crash = True

    def __init__(self, process: Process, run: ProcessRun) -> None:
        self._process = process
        self._run = run
        self._instance: ProcessInstance | None = None
        self._supervisor: RestartSupervisor | None = None
        #: What the last check found.
        self._problem = ""
        alive = process.alive
        if alive is None:
            self.check_every = 0.0
        else:
            self.check_every: float = alive.every
            self.check_failures: int = alive.failures
            self.check_timeout: float = alive.timeout_s

    @property
    def _current(self) -> ProcessInstance | None:
        """The instance that runs now; a restart replaces it."""
        return self._instance if self._supervisor is None else self._supervisor.instance

    async def adopt(self, context: Context) -> bool:
        """Return whether a run before this one left it running, ready; it is watched from now on.

        If its declaration has changed since, a warning says so, or with ``replace`` it is ended, to be started again.
        Raises ProcessError where it is not ready now, or cannot be ended.
        """
        record = self._run.record(context.driver)
        if record is None or not record.left:
            return False
        process = self._run.resolved(self._process)
        changed = " and ".join(changed_keys(record, process))
        if changed and self._run.replace:
            await self._run.end_left_process(record, context)
            context.logger.warning(
                "process %d, which an earlier run left running, was ended: the graph has another %s for it now",
                record.pid,
                changed,
            )
            return False
        check = polled_check(process.ready, self._run.spawn_options(context.driver, process))
        if check is not None and (wrong := await check.probe.attempt()):
            raise ProcessError(
                f"an earlier run left it running, as process {record.pid}, and it is not ready ({self._process.ready}):"
                f" {wrong}; end that process, and start again"
            )
        if changed:
            context.logger.warning(
                "process %d, which an earlier run left running, is adopted as it is, though the graph has another %s"
                " for it now; to restart it: tierdeps start --replace-changed",
                record.pid,
                changed,
            )
        gone = f"process {record.pid}, which an earlier run left running, has ended"
        return self._run.watch(record, lambda: context.lost(gone))

    async def start(self, context: Context) -> None:
        """Start the process, and wait until it is ready."""
        await self.start_process(context)
        await self.become_ready(context)

    async def start_process(self, context: Context) -> None:
        """Start the process; what is left of an earlier one is ended first."""
        self._run.set_owner(context)
        if self._instance is not None:
            await self._instance.end(min(STRAY_GRACE_S * 2, context.remaining / 2))
            await self._end_leftovers(context)
        elif await self._run.has_orphans(context.driver):
            await self._end_leftovers(context)
        self._instance = ProcessInstance(self._run, context.driver, self._process)
        await self._instance.start()

    async def become_ready(self, context: Context) -> None:
        """Wait until it is ready, and supervise it from then on."""
        if self._instance is None:
            return
        remaining = context.remaining
        context.extend(remaining + REPORT_S)  # the whole timeout is waited, and then the problem is reported
        await self._instance.ready(remaining, context.timeout)
        if self._process.ready != "exit":
            self._supervisor = RestartSupervisor(self._instance, self._run, self._process, context)

    async def check(self, context: Context) -> None:
        """Raise ProcessError where the probe of a process that is up fails."""
        if self._process.alive is None:
            return
        probe = self._process.alive.probe
        instance = self._current
        process = self._run.resolved(self._process) if instance is None else instance.process
        polled = polled_check(
            None if process.alive is None else process.alive.probe, self._run.spawn_options(context.driver, process)
        )
        self._problem = f"no answer within {context.timeout:g} s"  # so it stays if the attempt is cancelled
        self._problem = "" if polled is None else await polled.probe.attempt()
        if self._problem:
            raise ProcessError(f"{self._problem} ({probe})")

    def is_outdated(self) -> bool:
        """Return whether its env files and variables have other values than when its process was started.

        The values are compared in memory, because they may be secrets. One that cannot be started now is not outdated.
        """
        instance = self._current
        if instance is None or not (self._process.env_file or self._process.substitute):
            return False
        try:
            return self._run.resolved(self._process) != instance.process
        except ProcessError:
            return False

    async def recover(self, context: Context) -> bool:
        """Restart the process if its policy allows it."""
        del context
        return self._supervisor is not None and self._supervisor.restart(f"it does not answer: {self._problem}")

    async def stop(self, context: Context) -> None:
        """Send it its stop signal, and kill it when time gets short. Raises LostError if it had exited before."""
        down = ""
        self._run.mark_stopping(context.driver)
        if self._supervisor is not None:
            await self._supervisor.close()
            self._instance, down = self._supervisor.instance, self._supervisor.down_reason
        if self._instance is None:
            return
        # Checked before any signal is sent: afterwards its own exit could not be distinguished from a stop.
        down = down or self._instance.unexpected_exit()
        problem = ""
        if self._process.stop_command:
            problem = await self._instance.stop_by_command(lambda: context.remaining)
        if await self._instance.end(lambda: context.remaining):
            context.logger.warning("it did not end after %s, and was killed", self._process.stop_signal)
        if down:
            raise LostError(down)
        if problem:
            raise ProcessError(f"{problem}; the process was stopped by {self._process.stop_signal}")

    async def reload(self, context: Context) -> None:
        """Run its reload command. Raises ProcessError if that fails."""
        instance = self._current
        if not self._process.reload_command or instance is None:
            return
        seconds = context.remaining
        context.extend(seconds + REPORT_S)
        if problem := await instance.reload_by_command(seconds):
            raise ProcessError(problem)

    async def cleanup(self, context: Context) -> None:
        """End the processes that are left of it, of this run or of a killed one, in whatever session they are.

        Raises ProcessError if some do not end; the orphan guard then goes on trying.
        """
        await self._end_leftovers(context)
        if self._run.record(context.driver) is None or self._instance is not None:
            self._run.forget(context.driver)

    async def _end_leftovers(self, context: Context) -> None:
        instance = self._instance
        matcher = self._run.orphan_matcher(context.driver) if instance is None else self._run.matcher(context.driver)
        if matcher is None:
            return
        if instance is None and (other := self._run.untagged_record(context.driver)) is not None:
            context.logger.warning(
                "process %d, which a killed run recorded as its own, has no mark of tierdeps in its environment and is"
                " left alone; end it if it is not wanted",
                other.pid,
            )
        if instance is not None and instance.child is not None:
            own = instance.child.matcher()
            matcher = ProcessMatcher(matcher.env_tags, own.sessions, own.pipe_names, matcher.cgroups)
        try:
            left = await end_all(
                matcher,
                SIGTERM,
                lambda: min(STRAY_GRACE_S, context.remaining / 4),
                lambda: context.remaining * (1 - RESERVED_SHARE),
            )
        finally:
            if instance is not None:
                instance.close()
        if left:
            raise LeftoverError([one.pid for one in left])


@cache
def _kind(phases: tuple[str, ...]) -> type[ProcessLifecycle]:
    """Return the class for a driver with these phases: the first starts the process, the last waits for it."""
    if phases == ("start",):
        return ProcessLifecycle
    if len(phases) == 1:
        methods: dict[str, object] = {method_name(phases[0]): ProcessLifecycle.start}
    else:
        methods = {
            method_name(phases[0]): ProcessLifecycle.start_process,
            method_name(phases[-1]): ProcessLifecycle.become_ready,
        }
    kind: type[ProcessLifecycle] = type("ProcessLifecycle", (ProcessLifecycle,), methods)
    return kind


def process_lifecycle(process: Process, phases: tuple[str, ...], run: ProcessRun) -> ProcessLifecycle:
    """Return a new lifecycle for a driver that is a process."""
    return _kind(phases)(process, run)

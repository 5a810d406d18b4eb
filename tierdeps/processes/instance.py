"""One instance of a driver's process, from before its start until its end; a restart makes another one."""

from __future__ import annotations

import os
import pwd
from signal import Signals
from typing import TYPE_CHECKING

from tierdeps.model.process import ready_fd
from tierdeps.processes.control_command import MAIN_PID, run_command
from tierdeps.processes.daemon import find_daemon
from tierdeps.processes.errors import ProcessError, start_error_text
from tierdeps.processes.notify import NotifySocket
from tierdeps.processes.readiness import (
    LogLine,
    Notify,
    TimeBudget,
    early_exit_text,
    polled_check,
    wait_until_done,
    wait_until_ready,
    wait_until_settled,
)
from tierdeps.processes.ready_pipe import ReadyPipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Process
    from tierdeps.processes.child import Child, Seconds
    from tierdeps.processes.readiness import ReadinessCheck
    from tierdeps.processes.run import ProcessRun

#: The share of the remaining time that a stop command has, and then the process to end because of it.
COMMAND_SHARE = 0.5


class ProcessInstance:
    """One instance of a process; its methods are called in this order, each at most once."""

    def __init__(self, run: ProcessRun, driver: str, process: Process) -> None:
        self.child: Child | None = None
        self._run = run
        self._driver = driver
        #: With its variables replaced, once it starts.
        self._process = process
        self._declared = process
        self._check: ReadinessCheck | None = None
        self._notify_socket: NotifySocket | None = None
        self._ready_pipe: ReadyPipe | None = None

    async def start(self) -> None:
        """Start the process. Raises ProcessError."""
        self._process = self._run.resolved(self._declared)
        extra = {"NOTIFY_SOCKET": self._open_notify_socket()} if self._process.ready == "notify" else {}
        options = self._run.spawn_options(self._driver, self._process, **extra)
        polled = polled_check(self._process.ready, options)
        if polled is not None and not polled.is_own and not await polled.probe.attempt():
            raise ProcessError(
                f"something else answers at {self._declared.ready} already: stop it, or use another port"
            )
        options = options._replace(inherited=self._open_ready_pipe())
        self._check = polled or self._passive_check()
        self.child = self._run.spawn(self._driver, self._process, options)
        if self._ready_pipe is not None:
            self._ready_pipe.started()
        if isinstance(self._check, LogLine):
            self._check.watch(self.child.output)

    async def ready(self, seconds: float, of: float) -> None:
        """Wait until it is ready, for ``seconds`` of a total of ``of``. Raises ProcessError."""
        child = self.child
        if child is None:
            return
        if self._process.type == "forking":
            child, took = await self._find_daemon(child, TimeBudget(seconds, of))
            seconds -= took
        ready, settle, check, before = (
            self._declared.ready or "",
            self._process.settle_time,
            self._check,
            child.runtime_s,
        )
        if ready == "exit":
            await wait_until_done(child, TimeBudget(seconds, of))
        elif check is None:
            await wait_until_settled(child, settle - before, TimeBudget(seconds, of), only_way=True)
        else:
            await wait_until_ready(child, check, ready, TimeBudget(seconds, of))
            left = seconds - (child.runtime_s - before)
            await wait_until_settled(child, settle, TimeBudget(left, of), only_way=False)
        self._run.mark_ready(self._driver, child)

    async def _find_daemon(self, starter: Child, budget: TimeBudget) -> tuple[Child, float]:
        """Wait for the end of the command; return the daemon that it has started, and how long that took."""
        before = starter.runtime_s
        await wait_until_done(starter, budget)
        left = budget.remaining - (starter.runtime_s - before)
        info = await find_daemon(
            self._run.pid_file(self._process), self._run.daemon_matcher(self._driver, starter), left
        )
        self.child = daemon = self._run.watch_daemon(self._driver, info, starter)
        return daemon, starter.runtime_s - before

    async def reload_by_command(self, seconds: float) -> str:
        """Run its reload command; return what went wrong, or nothing."""
        return await self._control("reload_command", self._process.reload_command, seconds)

    async def stop_by_command(self, remaining: Callable[[], float]) -> str:
        """Have its stop command stop it, and wait for its end; return what went wrong with the command, or nothing."""
        if self.child is None or not self.child.poll():
            return ""
        self.child.stop_requested = True
        problem = await self._control("stop_command", self._process.stop_command, remaining() * COMMAND_SHARE)
        if not problem:
            await self.child.ends_within(lambda: remaining() * COMMAND_SHARE)
        return problem

    async def _control(self, what: str, command: tuple[str, ...], seconds: float) -> str:
        """Run a command that is about the process; return what went wrong, or nothing."""
        try:
            options = self._run.spawn_options(self._driver, self._process)
            pid = "" if self.child is None else str(self.child.pid)
            options = options._replace(environment={**options.environment, MAIN_PID: pid})
            await run_command(what, command, options, self._run.on_lines(self._driver), seconds)
        except (ProcessError, OSError) as error:
            return str(error) if isinstance(error, ProcessError) else start_error_text(error)
        return ""

    async def end(self, seconds: Seconds) -> bool:
        """Stop it; return whether it was killed."""
        if self.child is None:
            return False
        return await self.child.end(Signals[self._process.stop_signal], seconds)

    def close(self) -> None:
        """Close its output, and what it reports on that it is ready."""
        if self._ready_pipe is not None:
            self._ready_pipe.close()
            self._ready_pipe = None
        if self._notify_socket is not None:
            self._notify_socket.close()
            self._notify_socket = None
        if self.child is not None:
            self.child.output.close()

    @property
    def process(self) -> Process:
        """The process, with its variables replaced once it starts."""
        return self._process

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return None if self.child is None else self.child.code

    def unexpected_exit(self) -> str:
        """Return how it ended if it exited unexpectedly; otherwise an empty string."""
        child = self.child
        if child is None or child.poll() or child.stop_requested:
            return ""
        return "" if self._process.ready == "exit" and not child.code else early_exit_text(child)

    def _open_notify_socket(self) -> str:
        user = self._process.user
        own = {0, os.geteuid()}
        try:
            users = own if user is None else own | {pwd.getpwnam(user).pw_uid}
        except KeyError:  # reported when it is spawned
            users = own
        self._notify_socket = NotifySocket(frozenset(users), self._on_status)
        return self._notify_socket.address

    def _open_ready_pipe(self) -> tuple[int, int] | None:
        """Return the descriptor that it inherits to report on, and its number there. Raises ProcessError."""
        number = ready_fd(self._process.ready)
        if number is None:
            return None
        try:
            self._ready_pipe = pipe = ReadyPipe(number)
        except OSError as error:
            raise ProcessError(start_error_text(error)) from None
        return (pipe.writer, number) if pipe.writer is not None else None

    def _on_status(self, text: str) -> None:
        if isinstance(self._check, Notify):
            self._check.status(text)
        self._run.log_line(self._driver, f"status: {text}")

    def _passive_check(self) -> ReadinessCheck | None:
        ready = self._process.ready
        if self._notify_socket is not None:
            return Notify(self._notify_socket)
        if self._ready_pipe is not None:
            return self._ready_pipe
        return LogLine(ready) if ready and ready.startswith("log:") else None

"""Supervise a process that became ready: restart it when it ends, and report it as lost when that fails too."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from signal import SIGTERM
from typing import TYPE_CHECKING

from tierdeps._util.seconds import doubled
from tierdeps.processes.child import end_all
from tierdeps.processes.errors import LeftoverError, ProcessError, start_error_text
from tierdeps.processes.instance import ProcessInstance

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context
    from tierdeps.model import Process
    from tierdeps.processes.proc import ProcessInfo
    from tierdeps.processes.run import ProcessRun

#: A process that ran for longer has its full number of restarts again, in seconds.
STABLE_AFTER_S = 60.0
#: The longest pause before a restart, in seconds.
MAX_PAUSE_S = 60.0
#: How long the processes that a failed one left have to end, in seconds.
STRAY_TIMEOUT_S = 2.0
#: How long a process that does not work any more has to end after its stop signal, before it is killed, in seconds.
END_TIMEOUT_S = 10.0


class RestartSupervisor:
    """Supervises from its creation until it is closed; ``instance`` is the current one.

    ``down_reason`` says why the process is down; empty while it is up.
    """

    def __init__(self, instance: ProcessInstance, run: ProcessRun, process: Process, context: Context) -> None:
        self.instance: ProcessInstance = instance
        self.down_reason: str = ""
        self._run = run
        self._process = process
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._restarts = 0
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._watch()

    def _watch(self) -> None:
        self._since = self._loop.time()
        if self.instance.child is not None:
            self.instance.child.exited().add_done_callback(self._on_exit)

    def restart(self, problem: str) -> bool:
        """End the process, which runs and does not work, and restart it; return False if its policy forbids that."""
        if self._closed or self._process.restart == "no":
            return False
        if self._is_idle:
            self._begin(problem)
        return True

    def _on_exit(self, code: asyncio.Future[int]) -> None:
        del code
        if not self._closed and self._is_idle:
            self._begin(self.instance.unexpected_exit())

    @property
    def _is_idle(self) -> bool:
        return self._task is None or self._task.done()

    def _begin(self, problem: str) -> None:
        self.down_reason = problem
        self._task = self._loop.create_task(self._recover_or_fail())

    async def close(self) -> None:
        """Stop supervising; an exit is expected from now on."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait((self._task,))

    async def _recover_or_fail(self) -> None:
        """Recover; an unexpected exception fails the driver."""
        try:
            await self._recover()
        except Exception as error:  # noqa: BLE001  passed on, not swallowed
            self.down_reason = f"{self.down_reason}; and {type(error).__name__} prevented a restart"
            self._context.failed(error)

    async def _recover(self) -> None:
        """Restart it until it is ready, or until the limit of restarts is reached."""
        process, wrong = self._process, self.down_reason
        if self._loop.time() - self._since > STABLE_AFTER_S:
            self._restarts = 0
        goes_on = process.restart == "always" or (process.restart == "on-failure" and self.instance.code != 0)
        while goes_on and self._restarts < process.restart_limit:
            pause = doubled(process.restart_backoff, self._restarts, MAX_PAUSE_S)
            self._restarts += 1
            number = f"restart {self._restarts} of {process.restart_limit}"
            self.down_reason = f"{wrong}; {number} had not succeeded when it was stopped"
            self._context.restarting(f"{wrong}; {number} in {pause:.3g} s")
            if self.instance.code is None:  # it runs, and does not work
                await self.instance.end(END_TIMEOUT_S)
            alone = False
            with suppress(OSError):  # tried again after the pause
                alone = not await self._end_remaining()
            await asyncio.sleep(pause)
            wrong = await self._restart_once(alone=alone)
            if not wrong:
                self.down_reason = ""
                self._context.restarted()
                self._watch()
                return
        times = f" (restarted {self._restarts} times)" if self._restarts else ""
        self.down_reason = f"{wrong}{times}"
        self._context.lost(self.down_reason)

    async def _end_remaining(self) -> list[ProcessInfo]:
        """End what the process started and did not end; return what is left of it."""
        if self.instance.child is None:
            return []
        matcher = self.instance.child.matcher()._replace(cgroups=self._run.matcher(self._context.driver).cgroups)
        return await end_all(matcher, SIGTERM, STRAY_TIMEOUT_S / 2, STRAY_TIMEOUT_S)

    async def _restart_once(self, *, alone: bool) -> str:
        """Restart it once; return what went wrong, or an empty string once it is ready.

        ``alone`` says that nothing is left of the process that failed.
        """
        try:
            if not alone and (left := await self._end_remaining()):
                return str(LeftoverError([one.pid for one in left]))
            self.instance.close()
            self.instance = ProcessInstance(self._run, self._context.driver, self._process)
            await self.instance.start()
            await self.instance.ready(self._context.timeout, self._context.timeout)
        except (
            ProcessError,
            OSError,
        ) as error:  # for example, too many open files: there may be fewer at the next attempt
            await self.instance.end(STRAY_TIMEOUT_S)
            return str(error) if isinstance(error, ProcessError) else start_error_text(error)
        return ""

"""Simulated processes, which are restarted by the rules for real ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, cast

from tierdeps.model import Process
from tierdeps.processes.restart import RestartSupervisor

if TYPE_CHECKING:
    from random import Random

    from tierdeps.lifecycle import Context
    from tierdeps.processes.instance import ProcessInstance
    from tierdeps.processes.proc import ProcessInfo
    from tierdeps.processes.run import ProcessRun

SECONDS = (0.0, 0.001, 0.5, 1.0, 2.5)


class Owner(Protocol):
    """The driver that a process is of."""

    @property
    def random(self) -> Random:
        """What decides how it goes."""
        ...

    def restarts(self, reason: str) -> None:
        """Report that it restarts by itself."""
        ...

    def has_restarted(self) -> None:
        """Report that it is ready again."""
        ...

    def loses(self, reason: str) -> None:
        """Report that it does not work any more."""
        ...

    def comes_up(self) -> bool:
        """Decide whether it comes up when it is started again."""
        ...


class Supervisor(RestartSupervisor):
    """Restarts the simulated process of a driver."""

    def __init__(self, owner: Owner, restart: str) -> None:
        self._owner = owner
        process = Process(("true",), restart=restart, restart_limit=2, restart_backoff=0.5)
        # the run of processes is for real ones alone
        super().__init__(_instance(), cast("ProcessRun", None), process, cast("Context", Relay(owner)))

    def exit(self, code: int) -> None:
        """Let the process exit by itself."""
        cast("Simulated", self.instance).exit(code)

    async def _end_remaining(self) -> list[ProcessInfo]:
        return []

    async def _restart_once(self, *, alone: bool) -> str:
        assert alone
        await asyncio.sleep(self._owner.random.choice(SECONDS))
        if not self._owner.comes_up():
            return "it does not come up"
        self.instance = _instance()
        return ""


def _instance() -> ProcessInstance:
    return cast("ProcessInstance", Simulated())


class Simulated:
    """A process that runs until it exits, or is ended; it is its own child."""

    def __init__(self) -> None:
        self.child: Simulated = self
        self.code: int | None = None
        self._exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def exit(self, code: int) -> None:
        """Exit, unless it has."""
        if self.code is None:
            self.code = code
            self._exited.set_result(code)

    def exited(self) -> asyncio.Future[int]:
        """Return a future that is done once it has exited."""
        return self._exited

    def unexpected_exit(self) -> str:
        """Return how it ended."""
        return f"exited with code {self.code}"

    async def end(self, seconds: float) -> bool:
        """End it; return whether it was killed."""
        await asyncio.sleep(min(seconds, 0.5))
        self.exit(-15)
        return False


class Relay:
    """The part of a context that a supervisor of processes uses."""

    def __init__(self, owner: Owner) -> None:
        self.restarting = owner.restarts
        self.restarted = owner.has_restarted
        self.lost = owner.loses

    def failed(self, error: BaseException) -> None:
        """Raise what the supervisor could not handle, for the event loop to report."""
        raise error

"""Find what killed runs of an instance left running by the tags in its environment.

Neither the journal nor the registry is needed: a locked journal, or a registry that was written too late, must not lead
to a second start of a process.
"""

from __future__ import annotations

import asyncio
import os
from logging import getLogger
from signal import SIGTERM
from typing import TYPE_CHECKING

from tierdeps.processes.child import end_all
from tierdeps.processes.proc import DRIVER, INSTANCE, RUN, ProcessMatcher, environment_of
from tierdeps.processes.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: The prefix of the id of a run whose processes are meant to outlive it.
LEFT_RUN_PREFIX = "left-"
#: When processes of drivers that are no longer planned are killed, and when they are reported instead, in seconds.
GRACE_S, TIMEOUT_S = 2.5, 20.0


def orphaned_drivers(instance: str) -> frozenset[str]:
    """Return the drivers of an instance with running processes that were not left running on purpose."""
    named, purpose = os.fsencode(f"{DRIVER}="), os.fsencode(f"{RUN}={LEFT_RUN_PREFIX}")
    found = set[str]()
    for info in Scan().find(ProcessMatcher((frozenset((os.fsencode(f"{INSTANCE}={instance}"),)),))):
        entries = environment_of(info.pid)
        if not any(entry.startswith(purpose) for entry in entries):
            found.update(os.fsdecode(entry.removeprefix(named)) for entry in entries if entry.startswith(named))
    return frozenset(found)


class Orphans:
    """The orphaned processes of an instance, searched for once, at the start of the first process."""

    def __init__(self, instance: str, matcher: Callable[[str], ProcessMatcher | None]) -> None:
        self._instance = instance
        self._matcher_of = matcher
        self._drivers: frozenset[str] = frozenset()
        self._task: asyncio.Task[None] | None = None

    async def prepare(self, planned: Collection[str] | None) -> None:
        """Search, and end orphans of drivers that are not planned: they may hold ports that others need.

        Returns once these have ended, or their time is over; concurrent callers wait for the same search.
        """
        if self._instance:
            self._task = self._task or asyncio.create_task(self._prepare(planned))
            await asyncio.wait((self._task,))
            self._task.result()

    def has(self, driver: str) -> bool:
        """Return whether orphans of a driver were found."""
        return driver in self._drivers

    async def _prepare(self, planned: Collection[str] | None) -> None:
        # In a thread: scanning many processes would block the loop.
        self._drivers = await asyncio.to_thread(orphaned_drivers, self._instance)
        unplanned = self._drivers.difference(self._drivers if planned is None else planned)
        await asyncio.gather(*map(self._end, sorted(unplanned)))

    async def _end(self, driver: str) -> None:
        matcher = self._matcher_of(driver)
        left = await end_all(matcher, SIGTERM, GRACE_S, TIMEOUT_S) if matcher is not None else ()
        if left:
            getLogger(f"tierdeps.driver.{driver}").warning(
                "it is not in the graph any more, and the process that a killed run left does not end: %s",
                ", ".join(str(info.pid) for info in left),
            )

"""What killed runs of an instance have left, found by its marks: neither the journal nor the records need know of it.

A journal that was locked, and records that were written too late, are no reason to start a process a second time.
"""

from __future__ import annotations

import asyncio
import os
from logging import getLogger
from signal import SIGTERM
from typing import TYPE_CHECKING

from tierdeps.processes.child import end_all
from tierdeps.processes.proc import DRIVER, INSTANCE, RUN, ProcessMatcher, environment_of, find_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: How the name of a run begins whose processes are to outlive it.
LEFT_RUN_PREFIX = "left-"
#: How long what is no more in the plan has from being asked to being killed, and until it is given up, in seconds.
GRACE_S, TIMEOUT_S = 2.5, 20.0


def orphaned_drivers(instance: str) -> frozenset[str]:
    """Return the drivers of an instance of which something runs that was not left running on purpose."""
    named, purpose = os.fsencode(f"{DRIVER}="), os.fsencode(f"{RUN}={LEFT_RUN_PREFIX}")
    found = set[str]()
    for info in find_processes(ProcessMatcher((frozenset((os.fsencode(f"{INSTANCE}={instance}"),)),))):
        entries = environment_of(info.pid)
        if not any(entry.startswith(purpose) for entry in entries):
            found.update(os.fsdecode(entry.removeprefix(named)) for entry in entries if entry.startswith(named))
    return frozenset(found)


class Orphans:
    """What killed runs of an instance have left; it is looked for once, by whoever starts the first process."""

    def __init__(self, instance: str, matcher: Callable[[str], ProcessMatcher | None]) -> None:
        self._instance = instance
        self._matcher_of = matcher
        self._drivers: frozenset[str] = frozenset()
        self._task: asyncio.Task[None] | None = None

    async def prepare(self, planned: Collection[str] | None) -> None:
        """Look for it, and end what there is of drivers that are not planned: it may be in the way of others.

        Returns once that has ended, or was given up; others who come meanwhile wait for the same.
        """
        if self._instance:
            self._task = self._task or asyncio.create_task(self._prepare(planned))
            await asyncio.wait((self._task,))
            self._task.result()

    def has(self, driver: str) -> bool:
        """Return whether something of a driver was found."""
        return driver in self._drivers

    async def _prepare(self, planned: Collection[str] | None) -> None:
        # Not on the loop: there may be many processes on this host.
        self._drivers = await asyncio.to_thread(orphaned_drivers, self._instance)
        unplanned = self._drivers.difference(self._drivers if planned is None else planned)
        await asyncio.gather(*map(self._end, sorted(unplanned)))

    async def _end(self, driver: str) -> None:
        matcher = self._matcher_of(driver)
        left = await end_all(matcher, SIGTERM, GRACE_S, TIMEOUT_S) if matcher is not None else ()
        if left:
            getLogger(f"tierdeps.driver.{driver}").warning(
                "it is not in the graph any more, and what a killed run left of it does not end: process %s",
                ", ".join(str(info.pid) for info in left),
            )

"""The cgroups of a run: its own, and those that killed runs of its instance left behind."""

from __future__ import annotations

import os
from logging import getLogger
from typing import TYPE_CHECKING

from tierdeps._util.process_id import boot_id
from tierdeps.processes import cgroup
from tierdeps.processes.cgroup import Cgroup

if TYPE_CHECKING:
    from tierdeps.processes.registry import ProcessRegistry


class Containment:
    """Puts each driver's processes into a cgroup if that is ``wanted`` and possible; otherwise it does nothing."""

    def __init__(self, run: str, registry: ProcessRegistry | None, *, wanted: bool) -> None:
        self._run = run
        self._registry = registry
        self._wanted = wanted
        self._own: Cgroup | None = None
        there = registry.cgroups() if registry is not None else ()
        self._orphaned = [Cgroup(path) for boot, path in there if boot == boot_id() and cgroup.is_ours(path)]

    def open(self, driver: str) -> int:
        """Return the open ``cgroup.procs`` of a driver's cgroup; -1 if there is none."""
        if self._wanted and self._own is None:
            self._own = cgroup.create(self._run)
            self._wanted = self._own is not None
            self._write()
        if self._own is None:
            return -1
        try:
            return self._own.open(driver)
        except OSError as error:
            self._warn_outside(driver, str(error))
            return -1

    def check(self, driver: str, pid: int) -> None:
        """Warn if a process is not in its cgroup: some kernels refuse processes of another user."""
        if self._own is not None and not cgroup.contains(self._own.folder(driver), pid):
            self._warn_outside(driver, "it could not enter")

    def _warn_outside(self, driver: str, reason: str) -> None:
        getLogger(f"tierdeps.driver.{driver}").warning("it runs outside of the run's cgroup: %s", reason)

    @property
    def path(self) -> str:
        """The folder of the run's cgroup; empty where there is none."""
        return self._own.path if self._own is not None else ""

    def folders(self, driver: str) -> tuple[str, ...]:
        """Return the cgroups of a driver that this run made."""
        return () if self._own is None else (self._own.folder(driver),)

    def orphaned(self, driver: str) -> tuple[str, ...]:
        """Return the cgroups of a driver that killed runs left behind."""
        return tuple(one.folder(driver) for one in self._orphaned)

    def forget(self, driver: str) -> None:
        """Remove a driver's cgroups, which are empty."""
        for folder in (*self.folders(driver), *self.orphaned(driver)):
            cgroup.remove(folder)

    def close(self, *, handed_over: bool, left: bool) -> None:
        """Remove all cgroups; what is ``left`` running is moved out, and what is ``handed_over`` the guard removes."""
        for one in self._orphaned:
            cgroup.end(one.path)  # of drivers that are no longer planned
        if self._own is not None and not handed_over:
            if left:
                self._own.release()
            else:
                cgroup.end(self._own.path)
        self._write()

    def _write(self) -> None:
        """Record the existing cgroups for the next run."""
        if self._registry is not None:
            own = () if self._own is None else (self._own,)
            there = [one.path for one in (*self._orphaned, *own) if os.path.isdir(one.path)]  # noqa: PTH112
            self._registry.write_cgroups([(boot_id(), path) for path in there])

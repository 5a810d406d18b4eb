"""The cgroups of a run: its own, and those that killed runs of its instance left behind."""

from __future__ import annotations

import os
from contextlib import suppress
from logging import getLogger
from typing import TYPE_CHECKING

from tierdeps._util.process_id import boot_id
from tierdeps.processes import cgroup
from tierdeps.processes.cgroup import Cgroup, CgroupEntry
from tierdeps.processes.proc import RUN, has_env_tags, read_process

if TYPE_CHECKING:
    from tierdeps.processes.registry import ProcessRegistry


def is_child(pid: int) -> bool:
    """Return whether this process is the parent of another one."""
    found = read_process(pid)
    return found is not None and found.parent == os.getpid()


class Containment:
    """Puts each driver's processes into a cgroup if that is ``wanted`` and possible; otherwise it does nothing."""

    def __init__(self, run: str, registry: ProcessRegistry | None, *, wanted: bool) -> None:
        self._run = run
        self._registry = registry
        self._wanted = wanted
        self._own: Cgroup | None = None
        #: The open ``cgroup.procs`` of the cgroup of this process, below which that of the run is; -1 if there is none.
        self._home = -1
        self._home_parts: list[str] = []
        there = registry.cgroups() if registry is not None else ()
        self._orphaned = [Cgroup(path) for boot, path in there if boot == boot_id() and cgroup.is_ours(path)]

    def open(self, driver: str) -> CgroupEntry | None:
        """Return the cgroup of a driver, whose ``procs`` the caller closes; None if there is none."""
        if self._wanted and self._own is None:
            self._create()
        if self._own is None:
            return None
        try:
            return CgroupEntry(self._own.open(driver), self._home if self._is_at_home() else -1)
        except OSError as error:
            self._warn_outside(driver, str(error))
            return None

    def _create(self) -> None:
        self._own = cgroup.create(self._run)
        self._wanted = self._own is not None
        if self._own is not None:
            self._home_parts = cgroup.own_parts()
            with suppress(OSError):
                self._home = os.open(self._own.home, os.O_WRONLY | os.O_CLOEXEC)
        self._write()

    def _is_at_home(self) -> bool:
        """Return whether this process is where it was when it created the cgroup: a service manager may move it."""
        return cgroup.own_parts() == self._home_parts

    def check(self, driver: str, pid: int) -> None:
        """Warn if a process is not in its cgroup: some kernels refuse processes of another user."""
        if self._own is None:
            return
        folder = self._own.folder(driver)
        inside = cgroup.pids(folder)
        if pid not in inside and not cgroup.contains(folder, pid):
            self._warn_outside(driver, "it could not enter")
        if os.getpid() in inside:  # then what it starts elsewhere may end with the driver
            getLogger(f"tierdeps.driver.{driver}").warning("tierdeps is in its cgroup, and cannot leave it")
        for other in inside:
            if other != pid and self._is_foreign(other):
                self._own.move_out(other)

    def _is_foreign(self, pid: int) -> bool:
        """Return whether a process in the cgroup of a driver is a child of this one, and not of the driver.

        This process is in the cgroup for a moment when it starts one there, and so is what a C library starts meanwhile
        in a thread. A daemon of the driver may be a child of this process too, where this one is the init process or a
        subreaper: it has the mark of the run in its environment, unless it has removed that.
        """
        if os.getpid() in (1, pid) or not is_child(pid):
            return False
        return not has_env_tags(pid, frozenset((os.fsencode(f"{RUN}={self._run}"),)))

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
        if self._home >= 0:
            os.close(self._home)
            self._home = -1

    def _write(self) -> None:
        """Record the existing cgroups for the next run."""
        if self._registry is not None:
            own = () if self._own is None else (self._own,)
            there = [one.path for one in (*self._orphaned, *own) if os.path.isdir(one.path)]  # noqa: PTH112
            self._registry.write_cgroups([(boot_id(), path) for path in there])

"""Drivers that are up, each of which a test checks when it wants to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from libvirt_played import FakeLibvirt, Thing, context, host_of, played

from tierdeps import HealthUnknownError, RunError, replace
from tierdeps_libvirt import _live_objects as live
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt.network import NetworkLifecycle
from tierdeps_libvirt.qemu import QemuLifecycle
from tierdeps_libvirt.storage import StorageLifecycle

if TYPE_CHECKING:
    from tierdeps import Lifecycle

QUICK = {"kind": replace(DOMAINS, settles=0.0)}
LIFECYCLES: dict[str, tuple[type[Lifecycle], dict[str, Any]]] = {
    "domain": (live.DomainLifecycle, QUICK),
    "pool": (live.PoolLifecycle, {}),
    "network": (live.NetworkLifecycle, {}),
    "qemu": (QemuLifecycle, QUICK),
    "storage": (StorageLifecycle, {}),
    "networks": (NetworkLifecycle, {}),
}
#: Why a guest is off, or paused (libvirt-domain.h).
SHUT_DOWN, DESTROYED, CRASHED, MIGRATED, FAILED, BY_DAEMON = 1, 2, 3, 4, 6, 8
IO_ERROR, BY_ITS_USER = 5, 1


class Watched:
    """A driver that is up; ``look`` checks it, and never takes an older answer for a new one."""

    def __init__(self, name: str, libvirt: FakeLibvirt, **settings: Any) -> None:
        base, more = LIFECYCLES[name.partition("/")[0]]
        self.call = context(name, check_every=0.001, **settings)
        self.host = host_of(self.call)
        self.lifecycle = played(base, libvirt, **more)
        self.lifecycle.probe(self.call)
        self.adopted = self.lifecycle.adopt(self.call)
        if not self.adopted:
            (self.lifecycle.start if "/" in name else self.lifecycle.autostart)(self.call)

    def look(self) -> str:
        """Return what a check finds wrong."""
        try:
            asyncio.run(self.lifecycle.check(self.call))
        except HealthUnknownError as error:
            return f"unknown: {error}"
        except RunError as error:
            return str(error)
        self.settle()
        return ""

    def recover(self) -> bool:
        """Return whether it restarts by itself, and wait until that is over."""
        does = asyncio.run(self.lifecycle.recover(self.call))
        self.settle()
        return bool(does)

    def settle(self) -> None:
        if self.lifecycle._restart is not None:
            self.lifecycle._restart._thread.join()


def down(thing: Thing, reason: int = DESTROYED) -> None:
    thing.active, thing.reason = False, reason

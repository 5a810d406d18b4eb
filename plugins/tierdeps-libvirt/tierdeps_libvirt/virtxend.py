"""The daemon of guests of Xen, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtxend",
    tier="hypervisor",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtxend:VirtxendLifecycle",
    description="the daemon of guests of Xen, where daemons are modular",
)


class VirtxendLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtxend"
    uris = ("xen:///system",)

"""The daemon of containers, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtlxcd",
    tier="hypervisor",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtlxcd:VirtlxcdLifecycle",
    description="the daemon of containers, where daemons are modular",
)


class VirtlxcdLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtlxcd"
    uris = ("lxc:///system",)

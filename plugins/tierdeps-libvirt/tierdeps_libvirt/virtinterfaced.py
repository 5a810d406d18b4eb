"""The daemon of host interfaces, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtinterfaced",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtinterfaced:VirtinterfacedLifecycle",
    description="the daemon of host interfaces, where daemons are modular",
)


class VirtinterfacedLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtinterfaced"
    uris = ("interface:///system",)

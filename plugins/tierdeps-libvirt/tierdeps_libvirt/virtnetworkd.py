"""The daemon of virtual networks, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtnetworkd",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtnetworkd:VirtnetworkdLifecycle",
    description="the daemon of virtual networks, where daemons are modular",
)


class VirtnetworkdLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtnetworkd"
    uris = ("network:///system",)

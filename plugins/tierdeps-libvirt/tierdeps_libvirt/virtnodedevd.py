"""The daemon of host devices, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtnodedevd",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtnodedevd:VirtnodedevdLifecycle",
    description="the daemon of host devices, where daemons are modular",
)


class VirtnodedevdLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtnodedevd"
    uris = ("nodedev:///system",)

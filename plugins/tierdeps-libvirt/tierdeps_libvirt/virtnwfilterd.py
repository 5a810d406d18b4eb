"""The daemon of network filters, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtnwfilterd",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtnwfilterd:VirtnwfilterdLifecycle",
    description="the daemon of network filters, where daemons are modular",
)


class VirtnwfilterdLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtnwfilterd"
    uris = ("nwfilter:///system",)

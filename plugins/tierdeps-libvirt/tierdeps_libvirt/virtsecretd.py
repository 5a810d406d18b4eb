"""The daemon of secrets, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtsecretd",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.virtsecretd:VirtsecretdLifecycle",
    description="the daemon of secrets, where daemons are modular",
)


class VirtsecretdLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtsecretd"
    uris = ("secret:///system",)

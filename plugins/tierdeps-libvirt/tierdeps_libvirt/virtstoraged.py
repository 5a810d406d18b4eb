"""The daemon of storage pools, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver, after
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtstoraged",
    tier="core",
    phases=("initialize",),
    dependencies=(
        after(
            "virtsecretd",
            reason="a pool with <auth> that it starts by itself asks for its secret through secret:///system"
            " (libvirt 4.1.0, a494f7fd4f)",
        ),
    ),
    lifecycle="tierdeps_libvirt.virtstoraged:VirtstoragedLifecycle",
    description="the daemon of storage pools, where daemons are modular",
)


class VirtstoragedLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtstoraged"
    uris = ("storage:///system",)

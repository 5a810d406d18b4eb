"""Virtual networks."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._base import AutostartLifecycle

DRIVER = Driver(
    "network",
    tier="core",
    phases=("initialize", "autostart"),
    lifecycle="tierdeps_libvirt.network:NetworkLifecycle",
    description="virtual networks",
)


class NetworkLifecycle(AutostartLifecycle):
    """Lists the networks, and which of those marked autostart are active."""

    uris = ("network:///system",)
    noun = "network"
    listing = "listAllNetworks"

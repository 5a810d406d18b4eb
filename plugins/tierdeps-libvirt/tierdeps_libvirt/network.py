"""Virtual networks."""

from __future__ import annotations

from tierdeps import Driver, requires
from tierdeps_libvirt._autostart import AutostartLifecycle
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._kinds import NETWORKS

DRIVER = Driver(
    "network",
    tier="core",
    phases=("initialize", "autostart"),
    dependencies=(requires("virtnetworkd", reason=SERVED),),
    lifecycle="tierdeps_libvirt.network:NetworkLifecycle",
    description="virtual networks",
)


class NetworkLifecycle(AutostartLifecycle):
    """Starts the networks that are marked autostart."""

    uris = ("network:///system",)
    kind = NETWORKS

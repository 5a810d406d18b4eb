"""Linux containers."""

from __future__ import annotations

from tierdeps import Driver, after, requires
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._guests import GuestLifecycle
from tierdeps_libvirt._kinds import CONTAINERS
from tierdeps_libvirt._reasons import NETWORKS_FIRST, REGISTERED_FIRST, REMOTE_FIRST

DRIVER = Driver(
    "lxc",
    tier="hypervisor",
    phases=("initialize", "autostart"),
    dependencies=(
        requires("virtlxcd", reason=SERVED),
        requires("remote", phase="autostart", reason=REMOTE_FIRST),
        after("network", reason=NETWORKS_FIRST),
        after("nwfilter", reason=REGISTERED_FIRST),
        requires(
            "network",
            phase="autostart",
            when="domain.network",
            reason="a container on a network that is not active does not start: \"network '%s' is not active\""
            " (libvirt 1.2.1, lxc_process.c:379; 9.0.0: virDomainNetAllocateActualDevice)",
        ),
        requires(
            "nwfilter",
            phase="autostart",
            when="domain.nwfilter",
            reason="a container's interface is filtered when it starts (libvirt 1.2.1, lxc_process.c:285; 9.0.0:"
            " virDomainConfNWFilterInstantiate)",
        ),
    ),
    lifecycle="tierdeps_libvirt.lxc:LxcLifecycle",
    description="Linux containers",
)


class LxcLifecycle(GuestLifecycle):
    """Starts the containers that are marked autostart."""

    uris = ("lxc:///system",)
    kind = CONTAINERS
    types = frozenset({"LXC"})

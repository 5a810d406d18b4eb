"""Xen through libxl, its own library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, after, requires
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._guests import GuestLifecycle
from tierdeps_libvirt._host import without_xen
from tierdeps_libvirt._reasons import NETWORKS_FIRST, REMOTE_FIRST

if TYPE_CHECKING:
    from tierdeps import Context

DRIVER = Driver(
    "libxl",
    tier="hypervisor",
    phases=("initialize", "autostart"),
    dependencies=(
        requires("virtxend", reason=SERVED),
        after("network", reason=NETWORKS_FIRST),
        requires("remote", phase="autostart", when="domain.network", reason=REMOTE_FIRST),
        requires("remote", phase="autostart", when="domain.secret", reason=REMOTE_FIRST),
        requires(
            "network",
            phase="autostart",
            when="domain.network",
            reason="a guest on a network asks for its bridge through network:///system, and does not start where the"
            " network is not active (libvirt 9, libxl_domain.c: libxlNetworkPrepareDevices; none in 1.2.1)",
        ),
        requires(
            "secret",
            phase="autostart",
            when="domain.secret",
            reason="a guest on an RBD image with <auth> looks its secret up when it starts"
            " (libvirt 9, libxl_conf.c: libxlMakeNetworkDiskSrc; none in 1.2.1)",
        ),
    ),
    lifecycle="tierdeps_libvirt.libxl:LibxlLifecycle",
    description="Xen guests, through libxl",
)


class LibxlLifecycle(GuestLifecycle):
    """Starts the Xen guests that are marked autostart."""

    uris = ("xen:///system",)
    types = frozenset({"XEN"})

    def probe(self, context: Context) -> str | None:
        """Return why the driver is skipped: without Xen there is no connection, unless one is named."""
        here = without_xen(self.root) if context.settings.get("uri") is None else None
        return here or super().probe(context)

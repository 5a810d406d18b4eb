"""Xen through libxl, its own library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, after
from tierdeps_libvirt._base import AutostartLifecycle
from tierdeps_libvirt._host import without_xen
from tierdeps_libvirt._reasons import NETWORKS_FIRST

if TYPE_CHECKING:
    from tierdeps import Context

DRIVER = Driver(
    "libxl",
    tier="hypervisor",
    phases=("initialize", "autostart"),
    dependencies=(after("network", reason=NETWORKS_FIRST),),
    lifecycle="tierdeps_libvirt.libxl:LibxlLifecycle",
    description="Xen guests, through libxl",
)


class LibxlLifecycle(AutostartLifecycle):
    """Lists the Xen guests, and which of those marked autostart run."""

    uris = ("xen:///system",)
    noun = "domain"
    listing = "listAllDomains"

    def probe(self, context: Context) -> str | None:
        """Ask for Xen first: without it there is nothing to connect to."""
        return without_xen(self.root) or super().probe(context)

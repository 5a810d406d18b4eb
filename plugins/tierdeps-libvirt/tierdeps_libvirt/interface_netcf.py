"""Host interfaces as netcf knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, requires
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._host import built_on_netcf

if TYPE_CHECKING:
    from tierdeps import Context

DRIVER = Driver(
    "interface-netcf",
    tier="core",
    phases=("initialize",),
    dependencies=(requires("virtinterfaced", reason=SERVED),),
    lifecycle="tierdeps_libvirt.interface_netcf:InterfaceNetcfLifecycle",
    description="host interfaces, configured through netcf",
)


class InterfaceNetcfLifecycle(ConnectedLifecycle):
    """Counts the host's interfaces."""

    uris = ("interface:///system",)
    noun = "host interface"
    listing = "listAllInterfaces"

    def probe(self, context: Context) -> str | None:
        """Leave them to udev where libvirt is not built on netcf."""
        if not built_on_netcf(self.root):
            return "no libvirt built on netcf is on this host; interface-udev reads the host's interfaces"
        return super().probe(context)

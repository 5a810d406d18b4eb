"""Host interfaces as udev knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, requires
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._host import built_on_netcf

if TYPE_CHECKING:
    from tierdeps import Context

DRIVER = Driver(
    "interface-udev",
    tier="core",
    phases=("initialize",),
    dependencies=(requires("virtinterfaced", reason=SERVED),),
    lifecycle="tierdeps_libvirt.interface_udev:InterfaceUdevLifecycle",
    description="host interfaces, read from udev",
)


class InterfaceUdevLifecycle(ConnectedLifecycle):
    """Counts the host's interfaces."""

    uris = ("interface:///system",)
    noun = "host interface"
    listing = "listAllInterfaces"

    def probe(self, context: Context) -> str | None:
        """Leave them to netcf where libvirt is built on it."""
        if built_on_netcf(self.root):
            return "this libvirt reads the host's interfaces from netcf, not from udev"
        return super().probe(context)

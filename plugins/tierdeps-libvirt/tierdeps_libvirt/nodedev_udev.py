"""Host devices as udev knows them."""

from __future__ import annotations

from tierdeps import Driver, requires
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._daemon import SERVED

DRIVER = Driver(
    "nodedev-udev",
    tier="core",
    phases=("initialize",),
    dependencies=(requires("virtnodedevd", reason=SERVED),),
    lifecycle="tierdeps_libvirt.nodedev_udev:NodedevUdevLifecycle",
    description="host devices, enumerated by udev",
)


class NodedevUdevLifecycle(ConnectedLifecycle):
    """Counts the host's devices."""

    uris = ("nodedev:///system",)
    noun = "host device"
    listing = "listAllDevices"

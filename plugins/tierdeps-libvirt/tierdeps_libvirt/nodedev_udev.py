"""Host devices as udev knows them."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._base import ConnectedLifecycle

DRIVER = Driver(
    "nodedev-udev",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.nodedev_udev:NodedevUdevLifecycle",
    description="host devices, enumerated by udev",
)


class NodedevUdevLifecycle(ConnectedLifecycle):
    """Counts the host's devices."""

    uris = ("nodedev:///system",)
    noun = "host device"
    listing = "listAllDevices"

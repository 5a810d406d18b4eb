"""Host devices as HAL knew them: a driver that libvirt no longer has."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._base import GoneLifecycle

DRIVER = Driver(
    "nodedev-hal",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.nodedev_hal:NodedevHalLifecycle",
    description="host devices, enumerated by HAL (until libvirt 6.8.0)",
)


class NodedevHalLifecycle(GoneLifecycle):
    """Skipped on every host."""

    gone = "libvirt has no HAL backend since 6.8.0 (October 2020); nodedev-udev enumerates the host's devices"

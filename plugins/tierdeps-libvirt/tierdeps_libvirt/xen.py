"""Xen through xend: a driver that libvirt no longer has."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._base import GoneLifecycle

DRIVER = Driver(
    "xen",
    tier="hypervisor",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.xen:XenLifecycle",
    description="Xen guests, through xend (until libvirt 4.3.0)",
)


class XenLifecycle(GoneLifecycle):
    """Skipped on every host."""

    gone = "libvirt has no driver for xend since 4.3.0 (May 2018); libxl drives Xen"

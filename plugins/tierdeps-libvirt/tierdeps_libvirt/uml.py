"""User-mode Linux: a driver that libvirt no longer has."""

from __future__ import annotations

from tierdeps import Driver, requires
from tierdeps_libvirt._base import GoneLifecycle
from tierdeps_libvirt._reasons import REMOTE_FIRST

DRIVER = Driver(
    "uml",
    tier="hypervisor",
    phases=("initialize", "autostart"),
    dependencies=(
        requires("remote", phase="autostart", reason=REMOTE_FIRST),
        requires(
            "network",
            phase="autostart",
            when="domain.network",
            reason="a guest on a network looks it up, and, deduced, its tap device needs the bridge"
            " (libvirt 1.2.1, uml_conf.c:201)",
        ),
        requires(
            "nwfilter",
            phase="autostart",
            when="domain.nwfilter",
            reason="a guest's interface is filtered when it is made (libvirt 1.2.1, uml_conf.c:136)",
        ),
    ),
    lifecycle="tierdeps_libvirt.uml:UmlLifecycle",
    description="User-mode Linux guests (until libvirt 5.0.0)",
)


class UmlLifecycle(GoneLifecycle):
    """Skipped on every host."""

    gone = "libvirt has no UML driver since 5.0.0 (January 2019)"

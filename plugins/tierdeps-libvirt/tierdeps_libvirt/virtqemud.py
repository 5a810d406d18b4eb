"""The daemon of guests of QEMU, on hosts whose daemons are modular."""

from __future__ import annotations

from tierdeps import Driver, after, requires
from tierdeps_libvirt._daemon import DaemonLifecycle

DRIVER = Driver(
    "virtqemud",
    tier="hypervisor",
    phases=("initialize",),
    dependencies=(
        after(
            "storage",
            reason="when it starts, it kills the running guests whose disks are volumes of pools that are not active"
            " (libvirt 9.0.0, qemu_process.c: qemuProcessReconnect, virDomainDiskTranslateSourcePool)",
        ),
        requires(
            "storage",
            when="domain.volume",
            reason="when it starts, it kills the running guests whose disks are volumes of pools that are not active"
            " (libvirt 9.0.0, qemu_process.c: qemuProcessReconnect, virDomainDiskTranslateSourcePool)",
        ),
    ),
    lifecycle="tierdeps_libvirt.virtqemud:VirtqemudLifecycle",
    description="the daemon of guests of QEMU, where daemons are modular",
)


class VirtqemudLifecycle(DaemonLifecycle):
    """Starts it, or finds it."""

    daemon = "virtqemud"
    uris = ("qemu:///system",)

"""QEMU: its driver stops a running guest whose storage is missing when it reconnects to it."""

from __future__ import annotations

from tierdeps import Driver, after, requires, wants
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._guests import GuestLifecycle
from tierdeps_libvirt._reasons import REGISTERED_FIRST, REMOTE_FIRST

DRIVER = Driver(
    "qemu",
    tier="hypervisor",
    phases=("initialize", "autostart"),
    dependencies=(
        requires("virtqemud", reason=SERVED),
        requires("remote", reason=REMOTE_FIRST),
        after("storage", reason=REGISTERED_FIRST),
        after("network", reason=REGISTERED_FIRST),
        after("nwfilter", reason=REGISTERED_FIRST),
        after("secret", reason=REGISTERED_FIRST),
        requires(
            "storage",
            when="domain.volume",
            reason="a running guest whose disk is a volume of a pool that is not active is killed when qemu reconnects"
            " to it (libvirt 1.2.1, qemu_process.c: qemuProcessReconnect; still so in 9.0.0:"
            " virDomainDiskTranslateSourcePool)",
        ),
        wants(
            "nwfilter",
            when="domain.nwfilter",
            reason="a running guest whose filter cannot be instantiated when qemu reconnects to it goes on without it,"
            " with a warning in the log (libvirt 9.0.0, qemu_process.c: qemuProcessFiltersInstantiate; 1.2.1 killed"
            " it)",
        ),
        requires(
            "nwfilter",
            phase="autostart",
            when="domain.nwfilter",
            reason="a guest whose interface names a filter is not started without it (libvirt 1.2.1,"
            " qemu_command.c:401; 9.0.0: virDomainConfNWFilterInstantiate)",
        ),
        requires(
            "network",
            phase="autostart",
            when="domain.network",
            reason="a guest on a network that is not active does not start: \"network '%s' is not active\""
            " (libvirt 1.2.1: qemuNetworkIfaceConnect; 9.0.0: virDomainNetAllocateActualDevice)",
        ),
        requires(
            "secret",
            phase="autostart",
            when="domain.secret",
            reason="a guest whose disk has <auth> or <encryption> looks its secret up when it starts"
            " (libvirt 1.2.1, qemu_command.c: qemuGetSecretString; 9.0.0: virSecretGetSecretString)",
        ),
    ),
    lifecycle="tierdeps_libvirt.qemu:QemuLifecycle",
    description="QEMU and KVM guests",
)


class QemuLifecycle(GuestLifecycle):
    """Starts the guests that are marked autostart, also those of libvirt's test connection."""

    uris = ("qemu:///system",)
    types = frozenset({"QEMU", "TEST"})

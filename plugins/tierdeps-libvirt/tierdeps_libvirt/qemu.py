"""QEMU: the hypervisor that stops a running guest whose storage is not there when it looks."""

from __future__ import annotations

from tierdeps import Driver, after, requires
from tierdeps_libvirt._guests import GuestLifecycle
from tierdeps_libvirt._reasons import REGISTERED_FIRST, REMOTE_FIRST

DRIVER = Driver(
    "qemu",
    tier="hypervisor",
    phases=("initialize", "autostart"),
    dependencies=(
        requires("remote", reason=REMOTE_FIRST),
        after("storage", reason=REGISTERED_FIRST),
        after("network", reason=REGISTERED_FIRST),
        after("nwfilter", reason=REGISTERED_FIRST),
        after("secret", reason=REGISTERED_FIRST),
        requires(
            "storage",
            when="domain.volume",
            reason="a running guest whose disk is a volume of a pool that is not active is killed when qemu reconnects"
            " to it (libvirt 1.2.1, qemu_process.c: qemuProcessReconnect; still so later:"
            " virDomainDiskTranslateSourcePool)",
        ),
        requires(
            "nwfilter",
            when="domain.nwfilter",
            reason="a running guest whose filter cannot be instantiated is killed when qemu reconnects to it"
            " (libvirt 1.2.1, qemu_process.c: qemuProcessFiltersInstantiate)",
        ),
        requires(
            "network",
            phase="autostart",
            when="domain.network",
            reason="a guest on a network that is not active does not start: \"Network '%s' is not active.\""
            " (libvirt 1.2.1: qemuNetworkIfaceConnect)",
        ),
        requires(
            "secret",
            phase="autostart",
            when="domain.secret",
            reason="a guest whose disk has <auth> or <encryption> looks its secret up when it starts"
            " (libvirt 1.2.1, qemu_command.c: qemuGetSecretString)",
        ),
    ),
    lifecycle="tierdeps_libvirt.qemu:QemuLifecycle",
    description="QEMU and KVM guests",
)


class QemuLifecycle(GuestLifecycle):
    """Starts the guests that are marked autostart; those of libvirt's own test connection too."""

    uris = ("qemu:///system",)
    types = frozenset({"QEMU", "TEST"})

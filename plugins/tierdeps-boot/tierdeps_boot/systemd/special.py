"""The units that systemd brings along, for a folder that is checked without them; see systemd.special(7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps_boot.systemd.names import UnitName

#: What comes after what among the targets that boot, as bootup(7) draws it.
_AFTER = {
    "local-fs.target": "local-fs-pre.target",
    "cryptsetup.target": "cryptsetup-pre.target",
    "veritysetup.target": "veritysetup-pre.target",
    "integritysetup.target": "integritysetup-pre.target",
    "sysinit.target": "local-fs.target swap.target cryptsetup.target veritysetup.target integritysetup.target",
    "basic.target": "sysinit.target sockets.target paths.target slices.target",
    "network.target": "network-pre.target",
    "network-online.target": "network.target",
    "remote-fs.target": "remote-fs-pre.target",
    "remote-cryptsetup.target": "cryptsetup-pre.target",
    "time-sync.target": "time-set.target",
    "getty.target": "getty-pre.target",
    "multi-user.target": "basic.target",
    "graphical.target": "multi-user.target",
    "rescue.target": "sysinit.target",
    "umount.target": "shutdown.target",
    "final.target": "shutdown.target umount.target",
}
_OTHERS = frozenset(
    [
        "local-fs-pre.target",
        "swap.target",
        "cryptsetup-pre.target",
        "veritysetup-pre.target",
        "integritysetup-pre.target",
        "sockets.target",
        "paths.target",
        "slices.target",
        "timers.target",
        "network-pre.target",
        "remote-fs-pre.target",
        "time-set.target",
        "nss-",
        "lookup.target",
        "nss-user-lookup.target",
        "rpcbind.target",
        "getty-pre.target",
        "emergency.target",
        "shutdown.target",
        "reboot.target",
        "poweroff.target",
        "halt.target",
        "kexec.target",
        "exit.target",
        "soft-reboot.target",
        "system-update.target",
        "system-update-",
        "pre.target",
        "sleep.target",
        "suspend.target",
        "hibernate.target",
        "hybrid-sleep.target",
        "suspend-then-hibernate.target",
        "default.target",
        "boot-complete.target",
        "first-boot-complete.target",
        "machines.target",
        "printer.target",
        "sound.target",
        "bluetooth.target",
        "smartcard.target",
        "usb-gadget.target",
        "storage-target-mode.target",
        "initrd.target",
        "initrd-fs.target",
        "initrd-root-device.target",
        "initrd-root-fs.target",
        "initrd-usr-fs.target",
        "initrd-switch-root.target",
        "dbus.socket",
        "dbus.service",
        "dbus-broker.service",
        "display-manager.service",
        "getty@.service",
        "serial-getty@.service",
        "console-getty.service",
    ]
)


def is_special(name: UnitName) -> bool:
    """Return whether systemd, or the system around it, brings a unit along."""
    text = name.template if name.instance is not None else f"{name.stem}.{name.type}"
    return text in _AFTER or text in _OTHERS or text.startswith("systemd-")


def text_of(name: str) -> str:
    """Return what a special unit says, as far as it is the same everywhere."""
    return f"[Unit]\nDefaultDependencies=no\nAfter={_AFTER.get(name, '')}\n"

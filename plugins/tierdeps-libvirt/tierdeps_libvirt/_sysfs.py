"""The paths at which the kernel shows host devices, by the names of virsh nodedev-list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: A pattern of names, and the path below /sys that exists with the device; other names are network interfaces.
_PLACES = (
    (re.compile(r"pci_([\da-f]{4})_([\da-f]{2})_([\da-f]{2})_([\da-f])"), "bus/pci/devices/{}:{}:{}.{}"),
    (re.compile(r"mdev_(\w{8})_(\w{4})_(\w{4})_(\w{4})_(\w{12})"), "bus/mdev/devices/{}-{}-{}-{}-{}"),
    (re.compile(r"scsi_(host\d+)"), "class/scsi_host/{}"),
    (re.compile(r"(.+)"), "class/net/{}"),
)
_USB = re.compile(r"usb_([\da-f]{4})_([\da-f]{4})")


def is_there(root: Path, name: str) -> bool:
    """Return whether the host with its files below ``root`` has a device."""
    usb = _USB.fullmatch(name)
    if usb is not None:
        return any(_usb(folder) == usb.groups() for folder in root.glob("sys/bus/usb/devices/*"))
    for form, place in _PLACES:
        parts = form.fullmatch(name)
        if parts is not None:
            return (root / "sys" / place.format(*parts.groups())).exists()
    return False


def _usb(folder: Path) -> tuple[str, ...]:
    try:
        return tuple((folder / file).read_text("ascii").strip() for file in ("idVendor", "idProduct"))
    except (OSError, ValueError):
        return ()

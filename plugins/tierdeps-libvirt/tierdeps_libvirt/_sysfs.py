"""The paths at which the kernel shows host devices, by the names that definitions get (``_objects/devices.py``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: A pattern of names, and the path that exists with the device; other names are network interfaces.
_PLACES = (
    (re.compile(r"pci_([\da-f]{4})_([\da-f]{2})_([\da-f]{2})_([\da-f])"), "sys/bus/pci/devices/{}:{}:{}.{}"),
    (re.compile(r"mdev_(\w{8})_(\w{4})_(\w{4})_(\w{4})_(\w{12})"), "sys/bus/mdev/devices/{}-{}-{}-{}-{}"),
    (re.compile(r"scsi_(host\d+)"), "sys/class/scsi_host/{}"),
    (re.compile(r"(vhost-vdpa-\d+)"), "dev/{}"),
    (re.compile(r"vhost_(naa\.\w+)"), "sys/kernel/config/target/vhost/{}"),
    (re.compile(r"/(.+)"), "{}"),
    (re.compile(r"(.+)"), "sys/class/net/{}"),
)
#: Patterns of the names of USB devices, and the files of a device with these parts of its name.
_USB = (
    (re.compile(r"usb_([\da-f]{4})_([\da-f]{4})"), ("idVendor", "idProduct")),
    (re.compile(r"usb_bus_0*(\d+)_0*(\d+)"), ("busnum", "devnum")),
)


def is_there(root: Path, name: str) -> bool:
    """Return whether the host with its files below ``root`` has a device."""
    for form, files in _USB:
        usb = form.fullmatch(name)
        if usb is not None:
            return any(_said(folder, files) == usb.groups() for folder in root.glob("sys/bus/usb/devices/*"))
    for form, place in _PLACES:
        parts = form.fullmatch(name)
        if parts is not None:
            return (root / place.format(*parts.groups())).exists()
    return False


def _said(folder: Path, files: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple((folder / file).read_text("ascii").strip() for file in files)
    except (OSError, ValueError):
        return ()

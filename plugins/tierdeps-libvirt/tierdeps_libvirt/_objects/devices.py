"""Devices of the host that a definition names, as virsh nodedev-list calls them.

Some have a name of our own: a network interface its own name, a mediated device its UUID alone, a USB device its vendor
and product or else its bus and number, a vDPA device the name of its node in /dev, and a target of vhost-scsi its WWPN.
XML: libvirt 9.0.0, domaincommon.rng; vhostvdpa disks are of later releases.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._markup import Element

#: A vDPA device, as udev names its node.
_VDPA = re.compile(r"/dev/(vhost-vdpa-\d+)")


def devices_of(hostdev: Element) -> Iterator[tuple[str, Element]]:
    """Yield what a guest's <hostdev>, or a disk or an interface that is a device of the host, takes from the host."""
    for source in hostdev.all("source"):
        yield from _usb(source)
        if hostdev.get("type") in ("vdpa", "vhostvdpa") and source.get("dev"):
            node = _VDPA.fullmatch(source.get("dev"))
            yield node[1] if node else source.get("dev"), source
        if source.get("protocol") == "vhost" and source.get("wwpn"):
            yield f"vhost_{source.get('wwpn')}", source
        for address in source.all("address"):
            if address.get("uuid"):
                yield f"mdev_{address.get('uuid').lower().replace('-', '_')}", address
            elif address.get("bus") and address.get("slot") and address.get("type") in ("pci", ""):
                yield pci_name(address), address
        for adapter in source.all("adapter"):
            if adapter.get("name"):
                yield f"scsi_{adapter.get('name').removeprefix('scsi_')}", adapter
        for interface in source.all("interface"):
            yield interface.text, interface


def _usb(source: Element) -> Iterator[tuple[str, Element]]:
    """Yield a USB device; libvirt takes the number only to choose among several of one vendor and product."""
    vendor, product = source.first("vendor"), source.first("product")
    if vendor is not None and product is not None and vendor.get("id") and product.get("id"):
        yield f"usb_{_digits(vendor.get('id'), 4)}_{_digits(product.get('id'), 4)}", source
        return
    for address in source.all("address"):
        if address.get("bus") and address.get("device"):
            yield f"usb_bus_{_number(address.get('bus'))}_{_number(address.get('device'))}", address


def pci_name(address: Element) -> str:
    """Return the name of a PCI device by its address."""
    parts = (("domain", 4), ("bus", 2), ("slot", 2), ("function", 1))
    return "_".join(("pci", *(_digits(address.get(part), length) for part, length in parts)))


def _digits(number: str, length: int) -> str:
    """Return a number in hexadecimal digits as the kernel spells it; what is no number stays as it is."""
    try:
        return f"{int(number or '0', 0):0{length}x}"
    except ValueError:
        return number


def _number(text: str) -> str:
    """Return a number in decimal digits as the nodes of USB devices spell it: 003."""
    try:
        return f"{int(text, 0):03d}"
    except ValueError:
        return text

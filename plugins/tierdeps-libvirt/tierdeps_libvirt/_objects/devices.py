"""Devices of the host that a definition names, as virsh nodedev-list calls them.

A network interface is called by its own name, a mediated device by its UUID alone, and a USB device by vendor and
product. XML: libvirt 9.0.0, domaincommon.rng.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._markup import Element


def devices_of(hostdev: Element) -> Iterator[tuple[str, Element]]:
    """Yield what a guest's <hostdev>, or its <interface type='hostdev'>, takes from the host."""
    for source in hostdev.all("source"):
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
        vendor, product = source.first("vendor"), source.first("product")
        if vendor is not None and product is not None and vendor.get("id") and product.get("id"):
            yield f"usb_{_digits(vendor.get('id'), 4)}_{_digits(product.get('id'), 4)}", source


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

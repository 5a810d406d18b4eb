"""Properties of this host: whether Xen runs it, and which backend its libvirt has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MODULE = "libvirt/connection-driver/libvirt_driver_interface.so"


def without_xen(root: Path) -> str | None:
    """Return why this host is not the control domain of Xen; empty if it is."""
    capabilities = root / "proc/xen/capabilities"
    try:
        held = capabilities.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return "this host does not run under Xen: there is no /proc/xen/capabilities"
    if "control_d" in held:
        return None
    return "this host is a Xen guest, not its control domain: /proc/xen/capabilities is without control_d"


def built_on_netcf(root: Path) -> bool:
    """Return whether libvirt's interface driver on this host is linked to netcf."""
    places = (*root.glob(f"usr/lib*/{_MODULE}"), *root.glob(f"usr/lib/*/{_MODULE}"))
    return any(b"libnetcf.so" in place.read_bytes() for place in places)

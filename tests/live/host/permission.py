"""Whether a private host may be made here, and whether it can."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# what the world hides behind folders of its own: see world.sh
HIDDEN = ("/etc", "/run", "/var/cache", "/var/lib", "/var/log")
SEARCHED = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"

PROGRAMS = {
    "as": "binutils",
    "bash": "bash",
    "ceph": "ceph-common",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "dnsmasq": "dnsmasq-base",
    "gcc": "gcc",
    "ip": "iproute2",
    "iptables": "iptables",
    "ld": "binutils",
    "libvirtd": "libvirt-daemon",
    "losetup": "mount",
    "mkfs.ext4": "e2fsprogs",
    "nsenter": "util-linux",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "rbd": "ceph-common",
    "ssh": "openssh-client",
    "swtpm": "swtpm",
    "swtpm_setup": "swtpm-tools",
    "tgtd": "tgt",
    "virsh": "libvirt-clients",
    "virtlogd": "libvirt-daemon",
}
MODULES = {
    "libvirt/connection-driver/libvirt_driver_lxc.so": "libvirt-daemon-driver-lxc",
    "libvirt/connection-driver/libvirt_driver_qemu.so": "libvirt-daemon-driver-qemu",
    "libvirt/storage-backend/libvirt_storage_backend_iscsi-direct.so": "libvirt-daemon-driver-storage-iscsi-direct",
    "libvirt/storage-backend/libvirt_storage_backend_rbd.so": "libvirt-daemon-driver-storage-rbd",
    "qemu/block-rbd.so": "qemu-block-extra",
}


def refusal(environment: Mapping[str, str] = os.environ, user: int | None = None) -> str | None:
    """Return why no host is made here, if none is: nobody asked for it, or something is missing."""
    asked = environment.get("TIERDEPS_LIVE") or ("1" if environment.get("CI") == "true" else "0")
    if asked != "1":
        return "a real libvirtd and Ceph are started only where CI=true or TIERDEPS_LIVE=1 asks for it"
    if (os.geteuid() if user is None else user) != 0:
        return "a real libvirtd needs root"
    missing = sorted({*_missing_programs(PROGRAMS), *_missing_modules(MODULES)})
    if missing:
        return f"not installed: {', '.join(missing)}"
    if find_spec("libvirt") is None:
        return "not installed: libvirt-python, of the version that pkg-config --modversion libvirt gives"
    return hidden((Path.cwd(), Path(sys.prefix), Path(__file__)))


def hidden(places: Iterable[Path]) -> str | None:
    """Return which of these a world would not see, if there is one."""
    for place in places:
        for folder in HIDDEN:
            if place.resolve().is_relative_to(folder):
                return f"{place} lies in {folder}, which a private host has for its own: use a checkout elsewhere"
    return None


def _missing_programs(programs: Mapping[str, str]) -> Iterable[str]:
    return (package for name, package in programs.items() if shutil.which(name, path=SEARCHED) is None)


def _missing_modules(modules: Mapping[str, str]) -> Iterable[str]:
    roots = (*Path("/usr").glob("lib*"), *Path("/usr/lib").glob("*-linux-gnu*"))
    return (package for name, package in modules.items() if not any((root / name).exists() for root in roots))

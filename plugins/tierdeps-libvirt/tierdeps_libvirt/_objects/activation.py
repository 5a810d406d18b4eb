"""Pools that are active after a boot though nobody marked them: libvirt looks whether each is up already.

When the storage driver is initialised, the backend of each pool is asked (src/storage/storage_driver.c:
storagePoolUpdateStateCallback, libvirt 9): one whose checkPool finds it up is active from then on. For these types that
means no more than that the storage is there. Backends without checkPool, and those that look for a mount or a session
of their own, are down after a boot: rbd, gluster, sheepdog, iscsi-direct; fs, netfs, vstorage, iscsi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Kind, Origin, Value
from tierdeps_libvirt._objects.claims import MOUNTED
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.machine import Machine


class Check(Value):
    """What a backend looks at: an element's attribute, or its text; in words; and the function that does."""

    path: str
    attribute: str
    words: str
    function: str


#: One row for each type of pool; src/storage/storage_backend_TYPE.c, and storage_backend_fs.c for dir.
CHECKS = {
    "dir": Check("target/path", "", "the folder {} is there", "virStorageBackendFileSystemCheck"),
    "disk": Check("source/device", "path", "the disk {} is there, with a label", "virStorageBackendDiskCheckPool"),
    "logical": Check("source/name", "", "the volume group {} is there", "virStorageBackendLogicalCheckPool"),
    "mpath": Check("", "", "/dev/mapper is there", "virStorageBackendMpathCheckPool"),
    "scsi": Check("source/adapter", "name", "the adapter {} is there", "virStorageBackendSCSICheckPool"),
    "zfs": Check("source/name", "", "the pool {} of ZFS is there", "virStorageBackendZFSCheckPool"),
}
_LIBVIRT = Origin(distribution="libvirt", version="9 and later")


def activated(pool: Element, needs: Iterable[Dependency], machine: Machine) -> Evidence | None:
    """Return why a pool is active after a boot even if it is not marked; None where nothing brings it up."""
    kind = pool.get("type")
    if any(need.target.startswith(f"{Noun.POOL}/") and need.kind is Kind.REQUIRES for need in needs):
        return None  # libvirt looks before it has mounted what this one lies in
    if kind in MOUNTED:
        return _mounted_by_host(pool.said("target/path"), machine)
    check = CHECKS.get(kind)
    if check is None:
        return None
    place = pool.first(check.path) if check.path else None
    if check.path and (place is None or place.get("type") == "fc_host"):  # an adapter that libvirt has to make
        return None
    named = "" if place is None else place.get(check.attribute) if check.attribute else place.text
    if check.path in ("target/path", "source/device") and (not named or machine.has_path(named) is False):
        return None
    storage = " ".join(check.words.format(named).split())  # an adapter may be named by its address alone
    sentence = f"libvirt takes a pool of the type {kind} for active where {storage}"
    return Evidence(sentence, _LIBVIRT, f"{check.function} finds it up when the daemon starts")


def _mounted_by_host(target: str, machine: Machine) -> Evidence | None:
    lines = (line.split() for line in machine.text("/etc/fstab").splitlines())
    fields = next((words for words in lines if words[1:2] == [target] and not words[0].startswith("#")), None)
    if fields is None or "noauto" in ",".join(fields[3:4]).split(","):
        return None
    return Evidence(f"the host itself mounts {target}", Origin("/etc/fstab"), "libvirt takes it for active then")

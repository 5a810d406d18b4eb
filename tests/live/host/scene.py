"""The configuration that tests and the benchmark start: all of it marked autostart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from tests.live.host import objects
from tests.live.host.world import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import libvirt

FOLDER, CEPH = "disks", "ceph"
NETWORKS = {"dmz": objects.network("dmz", "tdbr1"), "lan": objects.routed_network("lan", "tdbr0")}
GUESTS = {
    "app": (objects.volume_disk(FOLDER, "app"),),
    "db": (objects.ceph_disk(), objects.interface("dmz")),
    "web": (objects.volume_disk(FOLDER, "web"), objects.interface("lan")),
}
EVERYTHING = frozenset(
    {
        f"pool/{FOLDER}",
        f"pool/{CEPH}",
        *(f"network/{name}" for name in NETWORKS),
        *(f"domain/{name}" for name in GUESTS),
    }
)


class Startable(Protocol):
    """A pool, a network or a guest, as libvirt-python has it."""

    def name(self) -> str:
        """Return its name."""
        ...

    def isActive(self) -> int:  # noqa: N802 - libvirt's name
        """Return whether it is up."""
        ...

    def create(self) -> int:
        """Start it."""
        ...

    def destroy(self) -> int:
        """Bring it down, at once."""
        ...

    def undefine(self) -> int:
        """Forget it."""
        ...


def define(connection: libvirt.virConnect, folder: Path, firmware: Path, key: bytes) -> None:
    """Define everything, and leave it down."""
    connection.secretDefineXML(objects.secret()).setValue(key)
    folder.mkdir(exist_ok=True)
    pool = connection.storagePoolDefineXML(objects.folder_pool(FOLDER, folder))
    pool.create()
    for name in ("app", "web"):
        if not (folder / name).exists():
            pool.createXML(objects.volume(name))
    pool.destroy()
    pool.setAutostart(1)
    connection.storagePoolDefineXML(objects.ceph_pool(CEPH)).setAutostart(1)
    for network in NETWORKS.values():
        connection.networkDefineXML(network).setAutostart(1)
    for name, devices in GUESTS.items():
        connection.defineXML(objects.guest(name, firmware, *devices)).setAutostart(1)


def domains(connection: libvirt.virConnect) -> Sequence[Startable]:
    """List the guests."""
    found: Sequence[Startable] = connection.listAllDomains()
    return found


def networks(connection: libvirt.virConnect) -> Sequence[Startable]:
    """List the networks."""
    found: Sequence[Startable] = connection.listAllNetworks()
    return found


def pools(connection: libvirt.virConnect) -> Sequence[Startable]:
    """List the pools."""
    found: Sequence[Startable] = connection.listAllStoragePools()
    return found


def active(connection: libvirt.virConnect) -> frozenset[str]:
    """Name all that is up."""
    kinds = {"domain": domains, "network": networks, "pool": pools}
    return frozenset(
        f"{kind}/{each.name()}" for kind, listed in kinds.items() for each in listed(connection) if each.isActive()
    )


def bring_down(connection: libvirt.virConnect) -> None:
    """Bring everything down, guests first."""
    _destroy(domains(connection))
    _destroy((*networks(connection), *pools(connection)))


def forget(connection: libvirt.virConnect) -> None:
    """Bring everything down, and undefine it; libvirt may still be busy with a guest whose start was cut off."""
    until(lambda: _forgotten(connection), "all is down and undefined", within=90)


def _forgotten(connection: libvirt.virConnect) -> bool:
    import libvirt

    try:
        bring_down(connection)
        for each in (*domains(connection), *networks(connection), *pools(connection), *connection.listAllSecrets()):
            each.undefine()
    except libvirt.libvirtError:
        return False
    return not (domains(connection) or networks(connection) or pools(connection))


def _destroy(startables: Iterable[Startable]) -> None:
    import libvirt

    def destroy(startable: Startable) -> None:
        with suppress(libvirt.libvirtError):  # it ended by itself, between the question and the order
            startable.destroy()

    up = [each for each in startables if each.isActive()]
    if up:
        with ThreadPoolExecutor(len(up)) as threads:
            list(threads.map(destroy, up))

"""Guests whose disks are volumes of two pools: a folder, and a file system that has to be mounted first."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tests.live.host import objects
from tests.live.host.firmware import assemble

if TYPE_CHECKING:
    from pathlib import Path

    import libvirt

    from tests.live.host.world import World

FOLDER, MOUNT = "folder", "mount"
POOLS = (FOLDER, MOUNT)


class Volumes:
    """Two pools marked autostart, and so many guests on each."""

    def __init__(self, world: World, each: int = 1) -> None:
        self._world = world
        self.guests = {f"{pool}-{number}": pool for pool in POOLS for number in range(1, each + 1)}

    def define(self, storage: libvirt.virConnect, qemu: libvirt.virConnect) -> None:
        """Define them all, with the volumes; the pools are up then, and the guests down."""
        firmware = assemble(self._world)
        device = self._world.make_device()
        for name, xml in (
            (FOLDER, objects.folder_pool(FOLDER, self.target(FOLDER))),
            (MOUNT, objects.mounted_pool(MOUNT, device, self.target(MOUNT))),
        ):
            self.target(name).mkdir()
            pool = storage.storagePoolDefineXML(xml)
            pool.setAutostart(1)
            pool.create()
        for guest, name in self.guests.items():
            storage.storagePoolLookupByName(name).createXML(objects.volume(guest))
            qemu.defineXML(objects.guest(guest, firmware, objects.volume_disk(name, guest)))

    def target(self, pool: str) -> Path:
        """Return where a pool has its volumes."""
        return self._world.scratch / pool

    def lose(self, storage: libvirt.virConnect) -> None:
        """Take the pools from under the guests, which do not notice: one is destroyed, the other one unmounted."""
        storage.storagePoolLookupByName(FOLDER).destroy()
        self._world.run("umount", "--lazy", str(self.target(MOUNT)))

    def bring_up(self, storage: libvirt.virConnect, qemu: libvirt.virConnect) -> None:
        """Start what is down: pools first."""
        for pool in map(storage.storagePoolLookupByName, POOLS):
            if not pool.isActive():
                pool.create()
        for guest in map(qemu.lookupByName, self.guests):
            if not guest.isActive():
                guest.create()

    def running(self, qemu: libvirt.virConnect) -> frozenset[str]:
        """Return the names of the guests that run, when the daemon is done with looking at them."""
        return frozenset(name for name in self.guests if _runs(qemu.lookupByName(name)))


def _runs(guest: libvirt.virDomain) -> bool:
    import libvirt

    with suppress(libvirt.libvirtError):  # it does not run
        guest.memoryStats()  # waits for the thread that reconnects to it
    return bool(guest.isActive())

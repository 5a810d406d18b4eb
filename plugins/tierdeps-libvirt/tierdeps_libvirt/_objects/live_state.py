"""What is known about objects besides their definitions: how they are started, what is active, what the host has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence
from tierdeps_libvirt._connection import HYPERVISORS
from tierdeps_libvirt._objects.activation import activated
from tierdeps_libvirt._objects.claims import MOUNTED
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.fixed_connection import bound
from tierdeps_libvirt._objects.objects import LIFECYCLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition, Inventory

#: Pools of which libvirt takes no volume as a disk: "using '%s' pools for backing 'volume' disks isn't yet supported"
#: (libvirt 1.2.1: qemuTranslateDiskSourcePool; 9.0.0: virDomainDiskTranslateSourcePool).
_REFUSED = frozenset({"gluster", "mpath", "rbd", "sheepdog"})

#: Where virtqemud listens: libvirt's daemons are separate on this host.
_VIRTQEMUD = "/run/libvirt/virtqemud-sock"


class LiveState:
    """An inventory, as far as it is more than definitions."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._types = {
            item.name: item.element.get("type")
            for item in inventory.definitions
            if item.noun is Noun.POOL and item.element is not None
        }
        self._running_guests: dict[str, list[Evidence]] = {}
        for guest in (*inventory.definitions, *inventory.passing):
            for pool, evidence in _running_on(guest):
                self._running_guests.setdefault(pool, []).append(evidence)

    def lifecycle(self, item: Definition) -> str:
        """Return how it is started: at the address that was given, or else a guest by its own hypervisor.

        Another hypervisor may run a guest of the same name.
        """
        address = self.inventory.address or (HYPERVISORS.get(item.hypervisor, "") if item.noun is Noun.DOMAIN else "")
        return bound(LIFECYCLES[item.noun], address) if address else LIFECYCLES[item.noun]

    def presence(self, item: Definition) -> bool | None:
        """Return whether a device exists, None if that is unknown."""
        return self.inventory.machine.has_device(item.name) if item.noun is Noun.HOST else None

    def activated(self, item: Definition, needs: Iterable[Dependency]) -> Evidence | None:
        """Return why a pool is active after a boot although it is not marked."""
        if item.noun is not Noun.POOL or item.element is None or item.marked:
            return None
        return activated(item.element, needs, self.inventory.machine)

    def refused(self, item: Definition) -> Iterator[Evidence]:
        """Yield the disks of a guest that are volumes of a pool of which libvirt takes none."""
        if item.noun is Noun.DOMAIN and item.element is not None:
            for source in _volumes(item.element):
                kind = self._types.get(source.get("pool"), "")
                if kind in _REFUSED:
                    what = f"{item.called} has the volume {source.get('volume')} of pool/{source.get('pool')} as a disk"
                    words = f"libvirt says then: using '{kind}' pools for backing 'volume' disks isn't yet supported"
                    yield Evidence(what, item.origin(source), words)

    def unusable(self, item: Definition) -> str:
        """Return why a pool is unusable now; empty if it is active, or that is unknown."""
        if item.noun is not Noun.POOL or item.active is None:
            return ""
        if not item.active:
            return "is not active"
        target = "" if item.element is None else item.element.said("target/path")
        kind = self._types.get(item.name)
        if kind in MOUNTED and self.inventory.machine.is_mounted(target) is False:
            return f"is active, and nothing is mounted at {target}"
        return ""

    def restored(self, item: Definition, needs: Iterable[Dependency]) -> bool:
        """Return whether libvirtd makes a pool active again at its restart, before it looks for running guests.

        Its drivers are initialised and auto-started in the order of their registration, storage before hypervisors
        (libvirt 5.2.0, 07a9c8bae8). A virtqemud restarts alone.
        """
        if item.noun is not Noun.POOL or item.active is not False:
            return False
        if self.inventory.machine.has_path(_VIRTQEMUD) is True:
            return False
        return item.marked or self.activated(item, needs) is not None

    def running_guests(self, item: Definition) -> tuple[Evidence, ...]:
        """Return the guests that run with volumes of a pool."""
        return tuple(self._running_guests.get(item.name, ())) if item.noun is Noun.POOL else ()


def _volumes(guest: Element) -> Iterator[Element]:
    for source in guest.all("devices/disk/source"):
        if source.get("pool"):
            yield source


def _running_on(guest: Definition) -> Iterator[tuple[str, Evidence]]:
    """Yield the pools of which a guest that runs has volumes as disks."""
    if guest.live is not None:
        for source in _volumes(guest.live):
            words = f"{guest.called} runs on the volume {source.get('volume')} of pool/{source.get('pool')}"
            yield source.get("pool"), Evidence(words, guest.origin(source))

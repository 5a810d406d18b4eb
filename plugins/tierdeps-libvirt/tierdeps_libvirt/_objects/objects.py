"""A driver that is an object of libvirt, with the attributes that rules need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver
from tierdeps_libvirt._objects.definition import Noun, SecretValue

if TYPE_CHECKING:
    from tierdeps import Dependency, Evidence

#: The fact that what is needed is started in its order, by tierdeps. ``check`` knows of no fact without a dependency,
#: and so looks at what libvirt makes of the objects by itself.
STARTED_HERE = "tierdeps.starts"
#: The lifecycles of the kinds.
LIFECYCLES = {noun: f"tierdeps_libvirt._live_objects:{noun.capitalize()}Lifecycle" for noun in Noun}


class LibvirtObject(Driver):
    """A driver that is one of libvirt's objects, or a device of the host.

    ``marked`` is libvirt's autostart; ``comes_up`` holds for what is marked and for all that this requires: the rest
    is disabled. ``problem`` is why its definition cannot be read, ``inaccessible`` why it is unknown whether it is
    defined. ``missing`` are the unmet requirements of an object that does not come up. ``ineffective`` are the elements
    of its metadata without effect, and ``requested`` the dependencies that its metadata declares. ``source`` is the
    folder or the connection as it was given, ``address`` the connection. ``present`` is whether a device exists, None
    for unknown. ``activated`` is why a pool is active after a boot, marked or not. ``refused`` are the volumes of a
    guest that libvirt does not support as disks. ``unusable`` is why a pool cannot be used now, ``restored`` whether a
    restart of libvirtd starts it again, and ``running_guests`` are the guests that run on it. ``boot`` is why a boot
    ignores the order among guests, if it does; ``owned`` holds if tierdeps starts what comes up at boot.
    """

    noun: Noun = Noun.DOMAIN
    marked: bool = False
    comes_up: bool = False
    hypervisor: str = ""
    value: SecretValue = SecretValue.UNKNOWN
    problem: str = ""
    inaccessible: str = ""
    missing: tuple[Dependency, ...] = ()
    ineffective: tuple[Evidence, ...] = ()
    requested: tuple[Dependency, ...] = ()
    source: str = ""
    address: str = ""
    present: bool | None = None
    activated: Evidence | None = None
    refused: tuple[Evidence, ...] = ()
    unusable: str = ""
    restored: bool = False
    running_guests: tuple[Evidence, ...] = ()
    boot: str = ""
    owned: bool = False

    @property
    def own_name(self) -> str:
        """What libvirt calls it."""
        return self.name.removeprefix(f"{self.noun}/").removeprefix(f"{self.hypervisor}/" if self.hypervisor else "")

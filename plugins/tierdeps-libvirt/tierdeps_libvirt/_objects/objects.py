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
    is disabled. ``problem`` says why its definition cannot be read, ``unseen`` why nobody knows whether there is one.
    ``lacking`` are the requirements that nothing meets, of an object that does not come up; ``unheard`` is what its
    metadata says in vain, ``wishes`` are the dependencies that it asks for. ``source`` is the folder or the connection
    as it was given, ``address`` the connection.
    ``present`` says whether a device is there, None where nobody knows. ``activated`` is why a pool is active after a
    boot, marked or not; ``refused`` are the volumes of a guest that libvirt takes from no pool of their type; ``down``
    says why a pool is no good now, ``restored`` whether a restart of libvirtd brings it up again, and ``standing`` are
    the guests that run on it. ``boot`` says why a boot heeds no
    order among guests, if it does not; ``owned`` holds where tierdeps starts what comes up at boot.
    """

    noun: Noun = Noun.DOMAIN
    marked: bool = False
    comes_up: bool = False
    hypervisor: str = ""
    value: SecretValue = SecretValue.UNKNOWN
    problem: str = ""
    unseen: str = ""
    lacking: tuple[Dependency, ...] = ()
    unheard: tuple[Evidence, ...] = ()
    wishes: tuple[Dependency, ...] = ()
    source: str = ""
    address: str = ""
    present: bool | None = None
    activated: Evidence | None = None
    refused: tuple[Evidence, ...] = ()
    down: str = ""
    restored: bool = False
    standing: tuple[Evidence, ...] = ()
    boot: str = ""
    owned: bool = False

    @property
    def own_name(self) -> str:
        """What libvirt calls it."""
        return self.name.removeprefix(f"{self.noun}/").removeprefix(f"{self.hypervisor}/" if self.hypervisor else "")

"""The folders of a configuration root, the system's or a user's, in which libvirt keeps definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Value
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from tierdeps_libvirt._markup import Element


class ObjectFolder(Value):
    """A folder of definitions; ``tag`` is their root element, and ``name`` the element or attribute with their name."""

    noun: Noun
    folder: str
    tag: str
    name: str = "name"
    hypervisor: str = ""

    def name_in(self, element: Element) -> str:
        """Return the name in a definition, or an empty string."""
        said = element.get(self.name[1:]) if self.name.startswith("@") else element.said(self.name)
        return said.lower() if self.noun is Noun.SECRET else said

    @property
    def markable(self) -> bool:
        """Whether objects of this kind can be marked autostart."""
        return self.noun not in (Noun.SECRET, Noun.NWFILTER)


HYPERVISORS = ("qemu", "lxc", "libxl", "uml")
FOLDERS = (
    ObjectFolder(Noun.SECRET, "secrets", "secret", "uuid"),
    ObjectFolder(Noun.NWFILTER, "nwfilter", "filter", "@name"),
    ObjectFolder(Noun.NETWORK, "qemu/networks", "network"),
    ObjectFolder(Noun.POOL, "storage", "pool"),
    *(ObjectFolder(Noun.DOMAIN, name, "domain", hypervisor=name) for name in HYPERVISORS),
)

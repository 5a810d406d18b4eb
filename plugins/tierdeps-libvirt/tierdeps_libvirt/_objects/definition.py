"""The definitions of libvirt's objects, from a folder or a connection, before their needs are resolved."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps import Dependency, Kind, Origin, Value, field
from tierdeps_libvirt._objects.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_libvirt._markup import Element


class Noun(StrEnum):
    """The kinds of objects."""

    SECRET = "secret"  # noqa: S105  a noun
    NWFILTER = "nwfilter"
    NETWORK = "network"
    POOL = "pool"
    DOMAIN = "domain"
    #: A device of the host, which libvirt does not make.
    HOST = "host"

    def called(self, name: str) -> str:
        """Return the name in the graph of an object of this kind."""
        return f"{self}/{name}"


class SecretValue(StrEnum):
    """What is known about the value of a secret."""

    STORED = "stored"
    ABSENT = "absent"
    EPHEMERAL = "ephemeral"
    UNKNOWN = "unknown"


class Definition(Value):
    """One object: its XML, or the ``problem`` that kept it from being read.

    ``source`` is its file as the user would call it, or the address of a connection; ``lines`` is true if those of
    the XML are the file's, and ``line`` where the ``problem`` is. ``marked`` is libvirt's autostart. Where a
    connection is asked, ``active`` says whether it is up, and ``live`` is the XML of a guest that runs.
    """

    noun: Noun
    name: str
    source: str
    element: Element | None = None
    marked: bool = False
    problem: str = ""
    value: SecretValue = SecretValue.UNKNOWN
    hypervisor: str = ""
    lines: bool = True
    line: int | None = None
    active: bool | None = None
    live: Element | None = None

    @property
    def called(self) -> str:
        """Its name in the graph."""
        return self.noun.called(self.name)

    def origin(self, element: Element | None = None) -> Origin:
        """Return the origin of one of its elements, or its own."""
        if not self.lines:
            return Origin(self.source, None, self.called)
        place = element or self.element
        return Origin(self.source, place.line if place else self.line)

    def needs(self, verb: Kind, target: str, element: Element, reason: str) -> Dependency:
        """Return a dependency that one of its elements declares; own rules report a missing target of a soft one."""
        optional = verb is not Kind.REQUIRES
        return Dependency(verb, target, reason=reason, origin=self.origin(element), optional=optional)


class Inventory(Value):
    """All that was found; ``inaccessible`` is why the objects of a kind could not be listed.

    ``address`` is the connection through which its objects are started, where it is not this host's own. ``passing``
    are the guests that run and are defined nowhere. ``settings`` are those of qemu.conf. ``machine`` is where the
    objects are. ``boot`` is why a boot ignores the order among guests; empty if it does not, or that is unknown.
    ``owned`` holds where tierdeps starts them at boot, and what they need.
    """

    source: str
    definitions: tuple[Definition, ...] = ()
    inaccessible: Mapping[Noun, str] = field(default_factory=dict)
    address: str = ""
    passing: tuple[Definition, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    machine: Machine = field(default_factory=Machine)
    boot: str = ""
    owned: bool = False

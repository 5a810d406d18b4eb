"""Other guests of this host that a guest needs: it connects to one of their sockets, or shares a resource of theirs.

XML: libvirt 9.0.0, domaincommon.rng. QEMU does not start where a socket that it is to connect to at once is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition

_LXC = "{http://libvirt.org/schemas/domain/lxc/1.0}"
_SHARED = tuple(f"{_LXC}share{what}" for what in ("net", "ipc", "uts"))
_LOOPBACK = frozenset({"", "127.0.0.1", "::1", "localhost", "0.0.0.0", "::"})  # noqa: S104  compared, not bound to
#: The values of ``mode`` at the two ends of a socket.
_SERVING, _CONNECTING = frozenset({"bind", "server"}), frozenset({"connect", "client"})


class PeerGuests:
    """The guests by their names, and by the sockets that they open."""

    def __init__(self, guests: Iterable[tuple[Definition, Element]]) -> None:
        self._names: set[str] = set()
        self._sockets: dict[str, str] = {}
        for item, guest in guests:
            self._names.add(item.name)
            for socket, end, _ in _ends(guest):
                if end in _SERVING:
                    self._sockets.setdefault(socket, item.name)

    def needs(self, definition: Definition, guest: Element) -> Iterator[Dependency]:
        """Yield the needs."""
        for name in _SHARED:
            for shared in guest.inside(f"{_LXC}namespace", name):
                if shared.get("type") == "name":
                    yield self._needed(definition, shared, shared.get("value"), "it is in namespaces of that container")
        for path in ("devices/disk/backenddomain", "devices/interface/backenddomain"):
            for element in guest.all(path):
                yield self._needed(definition, element, element.get("name"), "that guest has the other end of a device")
        for socket, end, element in _ends(guest):
            server = self._sockets.get(socket)
            if end in _CONNECTING and server is not None and server != definition.name:
                patient = element.first("reconnect")
                verb = Kind.WANTS if patient is not None and patient.get("enabled") == "yes" else Kind.REQUIRES
                where = socket.partition(":")[2]
                yield definition.needs(
                    verb, Noun.DOMAIN.called(server), element, f"it connects to {where}, which that guest opens"
                )

    def _needed(self, definition: Definition, element: Element, name: str, reason: str) -> Dependency:
        own = f"{definition.hypervisor}/{name}"  # where another hypervisor has a guest of that name too
        return definition.needs(Kind.REQUIRES, Noun.DOMAIN.called(own if own in self._names else name), element, reason)


def _ends(guest: Element) -> Iterator[tuple[str, str, Element]]:
    """Yield the sockets of this host that a guest opens or connects to, with which it does."""
    for devices in guest.all("devices"):
        for device in devices.children:
            for source in (*device.all("source"), *device.all("backend/source")):
                socket = _socket(device.get("type"), source.attributes)
                end = source.get("mode") or device.get("type")
                if socket and end in _SERVING | _CONNECTING:
                    yield socket, end, source


def _socket(kind: str, source: Mapping[str, str]) -> str:
    if source.get("path"):
        return f"unix:{source['path']}"
    port, host = source.get("service") or source.get("port"), source.get("host") or source.get("address") or ""
    return f"tcp:port {port}" if port and host in _LOOPBACK and kind != "udp" else ""

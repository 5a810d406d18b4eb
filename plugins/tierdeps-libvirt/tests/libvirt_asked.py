"""A connection that has what is defined, as XML; nothing of it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps_libvirt._markup import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTS = {
    "domain": "listAllDomains",
    "network": "listAllNetworks",
    "pool": "listAllStoragePools",
    "secret": "listAllSecrets",
    "filter": "listAllNWFilters",
}
NO_SECRET = 66


def kind_and_name(xml: str) -> tuple[str, str]:
    """Return the name of the root element, and that of what it describes."""
    element = parse(xml.encode())
    return element.name, element.get("name") or element.said("name") or element.said("uuid")


class AskedError(Exception):
    """What this libvirt raises."""

    def get_error_code(self) -> int:
        return NO_SECRET


class Thing:
    """An object; ``stored`` says whether it has a value, as a secret."""

    def __init__(self, xml: str, *, marked: bool = True, stored: bool = True) -> None:
        self.xml, self.marked, self.stored = xml, marked, stored

    def name(self) -> str:
        return kind_and_name(self.xml)[1]

    UUIDString = name

    def XMLDesc(self, _: int = 0) -> str:  # noqa: N802 - libvirt's name
        return self.xml

    def isPersistent(self) -> int:  # noqa: N802 - libvirt's name
        return 1

    def isActive(self) -> int:  # noqa: N802 - libvirt's name
        return 0

    def autostart(self) -> int:
        return int(self.marked)

    def value(self) -> bytes:
        if not self.stored:
            raise AskedError
        return b"key"


class Asked:
    """The module, and the one connection that it opens."""

    libvirtError: type[Exception] = AskedError  # noqa: N815 - libvirt's name

    def __init__(self, things: Iterable[Thing]) -> None:
        self.lists: dict[str, list[Thing]] = {listing: [] for listing in LISTS.values()}
        for thing in things:
            self.lists[LISTS[kind_and_name(thing.xml)[0]]].append(thing)

    def open(self, _: str, /) -> Any:
        return self

    def close(self) -> int:
        return 0

    def __getattr__(self, listing: str) -> Any:
        if listing not in LISTS.values():
            raise AttributeError(listing)
        return lambda: self.lists[listing]

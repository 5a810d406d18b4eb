"""Reads definitions through a connection, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps_libvirt._library import NO_SUPPORT, NOT_FOUND, code_of
from tierdeps_libvirt._markup import Element, MalformedError, RefusedError, parse
from tierdeps_libvirt._objects.definition import Definition, Noun, SecretValue
from tierdeps_libvirt._once import is_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._library import Library

#: libvirt's lists; a secret is named by its UUID.
_LISTS = {
    Noun.SECRET: "listAllSecrets",
    Noun.NWFILTER: "listAllNWFilters",
    Noun.NETWORK: "listAllNetworks",
    Noun.POOL: "listAllStoragePools",
    Noun.DOMAIN: "listAllDomains",
}
#: Ask for the definition as it is kept, and not for what runs (libvirt-domain.h, -network.h, -storage.h).
_KEPT = {Noun.NETWORK: 1, Noun.POOL: 1, Noun.DOMAIN: 2}
#: Codes of libvirt's errors (virterror.h).
_INVALID_ARGUMENT, _NO_SECRET = 8, 66


class Reader:
    """Reads through one connection."""

    def __init__(self, uri: str, library: Library, connection: Any) -> None:
        self._uri = uri
        self._library = library
        self._connection = connection

    def definitions(self) -> Iterator[Definition]:
        """Yield what is defined, by kind and name, and the guests that run without being so: those have no element."""
        for noun, listing in _LISTS.items():
            for name, item in sorted(
                ((self._name(noun, item), item) for item in self._list(listing)), key=lambda pair: pair[0]
            ):
                try:
                    if noun not in _KEPT or item.isPersistent():
                        yield self._definition(noun, name, item)
                    elif noun is Noun.DOMAIN:
                        yield Definition(noun, name, self._uri, lines=False, live=self._read(item, 0))
                except (MalformedError, RefusedError) as error:  # the other kinds are still listed
                    marked = noun in _KEPT and self._marked(noun, item)
                    yield Definition(noun, name, self._uri, marked=marked, problem=str(error), lines=False)
                except self._library.libvirtError as error:
                    if code_of(error) not in NOT_FOUND:  # it was removed in the meantime
                        raise

    def _list(self, listing: str) -> list[Any]:
        try:
            return list(getattr(self._connection, listing)())
        except self._library.libvirtError as error:
            if code_of(error) == NO_SUPPORT:  # a hypervisor without that kind of object
                return []
            raise

    @staticmethod
    def _name(noun: Noun, item: Any) -> str:
        return str(item.UUIDString()) if noun is Noun.SECRET else str(item.name())

    def _definition(self, noun: Noun, name: str, item: Any) -> Definition:
        element = self._read(item, _KEPT.get(noun, 0))
        marked = noun in _KEPT and self._marked(noun, item)
        value = self._value(element.get("ephemeral") == "yes", item) if noun is Noun.SECRET else SecretValue.UNKNOWN
        active = bool(item.isActive()) if noun in _KEPT else None
        live = self._read(item, 0) if noun is Noun.DOMAIN and active else None
        return Definition(
            noun, name, self._uri, element, marked=marked, value=value, lines=False, active=active, live=live
        )

    def _marked(self, noun: Noun, item: Any) -> bool:
        """Return whether it is marked, for every boot or for the next one."""
        if item.autostart():
            return True
        return noun is Noun.DOMAIN and is_once(self._library, item)

    def _read(self, item: Any, flags: int) -> Element:
        return parse(self._description(item, flags).encode())

    def _description(self, item: Any, flags: int) -> str:
        try:
            return str(item.XMLDesc(flags))
        except self._library.libvirtError as error:
            if code_of(error) == _INVALID_ARGUMENT:  # libvirt's test driver keeps nothing apart from what runs
                return str(item.XMLDesc(0))
            raise

    def _value(self, ephemeral: bool, secret: Any) -> SecretValue:
        """Return whether there is a value; it is let go at once. A private one is never given."""
        if ephemeral:
            return SecretValue.EPHEMERAL
        try:
            secret.value()
        except self._library.libvirtError as error:
            return SecretValue.ABSENT if code_of(error) == _NO_SECRET else SecretValue.UNKNOWN
        return SecretValue.STORED

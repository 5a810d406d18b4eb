"""A live connection becomes an inventory: what is defined there, as it would be after a boot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps import InputError
from tierdeps_libvirt._library import NO_SUPPORT, NOT_FOUND, code_of, load_library, sentence
from tierdeps_libvirt._markup import MalformedError, RefusedError, parse
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun, SecretValue

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


def ask(uri: str, library: Library | None = None) -> Inventory:
    """Read all that is defined. Raises InputError where the connection cannot be had, or does not answer."""
    try:
        library = library or load_library()
    except ImportError as error:
        problem = f"libvirt-python cannot be used ({error}): pip install 'tierdeps-libvirt[live]'"
        raise InputError(uri, problem) from None
    try:
        connection: Any = library.open(uri)
    except library.libvirtError as error:
        raise InputError(uri, f"libvirt does not answer: {sentence(error)}") from None
    try:
        return Inventory(uri, tuple(_Reader(uri, library, connection).definitions()), address=uri)
    except library.libvirtError as error:
        raise InputError(uri, f"libvirt does not say what is defined: {sentence(error)}") from None
    finally:
        connection.close()


class _Reader:
    """Reads through one connection."""

    def __init__(self, uri: str, library: Library, connection: Any) -> None:
        self._uri = uri
        self._library = library
        self._connection = connection

    def definitions(self) -> Iterator[Definition]:
        """Yield what is defined, by kind and name."""
        for noun, listing in _LISTS.items():
            found = ((self._name(noun, item), item) for item in self._list(listing) if self._kept(noun, item))
            for name, item in sorted(found, key=lambda pair: pair[0]):
                try:
                    yield self._definition(noun, name, item)
                except self._library.libvirtError as error:
                    if code_of(error) not in NOT_FOUND:  # it was removed meanwhile
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

    @staticmethod
    def _kept(noun: Noun, item: Any) -> bool:
        """Return whether it will still be there after a boot."""
        return noun not in _KEPT or bool(item.isPersistent())

    def _definition(self, noun: Noun, name: str, item: Any) -> Definition:
        try:
            element = parse(self._description(noun, item).encode())
        except (MalformedError, RefusedError) as error:
            raise InputError(self._uri, str(error), noun.called(name)) from None
        marked = noun in _KEPT and bool(item.autostart())
        value = self._value(element.get("ephemeral") == "yes", item) if noun is Noun.SECRET else SecretValue.UNKNOWN
        return Definition(noun, name, self._uri, element, marked=marked, value=value, lines=False)

    def _description(self, noun: Noun, item: Any) -> str:
        try:
            return str(item.XMLDesc(_KEPT.get(noun, 0)))
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

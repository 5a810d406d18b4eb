"""What a guest needs: volumes, secrets, networks, filters, files that lie in pools, other guests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.disks import needs_of_disk
from tierdeps_libvirt._objects.places import lies_in
from tierdeps_libvirt._objects.wishes import wishes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey

#: Other places where a file of this host stands.
_FILES = {
    "os/kernel": "its kernel is",
    "os/initrd": "its initrd is",
    "os/loader": "its firmware is",
    "os/nvram": "its firmware's variables are",
}


def needs_of_guest(definition: Definition, guest: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield them."""
    for disk in (*guest.all("devices/disk"), *guest.all("devices/filesystem"), *guest.all("devices/hostdev")):
        yield from needs_of_disk(definition, disk, survey)
    for path, what in _FILES.items():
        for element in guest.all(path):
            yield from lies_in(definition, element, survey, what, element.text)
    for card in guest.all("devices/interface"):
        yield from _needs_of_card(definition, card)
    for listen in guest.all("devices/graphics/listen"):
        if listen.get("type") == "network" and listen.get("network"):
            target = Noun.NETWORK.called(listen.get("network"))
            yield definition.needs(Kind.REQUIRES, target, listen, "its display listens on that network's address")
    for encryption in guest.all("devices/tpm/backend/encryption"):
        target = Noun.SECRET.called(encryption.get("secret").lower())
        yield definition.needs(Kind.REQUIRES, target, encryption, "the state of its TPM is encrypted with that secret")
    yield from (wish for wish, _ in wishes_of(definition, guest))


def _needs_of_card(definition: Definition, card: Element) -> Iterator[Dependency]:
    mac, source, named = card.first("mac"), card.first("source"), card.first("filterref")
    label = f"its interface {mac.get('address')}" if mac is not None else "an interface of it"
    if card.get("type") == "network" and source is not None and source.get("network"):
        target = Noun.NETWORK.called(source.get("network"))
        yield definition.needs(Kind.REQUIRES, target, source, f"{label} is on that network")
    if named is not None and named.get("filter"):
        target = Noun.NWFILTER.called(named.get("filter"))
        yield definition.needs(Kind.REQUIRES, target, named, f"{label} is filtered by it")


def needs_of_filter(definition: Definition, rules: Element) -> Iterator[Dependency]:
    """Yield the filters that a filter includes."""
    for included in rules.all("filterref"):
        target = Noun.NWFILTER.called(included.get("filter"))
        yield definition.needs(Kind.REQUIRES, target, included, "it includes that filter")

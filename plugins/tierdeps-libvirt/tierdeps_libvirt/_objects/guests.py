"""The needs of a guest: volumes, secrets, networks, filters, files in pools, devices, other guests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.disks import needs_of_disk
from tierdeps_libvirt._objects.files import needs_of_files
from tierdeps_libvirt._objects.metadata import requested_dependencies
from tierdeps_libvirt._objects.networks import needs_of_card, needs_of_hostdev

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey

#: Elements with a <source> like that of a disk.
_DISKS = ("devices/disk", "devices/filesystem", "devices/hostdev", "os/nvram")


def needs_of_guest(definition: Definition, guest: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the needs."""
    for path in _DISKS:
        for disk in guest.all(path):
            yield from needs_of_disk(definition, _as_it_runs(definition, disk), survey)
    for path in ("devices/hostdev", "devices/disk"):  # a disk may be an NVMe device
        for hostdev in guest.all(path):
            yield from needs_of_hostdev(definition, hostdev)
    yield from needs_of_files(definition, guest, survey)
    for card in guest.all("devices/interface"):
        yield from needs_of_card(definition, card, survey)
    for listen in guest.all("devices/graphics/listen"):
        if listen.get("type") == "network" and listen.get("network"):
            target = Noun.NETWORK.called(listen.get("network"))
            yield definition.needs(Kind.REQUIRES, target, listen, "its display listens on that network's address")
    for encryption in guest.all("devices/tpm/backend/encryption"):
        target = Noun.SECRET.called(encryption.get("secret").lower())
        yield definition.needs(Kind.REQUIRES, target, encryption, "the state of its TPM is encrypted with that secret")
    yield from survey.tls.of_guest(definition, guest)
    yield from survey.peers.needs(definition, guest)
    yield from (wish for wish, _ in requested_dependencies(definition, guest))


def _as_it_runs(definition: Definition, disk: Element) -> Element:
    """Return a disk of the running guest if only that one names the images below."""
    if definition.live is None or disk.name != "disk" or disk.first("backingStore") is not None:
        return disk
    for running in definition.live.all("devices/disk"):
        if _place(running) == _place(disk) and _source(running) == _source(disk):
            return running
    return disk


def _place(disk: Element) -> str:
    target = disk.first("target")
    return target.get("dev") if target is not None else ""


def _source(disk: Element) -> tuple[str, ...]:
    source = disk.first("source")
    return () if source is None else tuple(source.get(key) for key in ("file", "dev", "dir", "pool", "volume"))


def needs_of_filter(definition: Definition, rules: Element) -> Iterator[Dependency]:
    """Yield the filters that a filter includes."""
    for included in rules.all("filterref"):
        target = Noun.NWFILTER.called(included.get("filter"))
        yield definition.needs(Kind.REQUIRES, target, included, "it includes that filter")

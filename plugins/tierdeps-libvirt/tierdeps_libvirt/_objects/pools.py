"""The needs of a pool: its secret, the pool that contains it, the guest that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.claims import MOUNTED
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.devices import pci_name
from tierdeps_libvirt._objects.secrets import USED_BY, wanted_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey

#: Pools whose <dir> is a folder on another host.
_ELSEWHERE = frozenset({"netfs", "gluster", "vstorage"})


def needs_of_pool(definition: Definition, pool: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the needs."""
    for auth in pool.all("source/auth"):
        user = f" (user {auth.get('username')})" if auth.get("username") else ""
        for secret in auth.all("secret"):
            target = wanted_secret(secret, USED_BY.get(auth.get("type"), ""))
            yield definition.needs(Kind.REQUIRES, target, secret, f"its source is opened with that secret{user}")
    yield from _around(definition, pool, survey)
    yield from _devices(definition, pool)
    yield from _served(definition, pool, survey)


def _around(definition: Definition, pool: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the pools that it lies in, by its target or by its source."""
    places = [("its target", path, path.text) for path in pool.all("target/path")]
    places += [("its source", device, device.get("path")) for device in pool.all("source/device")]
    if pool.get("type") not in _ELSEWHERE:
        places += [("its source", folder, folder.get("path")) for folder in pool.all("source/dir")]
    mounted = pool.get("type") in MOUNTED
    for what, element, path in places:
        # of two pools on one folder, that which is mounted there brings the other one's
        for claim in survey.owners(path, apart_from=definition.name, equal=lambda claim: claim.hard and not mounted):
            verb = Kind.REQUIRES if claim.hard else Kind.WANTS
            reason = f"{what} {path} {claim.words(path).removeprefix('which ')}"
            yield definition.needs(verb, Noun.POOL.called(claim.pool), element, reason)


def _devices(definition: Definition, pool: Element) -> Iterator[Dependency]:
    """Yield the adapter of a pool of SCSI devices, or the parent of the one that libvirt makes for it.

    libvirt 9.0.0, src/storage/storage_backend_scsi.c: createVport, checkParent.
    """
    for adapter in pool.all("source/adapter"):
        name = adapter.get("parent") or adapter.get("name")
        address = adapter.first("parentaddr/address")
        if name:
            device = f"scsi_{name.removeprefix('scsi_')}"
            yield definition.needs(Kind.REQUIRES, Noun.HOST.called(device), adapter, f"its source is {device}")
        elif address is not None:
            device = pci_name(address)
            yield definition.needs(Kind.REQUIRES, Noun.HOST.called(device), adapter, f"its source is on {device}")


def _served(definition: Definition, pool: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the guests that serve it: it cannot do without the only one, but without one of several."""
    hosts = list(pool.all("source/host"))
    found = [(host, survey.addresses.guest(host.get("name"))) for host in hosts]
    verb = Kind.REQUIRES if len({guest[0] if guest else "" for _, guest in found}) == 1 else Kind.WANTS
    told: set[str] = set()
    for host, guest in found:
        if guest is not None and guest[0] not in told:
            told.add(guest[0])
            reason = f"its source is on {host.get('name')}, which is that guest: {guest[1]}"
            yield definition.needs(verb, Noun.DOMAIN.called(guest[0]), host, reason)

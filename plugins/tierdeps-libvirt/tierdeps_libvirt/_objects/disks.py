"""What a disk needs, and every image that its own image stands on, as far as the XML names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.places import lies_in
from tierdeps_libvirt._objects.secrets import USED_BY, wanted_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey


def needs_of_disk(definition: Definition, disk: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield them; a filesystem and a host's device are looked at alike."""
    label = _label(disk)
    for source in disk.all("source"):
        optional = source.get("startupPolicy") == "optional"
        yield from _needs_of_source(definition, source, survey, label, optional=optional)
    yield from _secrets(definition, disk, label)
    layer, depth = disk.first("backingStore"), 1
    while layer is not None:
        below = f"{label}, {depth} {'image' if depth == 1 else 'images'} down,"
        for source in layer.all("source"):
            yield from _needs_of_source(definition, source, survey, below, optional=False)
        layer, depth = layer.first("backingStore"), depth + 1


def _label(disk: Element) -> str:
    target = disk.first("target")
    if disk.name == "disk":
        return f"its disk {target.get('dev')}" if target is not None else "a disk of it"
    if disk.name == "filesystem":
        return f"its filesystem {target.get('dir')}" if target is not None else "a filesystem of it"
    return "a host's device of it"


def _needs_of_source(
    definition: Definition, source: Element, survey: Survey, label: str, *, optional: bool
) -> Iterator[Dependency]:
    verb = Kind.WANTS if optional else Kind.REQUIRES
    if source.get("pool"):
        volume = f"{label} is the volume {source.get('volume')} of that pool"
        yield definition.needs(verb, Noun.POOL.called(source.get("pool")), source, volume)
    for path in filter(None, (source.get("file"), source.get("dev"), source.get("dir"))):
        yield from lies_in(definition, source, survey, f"{label} is", path)
    yield from _secrets(definition, source, label)
    hosts = list(source.all("host"))
    for host in hosts:
        guest = survey.addresses.guest(host.get("name"))
        if guest is not None and guest[0] != definition.name:
            reason = f"{label} is on {host.get('name')}, which is that guest: {guest[1]}"
            served = verb if len(hosts) == 1 else Kind.WANTS
            yield definition.needs(served, Noun.DOMAIN.called(guest[0]), host, reason)


def _secrets(definition: Definition, element: Element, label: str) -> Iterator[Dependency]:
    for auth in element.all("auth"):
        for secret in auth.all("secret"):
            user = f" (user {auth.get('username')})" if auth.get("username") else ""
            yield definition.needs(Kind.REQUIRES, wanted_secret(secret), secret, f"{label} is opened with it{user}")
    for encryption in element.all("encryption"):
        for secret in encryption.all("secret"):
            target = wanted_secret(secret, USED_BY["passphrase"])
            yield definition.needs(Kind.REQUIRES, target, secret, f"{label} is encrypted with that secret")

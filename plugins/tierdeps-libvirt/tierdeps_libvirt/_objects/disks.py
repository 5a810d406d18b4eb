"""The needs of a disk and of all images below its own: as the XML names them, or as the images themselves do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.images import DEEPEST
from tierdeps_libvirt._objects.places import lies_in
from tierdeps_libvirt._objects.secrets import USED_BY, wanted_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey

#: Elements around another <source> of a disk, and what that one is to the image (libvirt 9.0.0, domaincommon.rng;
#: dataStore is of later releases).
_AROUND = {"mirror": "{}, in its copy,", "dataStore": "{}, in the file with its data,"}
#: The protocols for whose TLS qemu.conf can name a secret.
_ENCRYPTED = ("nbd", "vxhs")


def needs_of_disk(definition: Definition, disk: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the needs of a disk; a filesystem and a host device are treated in the same way."""
    label = _label(disk)
    optional = any(source.get("startupPolicy") == "optional" for source in disk.all("source"))
    for source, what in _sources(disk, label, 0):
        yield from _needs_of_source(definition, source, survey, what, optional=optional)
    yield from _secrets(definition, disk, label, optional=optional)
    yield from _read(definition, disk, survey, label, optional=optional)


def _label(disk: Element) -> str:
    target = disk.first("target")
    if disk.name == "disk":
        return f"its disk {target.get('dev')}" if target is not None else "a disk of it"
    if disk.name == "filesystem":
        return f"its filesystem {target.get('dir')}" if target is not None else "a filesystem of it"
    return "a host's device of it" if disk.name == "hostdev" else "its firmware's variables, as a disk,"


def _down(label: str, depth: int) -> str:
    return f"{label}, {depth} {'image' if depth == 1 else 'images'} down,"


def _sources(element: Element, label: str, depth: int) -> Iterator[tuple[Element, str]]:
    """Yield each <source> below an element, with a phrase for it."""
    for child in element.children:
        what = _down(label, depth) if depth else label
        if child.name == "source":
            yield child, what
            yield from _sources(child, label, depth)
        elif child.name == "backingStore":
            yield from _sources(child, label, depth + 1)
        elif child.name in _AROUND:
            around = _AROUND[child.name].format(what.removesuffix(","))
            if child.get("file"):
                yield child, around
            yield from _sources(child, around.removesuffix(","), 0)


def _needs_of_source(
    definition: Definition, source: Element, survey: Survey, label: str, *, optional: bool
) -> Iterator[Dependency]:
    verb = Kind.WANTS if optional else Kind.REQUIRES
    if source.get("pool"):
        volume = f"{label} is the volume {source.get('volume')} of that pool"
        yield definition.needs(verb, Noun.POOL.called(source.get("pool")), source, volume)
    for path in filter(None, (source.get("file"), source.get("dev"), source.get("dir"))):
        yield from lies_in(definition, source, survey, f"{label} is", path, optional=optional)
    for identity in source.all("identity"):
        yield from lies_in(definition, identity, survey, f"{label} is opened with", identity.get("keyfile"))
    if source.get("protocol") in _ENCRYPTED and source.get("tls") == "yes":
        yield from survey.tls.needs(definition, source, source.get("protocol"), f"{label} is behind TLS")
    yield from _secrets(definition, source, label, optional=optional)
    hosts = list(source.all("host"))
    for host in hosts:
        guest = survey.addresses.guest(host.get("name"))
        if guest is not None and guest[0] != definition.name:
            reason = f"{label} is on {host.get('name')}, which is that guest: {guest[1]}"
            served = verb if len(hosts) == 1 else Kind.WANTS
            yield definition.needs(served, Noun.DOMAIN.called(guest[0]), host, reason)


def _secrets(definition: Definition, element: Element, label: str, *, optional: bool) -> Iterator[Dependency]:
    verb = Kind.WANTS if optional else Kind.REQUIRES
    for auth in element.all("auth"):
        for secret in auth.all("secret"):
            user = f" (user {auth.get('username')})" if auth.get("username") else ""
            yield definition.needs(verb, wanted_secret(secret), secret, f"{label} is opened with it{user}")
    for encryption in element.all("encryption"):
        for secret in encryption.all("secret"):
            target = wanted_secret(secret, USED_BY["passphrase"])
            yield definition.needs(verb, target, secret, f"{label} is encrypted with that secret")


def _read(definition: Definition, disk: Element, survey: Survey, label: str, *, optional: bool) -> Iterator[Dependency]:
    """Yield the needs of images that the XML does not name; an empty <backingStore> says that there are none."""
    driver, layer, depth = disk.first("driver"), disk, 0
    while (below := layer.first("backingStore")) is not None:
        if not below.children:
            return
        layer, depth = below, depth + 1
    kind = layer.first("format") if depth else driver
    source = layer.first("source")
    if kind is None or kind.get("type") != "qcow2" or source is None:
        return
    path, seen = survey.path_of(source), set[str]()
    while path and path not in seen and depth < DEEPEST:
        seen.add(path)
        image = survey.machine.image(path).beside(path)
        if image.data:
            around = f"{_down(label, depth) if depth else label}".removesuffix(",")
            words = f"{_AROUND['dataStore'].format(around)} as it says, is"
            yield from lies_in(definition, source, survey, words, image.data, optional=optional)
        path, depth = image.below, depth + 1
        if path:
            words = f"{_down(label, depth)} as the images say, is"
            yield from lies_in(definition, source, survey, words, path, optional=optional)

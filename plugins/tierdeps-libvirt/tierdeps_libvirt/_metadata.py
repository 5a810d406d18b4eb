"""The elements of a guest's metadata in the namespace of tierdeps, which libvirt ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._markup import Element

NAMESPACE = "urn:tierdeps:libvirt:1"
#: The verb of elements that say when a guest is ready.
READY = "ready"
_PREFIX = f"{{{NAMESPACE}}}"


def ours(guest: Element) -> Iterator[tuple[str, Element]]:
    """Yield the elements of the namespace, each with its verb."""
    for metadata in guest.all("metadata"):
        for element in metadata.below():
            if element.name.startswith(_PREFIX):
                yield element.name.removeprefix(_PREFIX), element

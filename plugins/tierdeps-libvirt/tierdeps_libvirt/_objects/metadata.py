"""The elements of a guest's metadata in tierdeps' own namespace: ``<tierdeps:after domain="db"/>``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Dependency, Kind, Value
from tierdeps_libvirt._metadata import READY, ours
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._ready import faults_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition

#: The dependencies that metadata can declare, by element.
_VERBS = {kind.value: kind for kind in (Kind.AFTER, Kind.BEFORE, Kind.CONFLICTS, Kind.REQUIRES, Kind.WANTS)}
_SERVES = "serves"
#: libvirt keeps one element of a namespace: the others are inside one of any name, by convention ``start``.
_WRAPPER = "start"


class InvalidElement(Value):
    """An element of the namespace that has no effect."""

    element: Element
    problem: str


def requested_dependencies(definition: Definition, guest: Element) -> Iterator[tuple[Dependency, Element]]:
    """Yield the dependencies that a guest's metadata declares."""
    for verb, element in ours(guest):
        if verb in _VERBS:
            for noun in Noun:
                if element.get(noun):
                    reason = element.get("reason") or "its metadata says so"
                    target = noun.called(element.get(noun))
                    yield definition.needs(_VERBS[verb], target, element, reason), element


def served_pools(definition: Definition, guest: Element) -> Iterator[tuple[str, Dependency]]:
    """Yield the pools that a guest serves by its metadata, each with the pool's dependency on the guest."""
    for verb, element in ours(guest):
        if verb == _SERVES and element.get(Noun.POOL):
            reason = "that guest serves it, as its metadata says"
            yield element.get(Noun.POOL), definition.needs(Kind.REQUIRES, definition.called, element, reason)


def invalid_elements(guest: Element) -> Iterator[InvalidElement]:
    """Yield the elements that are unknown or incomplete."""
    for verb, element in ours(guest):
        if verb in _VERBS and not any(element.get(noun) for noun in Noun):
            yield InvalidElement(element, f"<{verb}> names nothing: expected one of {', '.join(Noun)}")
        elif verb == _SERVES and not element.get(Noun.POOL):
            yield InvalidElement(element, f"<{verb}> names no pool")
        elif verb == READY:
            yield from (InvalidElement(element, fault) for fault in faults_of(element))
        elif verb not in {*_VERBS, _SERVES, _WRAPPER}:
            known = ", ".join(sorted({*_VERBS, _SERVES, READY}))
            yield InvalidElement(element, f"<{verb}> is unknown: expected one of {known}")

"""What a guest's metadata asks for, in a namespace of our own: ``<tierdeps:after domain="db"/>``."""

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

_VERBS = {kind.value: kind for kind in Kind}
_SERVES = "serves"
#: libvirt keeps one element of a namespace: these may be inside one that is called as one likes, by custom ``start``.
_WRAPPER = "start"


class Misread(Value):
    """An element of our namespace that says nothing that is understood."""

    element: Element
    problem: str


def wishes_of(definition: Definition, guest: Element) -> Iterator[tuple[Dependency, Element]]:
    """Yield the dependencies that a guest asks for."""
    for verb, element in ours(guest):
        if verb in _VERBS:
            for noun in Noun:
                if element.get(noun):
                    reason = element.get("reason") or "its metadata asks for that"
                    target = noun.called(element.get(noun))
                    yield definition.needs(_VERBS[verb], target, element, reason), element


def served_pools(definition: Definition, guest: Element) -> Iterator[tuple[str, Dependency]]:
    """Yield the pools that a guest says it serves, each with the dependency that this means for the pool."""
    for verb, element in ours(guest):
        if verb == _SERVES and element.get(Noun.POOL):
            reason = "that guest serves it, as its metadata says"
            yield element.get(Noun.POOL), definition.needs(Kind.REQUIRES, definition.called, element, reason)


def misread(guest: Element) -> Iterator[Misread]:
    """Yield what is not understood."""
    for verb, element in ours(guest):
        if verb in _VERBS and not any(element.get(noun) for noun in Noun):
            yield Misread(element, f"<{verb}> names nothing: expected one of {', '.join(Noun)}")
        elif verb == _SERVES and not element.get(Noun.POOL):
            yield Misread(element, f"<{verb}> names no pool")
        elif verb == READY:
            yield from (Misread(element, fault) for fault in faults_of(element))
        elif verb not in {*_VERBS, _SERVES, _WRAPPER}:
            known = ", ".join(sorted({*_VERBS, _SERVES, READY}))
            yield Misread(element, f"<{verb}> is not known: expected one of {known}")

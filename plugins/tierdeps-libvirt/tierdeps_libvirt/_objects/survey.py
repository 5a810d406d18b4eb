"""What is asked of all definitions together: which secret, whose path, which guest is behind an address."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps_libvirt._objects.addresses import Addresses
from tierdeps_libvirt._objects.claims import Claim, claims_of
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition, Inventory

#: A secret says what it is for with an element that is called so.
_USAGES = {"volume": "volume", "ceph": "name", "iscsi": "target", "tls": "name", "vtpm": "name"}


class Survey:
    """The whole inventory, looked through once."""

    def __init__(self, inventory: Inventory) -> None:
        self._definitions = inventory.definitions

    def of(self, noun: Noun) -> list[tuple[Definition, Element]]:
        """Return the definitions of a kind that could be read."""
        return [(item, item.element) for item in self._definitions if item.noun is noun and item.element is not None]

    @cached_property
    def addresses(self) -> Addresses:
        """The guests by what they are reached at."""
        return Addresses.among(
            [element for _, element in self.of(Noun.NETWORK)],
            [(item.name, element) for item, element in self.of(Noun.DOMAIN)],
        )

    @cached_property
    def _claims(self) -> list[Claim]:
        return [claim for item, element in self.of(Noun.POOL) for claim in claims_of(item.name, element)]

    def owner(self, path: str, *, apart_from: str = "") -> Claim | None:
        """Return the claim of the pool that a path of this host lies in: the innermost of them."""
        place = posixpath.normpath(path)
        found = [claim for claim in self._claims if claim.pool != apart_from and claim.covers(place)]
        return max(found, key=lambda claim: (len(claim.path), claim.pool), default=None)


def usage(secret: Element) -> str:
    """Return what a secret is for, as what needs it for that asks for it; empty where it does not say."""
    said = secret.first("usage")
    if said is None or said.get("type") not in _USAGES:
        return ""
    return by_usage(said.get("type"), said.said(_USAGES[said.get("type")]))


def by_usage(kind: str, name: str) -> str:
    """Return the target for a secret that is looked up by what it is for."""
    return f"secret/{kind}/{name}"

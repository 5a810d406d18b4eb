"""Look-ups over all definitions: the pool of a path, the network of a bridge, the guest of an address."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps_libvirt._objects.addresses import Addresses
from tierdeps_libvirt._objects.bridges import bridge_made_by
from tierdeps_libvirt._objects.claims import HOLDING, Claims
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.peer_guests import PeerGuests
from tierdeps_libvirt._objects.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.claims import Claim
    from tierdeps_libvirt._objects.definition import Definition, Inventory

#: A secret says what it is for with an element that is called so.
_USAGES = {"volume": "volume", "ceph": "name", "iscsi": "target", "tls": "name", "vtpm": "name"}


class Survey:
    """An inventory with indexes, each computed once."""

    def __init__(self, inventory: Inventory) -> None:
        self._definitions = inventory.definitions
        self.machine = inventory.machine
        self.tls = Tls(inventory.settings)

    def of(self, noun: Noun) -> list[tuple[Definition, Element]]:
        """Return the definitions of a kind that could be read."""
        return [(item, item.element) for item in self._definitions if item.noun is noun and item.element is not None]

    @cached_property
    def addresses(self) -> Addresses:
        """The guests by their names and addresses."""
        return Addresses.among(
            [element for _, element in self.of(Noun.NETWORK)],
            [(item.name, element) for item, element in self.of(Noun.DOMAIN)],
        )

    @cached_property
    def claims(self) -> Claims:
        """The pools by the paths that belong to them."""
        return Claims(self.pools.items())

    def owners(self, path: str, *, apart_from: str = "", equal: Callable[[Claim], bool] | None = None) -> list[Claim]:
        """Return whose a path is; one that nobody claims may lead to another, by links on this host."""
        accept = equal or (lambda _: True)
        for place in (path, self.machine.real(path)):
            found = list(self.claims.owners(place, apart_from=apart_from, equal=accept)) if place else []
            if found:
                return found
        return []

    @cached_property
    def pools(self) -> dict[str, Element]:
        """The pools by their names."""
        return {item.name: element for item, element in self.of(Noun.POOL)}

    @cached_property
    def bridges(self) -> dict[str, str]:
        """The bridges that networks make, each with its network."""
        return {bridge: item.name for item, element in self.of(Noun.NETWORK) if (bridge := bridge_made_by(element))}

    @cached_property
    def peers(self) -> PeerGuests:
        """The guests by what others need of them."""
        return PeerGuests(self.of(Noun.DOMAIN))

    def path_of(self, source: Element) -> str:
        """Return the file or device that a <source> is, also as a volume; an empty text where it is none."""
        pool = self.pools.get(source.get("pool"))
        if pool is not None and pool.get("type") in HOLDING and source.get("volume"):
            return posixpath.join(pool.said("target/path"), source.get("volume"))
        return source.get("file") or source.get("dev")


def usage(secret: Element) -> str:
    """Return what a secret is for, as what needs it for that asks for it; empty where it does not say."""
    said = secret.first("usage")
    if said is None or said.get("type") not in _USAGES:
        return ""
    return by_usage(said.get("type"), said.said(_USAGES[said.get("type")]))


def by_usage(kind: str, name: str) -> str:
    """Return the target for a secret that is looked up by what it is for."""
    return f"secret/{kind}/{name}"

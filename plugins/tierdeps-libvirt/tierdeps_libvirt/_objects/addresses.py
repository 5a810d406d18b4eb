"""The guest that has a host name or address: its own name, or one that a virtual network assigns to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps_libvirt._markup import Element


class Addresses(Value):
    """Each name and address, in lower case, with the guest that has it and the reason why."""

    guests: Mapping[str, tuple[str, str]]

    @classmethod
    def among(cls, networks: Sequence[Element], guests: Iterable[tuple[str, Element]]) -> Addresses:
        """Return the names and addresses of guests and networks."""
        found: dict[str, tuple[str, str]] = {}
        cards: dict[tuple[str, str], str] = {}
        suffixes = sorted({domain.get("name") for network in networks for domain in network.all("domain")} - {""})
        for name, guest in guests:
            for spelled in (name, *(f"{name}.{suffix}" for suffix in suffixes)):
                found.setdefault(spelled.lower(), (name, "the guest is called so"))
            for card in guest.all("devices/interface"):
                network, mac = card.first("source"), card.first("mac")
                if network is not None and mac is not None:
                    cards[network.get("network"), mac.get("address").lower()] = name
        for network in networks:
            _add_leases(found, cards, network)
        return cls(found)

    def guest(self, host: str) -> tuple[str, str] | None:
        """Return the guest that has a host name or address, with the reason."""
        return self.guests.get(host.lower().rstrip("."))


def _add_leases(found: dict[str, tuple[str, str]], cards: Mapping[tuple[str, str], str], network: Element) -> None:
    """Add what a network assigns to guests: fixed addresses, and names for addresses."""
    label = network.said("name")
    for lease in network.all("ip/dhcp/host"):
        called = found.get(lease.get("name").lower())
        guest = cards.get((label, lease.get("mac").lower())) or (called[0] if called else None)
        if guest is not None:
            for given in filter(None, (lease.get("ip"), lease.get("name"))):
                found.setdefault(given.lower(), (guest, f"the network {label} gives that to it"))
    for entry in network.all("dns/host"):
        behind = found.get(entry.get("ip").lower())
        if behind is not None:
            told = f"the network {label} says that this is {entry.get('ip')}, and gives that to it"
            for name in entry.all("hostname"):
                found.setdefault(name.text.lower(), (behind[0], told))

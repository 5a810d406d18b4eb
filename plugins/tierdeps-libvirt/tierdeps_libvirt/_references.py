"""The objects that definitions of pools and guests refer to: secrets, volumes, networks and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._markup import Element

#: The usage types of secrets, by their names in definitions, with libvirt's numbers (libvirt-secret.h).
USAGES = {"volume": 1, "ceph": 2, "iscsi": 3, "tls": 4, "vtpm": 5}
POOL_FACTS = ("pool.auth", "pool.vhba")
GUEST_FACTS = ("domain.network", "domain.nwfilter", "domain.secret", "domain.volume")
#: The types of <auth>, by usage type.
_AUTHS = {"ceph": "ceph", "chap": "iscsi"}


class SecretName(Value):
    """A secret as a definition refers to it: by UUID, or by usage."""

    uuid: str = ""
    use: str = ""
    usage: str = ""

    def __str__(self) -> str:
        return self.uuid or f"for {self.use} {self.usage!r}"


def pool_secrets(pool: Element) -> tuple[SecretName, ...]:
    """Return the secrets that a pool uses when it starts."""
    return tuple(dict.fromkeys(name for auth in pool.all("source/auth") for name in _of_auth(auth)))


def domain_secrets(domain: Element) -> tuple[SecretName, ...]:
    """Return the secrets that a guest uses when it starts."""
    return tuple(dict.fromkeys(_of_domain(domain)))


def pool_facts(pool: Element) -> frozenset[str]:
    """Return the facts that hold on a host that has this pool."""
    adapters = [adapter for adapter in pool.all("source/adapter") if adapter.get("type") == "fc_host"]
    found = {"pool.auth": bool(pool_secrets(pool)), "pool.vhba": bool(adapters)}
    return frozenset(name for name, holds in found.items() if holds)


def domain_facts(domain: Element) -> frozenset[str]:
    """Return the facts that hold on a host that has this guest."""
    devices = list(domain.all("devices/interface"))
    networks = [*devices, *domain.all("devices/graphics/listen")]
    found = {
        "domain.volume": any(disk.get("type") == "volume" for disk in domain.all("devices/disk")),
        "domain.network": any(item.get("type") == "network" for item in networks),
        "domain.nwfilter": any(device.first("filterref") is not None for device in devices),
        "domain.secret": bool(domain_secrets(domain)),
    }
    return frozenset(name for name, holds in found.items() if holds)


def _of_domain(domain: Element) -> Iterator[SecretName]:
    for element in domain.below():
        if element.name == "auth":
            yield from _of_auth(element)
        elif element.name == "encryption":
            if element.get("secret"):
                yield SecretName(element.get("secret"))
            for secret in element.all("secret"):
                yield _named(secret, "volume")


def _of_auth(auth: Element) -> Iterator[SecretName]:
    for secret in auth.all("secret"):
        use = secret.get("type") or _AUTHS.get(auth.get("type"), auth.get("type"))
        yield _named(secret, use)


def _named(secret: Element, use: str) -> SecretName:
    uuid = secret.get("uuid")
    return SecretName(uuid) if uuid else SecretName(use=use, usage=secret.get("usage"))

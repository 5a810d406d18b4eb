"""Hosts: the machines of a fleet, by the names that drivers and groups give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tierdeps._util.frozen import replace
from tierdeps.errors import DeclarationError
from tierdeps.model.placeholders import HOST, INSTANCE, filled_driver, instance_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
_HOST = re.compile(r"[^\s@:*{}]+")
HOST_TEXT = "the name of a host, of printable characters without spaces, '@', ':', '*' and braces"


def check_host(what: str, name: object) -> str:
    """Return the name of a host. Raises DeclarationError for what cannot be one."""
    if not isinstance(name, str) or not _HOST.fullmatch(name) or not name.isprintable():
        raise DeclarationError(what, HOST_TEXT, name)
    return name


def check_hosts(what: str, names: object) -> tuple[str, ...]:
    """Return the names of hosts. Raises DeclarationError for what cannot be a list of them."""
    if isinstance(names, str) or not isinstance(names, (tuple, list)) or not names:
        raise DeclarationError(what, "a list of hosts, one or more", names)
    found = tuple(check_host(what, name) for name in names)
    if len(set(found)) != len(found):
        raise DeclarationError(what, "hosts that differ", names)
    return found


def with_host(text: str | None, host: str) -> str | None:
    """Return a text with the host in the place of ``{host}``."""
    return text.replace("{host}", host) if text else text


def on_host(dependency: Any, host: str) -> Any:
    """Return a dependency with the host in its target and its fact."""
    target, when = with_host(dependency.target, host), with_host(dependency.when, host)
    same = (target, when) == (dependency.target, dependency.when)
    return dependency if same else replace(dependency, target=target, when=when)


class Placeable(Protocol):
    """A driver: these know no more of it than where it runs, since it is declared with what is here."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def hosts(self) -> tuple[str, ...] | str:
        """The hosts that it is to be declared for, or their group."""
        ...


T = TypeVar("T", bound=Placeable)


def on_hosts(drivers: Sequence[T], groups: Mapping[str, tuple[str, ...]]) -> Sequence[T]:
    """Return drivers with those that have ``hosts`` declared for each of them: ``qemu@kvm1``, ``qemu@kvm2``.

    ``{host}`` and ``{instance}`` in their texts are the host. A driver whose group is not among ``groups`` is returned
    as it is. Raises DeclarationError.
    """
    return tuple(each for driver in drivers for each in _on_its_hosts(driver, groups))


def placed(drivers: Sequence[T], groups: Mapping[str, tuple[str, ...]]) -> Sequence[T]:
    """Return drivers as ``on_hosts`` does where there are groups; those that are no tuple are on no host."""
    return on_hosts(drivers, groups) if groups and isinstance(drivers, tuple) else drivers


def _on_its_hosts(driver: T, groups: Mapping[str, tuple[str, ...]]) -> Iterable[T]:
    hosts = groups.get(driver.hosts, ()) if isinstance(driver.hosts, str) else driver.hosts
    return [_on(driver, host) for host in hosts] if hosts else (driver,)


def _on(driver: Any, host: str) -> Any:
    name = instance_name(driver.name, host)
    return replace(filled_driver(replace(driver, hosts=()), name, {HOST: host, INSTANCE: host}), host=host)


def checked_groups(
    one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the groups of two graphs. Raises DeclarationError where a group has different hosts in them."""
    for name in one.keys() & other.keys():
        if one[name] != other[name]:
            expected = f"the same in each graph, {', '.join(one[name])}"
            raise DeclarationError(f"hosts of group {name!r}", expected, other[name])
    return {**one, **other}


def facts_of_host(facts: Mapping[str, bool], host: str) -> dict[str, bool]:
    """Return what a host states of itself as facts of a fleet: ``pool.auth`` of kvm1 is ``pool.auth@kvm1``."""
    return {f"{name}@{host}": holds for name, holds in facts.items()}


def fact_of_host(fact: str, hosts: Iterable[str | None]) -> tuple[str, str] | None:
    """Return the host that a fact is about, and the name that it has there; None for one of no host."""
    own, _, host = fact.rpartition("@")
    return (host, own) if own and host in hosts else None


def sorted_hosts(hosts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the hosts of drivers, each once, sorted; drivers without one do not count."""
    return tuple(sorted({host for host in hosts if host is not None}))

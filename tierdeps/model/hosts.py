"""Hosts: the machines of a fleet, by the names that drivers and groups give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HOST = re.compile(r"[^\s@:*{}]+")
HOST_TEXT = "the name of a host, without spaces, '@', ':', '*' and braces"


def check_host(what: str, name: object) -> str:
    """Return the name of a host. Raises DeclarationError for what cannot be one."""
    if not isinstance(name, str) or not _HOST.fullmatch(name):
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


def facts_of_host(facts: Mapping[str, bool], host: str) -> dict[str, bool]:
    """Return what a host states of itself as facts of a fleet: ``pool.auth`` of kvm1 is ``pool.auth@kvm1``."""
    return {f"{name}@{host}": holds for name, holds in facts.items()}


def sorted_hosts(hosts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the hosts of drivers, each once, sorted; drivers without one do not count."""
    return tuple(sorted({host for host in hosts if host is not None}))

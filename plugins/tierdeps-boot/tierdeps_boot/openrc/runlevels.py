"""Runlevels: each is a folder of links, and starts after the one before it, with what its services need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot._files import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tierdeps_boot._problems import Problems
    from tierdeps_boot.openrc.service import Service

#: The runlevels of a boot, in their order.
LEVELS = ("sysinit", "boot", "default")
_PULLING = frozenset({"need", "want"})


def runlevels(etc: Path, problems: Problems) -> dict[str, tuple[str, ...]]:
    """Return the services that are in each runlevel; none if there are no runlevels."""
    found = {
        level: tuple(path.name for path in listed(etc / "runlevels" / level, problems))
        for level in LEVELS
        if (etc / "runlevels" / level).is_dir()
    }
    return found if any(found.values()) else {}


def tiers(services: Mapping[str, Service], levels: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the runlevel in which each service starts: the first one that has it, or that needs it there."""
    providers: dict[str, list[str]] = {}
    for service in services.values():
        for name in (service.name, *service.provides):
            providers.setdefault(name, []).append(service.name)
    found: dict[str, str] = {}
    for level in levels:
        waiting = [name for name in levels[level] if name in services]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = level
            for use in services[name].uses:
                if use.word in _PULLING:
                    waiting += providers.get(use.name.text, ())[:1]
    return found

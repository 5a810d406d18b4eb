"""From services to drivers; ``*`` means all other services that do not have to come first, or last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, Kind
from tierdeps_boot._names import Name, edge, origin_of
from tierdeps_boot.openrc.service import ALL, WORDS, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps import Dependency
    from tierdeps_boot.openrc.service import Service


def drivers(services: Mapping[str, Service], tiers: Mapping[str, str]) -> list[Driver]:
    """Return a driver for each service that is in a tier; for all of them where there are no tiers."""
    order = {level: number for number, level in enumerate(dict.fromkeys(tiers.values()))}
    active = {name: service for name, service in services.items() if not tiers or name in tiers}
    steps = {name: order[tiers[name]] if tiers else 0 for name in active}
    converter = _Converter(active, steps)
    return [
        Driver(
            name,
            tier=tiers.get(name),
            dependencies=tuple(converter.edges(service)),
            provides=tuple(item for item in service.provides if item in converter.named and item not in active),
            origin=origin_of(service.place),
        )
        for name, service in active.items()
    ]


class _Converter:
    def __init__(self, services: Mapping[str, Service], steps: Mapping[str, int]) -> None:
        self._services = services
        self._steps = steps
        self.named = {use.name.text for service in services.values() for use in service.uses}
        self._providers: dict[str, list[str]] = {}
        for service in services.values():
            for name in dict.fromkeys((service.name, *service.provides)):
                self._providers.setdefault(name, []).append(service.name)
        self._earlier, self._later = self._explicit()

    def _explicit(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return what comes before and after each service by the names that others, or it, give."""
        earlier: dict[str, set[str]] = {name: set() for name in self._services}
        later: dict[str, set[str]] = {name: set() for name in self._services}
        for service in self._services.values():
            for use in service.uses:
                for other in self._providers.get(use.name.text, ()):
                    first, last = (service.name, other) if use.word == "before" else (other, service.name)
                    earlier[last].add(first)
                    later[first].add(last)
        return earlier, later

    def edges(self, service: Service) -> Iterator[Dependency]:
        """Yield the dependencies of a service, each once."""
        seen: set[tuple[Kind, str]] = set()
        for use in service.uses:
            kind, optional = WORDS[use.word]
            names = self._others(service, use) if use.name.text == ALL else [use.name.text]
            for name in names:
                provided = name in service.provides and name not in self._services
                if (kind, name) not in seen and not provided and not self._is_later(service, use, name):
                    seen.add((kind, name))
                    reason = f"{use.word} {ALL}" if use.name.text == ALL else ""
                    optional_here = optional or not use.certain or use.name.text == ALL
                    yield edge(kind, Name(use.name.place, name), optional=optional_here, reason=reason)

    def _is_later(self, service: Service, use: Use, name: str) -> bool:
        """Return whether a name is only of services of a later runlevel, where nothing waits for them."""
        if use.word == "need":
            return False
        own = self._steps[service.name]
        steps = [self._steps[other] for other in self._providers.get(name, ())]
        return bool(steps) and all((step < own) if use.word == "before" else (step > own) for step in steps)

    def _others(self, service: Service, use: Use) -> list[str]:
        """Return all services that a star means: not those that have one themselves, nor those on the other side."""
        apart = _reached(service.name, self._earlier if use.word == "before" else self._later)
        star = {name for name, other in self._services.items() if any(item.name.text == ALL for item in other.uses)}
        return [name for name in self._services if name not in apart and name not in star]


def _reached(name: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += edges[current]
    return found

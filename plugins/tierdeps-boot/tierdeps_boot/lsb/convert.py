"""From headers to drivers: facilities are replaced by the scripts that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, Kind
from tierdeps_boot._names import Name, edge, origin_of
from tierdeps_boot.lsb.facilities import ALL, KNOWN, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps import Dependency
    from tierdeps_boot._problems import Problems
    from tierdeps_boot.lsb.header import Header

#: The keywords that name other scripts.
NAMED = ("required-start", "should-start", "x-start-before")


class Scripts:
    """The scripts of a folder: their headers, the tiers of those that start at boot, and the facilities."""

    def __init__(
        self,
        headers: Mapping[str, Header],
        tiers: Mapping[str, str],
        facilities: Mapping[str, tuple[Name, ...]],
        problems: Problems,
    ) -> None:
        self._headers = headers
        self._tiers = tiers
        self._facilities = facilities
        self._problems = problems
        provided: dict[str, list[str]] = {}
        for name, header in headers.items():
            for item in (name, *(found.text for found in header.of("provides"))):
                provided.setdefault(item, []).append(name)
        self._provided = {item: tuple(dict.fromkeys(names)) for item, names in provided.items()}
        #: What scripts name: whatever else one provides is of no use to the others.
        self._named = {item.text for header in headers.values() for key in NAMED for item in header.of(key)}
        #: The scripts that come after all others.
        self._last = {name for name in tiers if any(item.text == ALL for item in headers[name].of("required-start"))}

    def drivers(self) -> list[Driver]:
        """Return a driver for each script that starts at boot."""
        return [self._driver(name, tier) for name, tier in self._tiers.items()]

    def _driver(self, name: str, tier: str) -> Driver:
        header = self._headers[name]
        edges: dict[tuple[Kind, str], Dependency] = {}
        for item in self._edges(name, header):
            edges.setdefault((item.kind, item.target), item)
        provides = dict.fromkeys(item.text for item in header.of("provides"))
        return Driver(
            name,
            tier=tier,
            dependencies=tuple(edges.values()),
            provides=tuple(item for item in provides if item in self._named and item not in self._tiers),
            description=header.description,
            origin=origin_of(header.place),
        )

    def _edges(self, name: str, header: Header) -> Iterator[Dependency]:
        for item in header.of("required-start"):
            yield from self._edge(Kind.REQUIRES, name, item)
        for keyword, kind in (("should-start", Kind.AFTER), ("x-start-before", Kind.BEFORE)):
            for item in header.of(keyword):
                yield from (found for found in self._edge(kind, name, item) if not self._is_apart(name, found))

    def _is_apart(self, name: str, dependency: Dependency) -> bool:
        """Return whether a wish is void because the other script starts in another tier, as insserv has it."""
        others = self._starting(dependency.target)
        return bool(others) and all(self._tiers[other] != self._tiers[name] for other in others)

    def _edge(self, kind: Kind, name: str, item: Name) -> Iterator[Dependency]:
        """Yield what a name stands for: a script, or the members of a facility that are there."""
        if item.text == ALL:
            for other in self._tiers:
                if other not in self._last and self._tiers[other] == self._tiers[name]:
                    yield edge(Kind.AFTER, Name(item.place, other), reason=ALL)
        elif item.text.startswith("$"):
            yield from self._facility(kind, name, item)
        elif name not in self._starting(item.text):
            stops_only = item.text in self._provided and not self._starting(item.text)
            if not stops_only:
                yield edge(kind, item, optional=kind is not Kind.REQUIRES)

    def _facility(self, kind: Kind, name: str, item: Name) -> Iterator[Dependency]:
        providers = self._starting(item.text)
        if not providers and item.text not in self._facilities and item.text not in KNOWN:
            self._problems.warning(item.place, f"no file says what {item.text!r} stands for", name)
        order = Kind.AFTER if kind is Kind.REQUIRES else kind
        named = (script for member in members(item.text, self._facilities) for script in self._starting(member))
        for script in dict.fromkeys((*providers, *named)):
            if script != name:
                yield edge(order, Name(item.place, script), reason=item.text)

    def _starting(self, name: str) -> tuple[str, ...]:
        """Return the scripts of a name that start at boot."""
        return tuple(script for script in self._provided.get(name, ()) if script in self._tiers)

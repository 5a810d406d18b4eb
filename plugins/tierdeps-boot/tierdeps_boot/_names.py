"""Names in foreign files, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps import Dependency, Kind, Origin

if TYPE_CHECKING:
    from tierdeps_boot._problems import Place


class Name(NamedTuple):
    """A name, and where it stands."""

    place: Place
    text: str


def origin_of(place: Place, key: str = "") -> Origin:
    """Return a place as an origin."""
    return Origin(place.file, place.line or None, key)


def edge(kind: Kind, name: Name, *, optional: bool = False, key: str = "", reason: str = "") -> Dependency:
    """Return the dependency that a name in a foreign file declares."""
    return Dependency(kind, name.text, reason=reason, origin=origin_of(name.place, key), optional=optional)

"""All units of a source with all that they say of each other, implicitly too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.implicit import implicit_links, paths_needed
from tierdeps_boot.systemd.links import PULLING, Link, links_of
from tierdeps_boot.systemd.names import mounts_for
from tierdeps_boot.systemd.units import PERPETUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps_boot.systemd.implicit.paths import PathNeed
    from tierdeps_boot.systemd.units import Unit, Units

#: More than any host has. Two references in a template can double the units with each letter of an instance.
MAX_UNITS = 1 << 15
#: What a target gets an order after, unless it has one before.
_TARGETED = PULLING | {"Requisite"}


class Boot(NamedTuple):
    """The units, and their links by unit; targets of links have the names that their aliases lead to."""

    units: dict[str, Unit]
    links: list[Link]


class TooManyUnitsError(Exception):
    """There are more units than are read."""


def load(units: Units, names: Iterable[str], limit: int = MAX_UNITS) -> Boot:
    """Load units, and all others that they name, directly or not. Raises TooManyUnitsError."""
    found: dict[str, Unit] = {}
    links: list[Link] = []
    needs: list[PathNeed] = []
    waiting = [*names, *PERPETUAL]
    while waiting:
        unit = units.get(waiting.pop())
        if unit is None or unit.name in found:
            continue
        found[unit.name] = unit
        if len(found) > limit:
            raise TooManyUnitsError(f"expected no more than {limit} units; does {unit.name} name ever more instances?")
        own = [link._replace(target=units.canonical(link.target)) for link in (*links_of(unit), *implicit_links(unit))]
        paths = list(paths_needed(unit))
        waiting += [link.target for link in own]
        waiting += [name for need in paths for name in mounts_for(need.path) if name in units.folders.files]
        links += [link for link in own if link.target != unit.name]
        needs += paths
    links += _mount_links(units, needs, found)
    links += _target_links(found, links)
    return Boot(found, list(dict.fromkeys(links)))


def _mount_links(units: Units, needs: Iterable[PathNeed], found: dict[str, Unit]) -> Iterator[Link]:
    """Yield an order after every mount that a path is below of, and the verb where that mount has a file."""
    for need in needs:
        for name in mounts_for(need.path):
            mount = found.get(units.canonical(name)) if name in units.folders.files or name == "-.mount" else None
            if mount is None or mount.name == need.unit:
                continue
            yield Link("After", need.unit, mount.name, need.file, need.line, need.why)
            if mount.has_file and mount.name != "tmp.mount":
                yield Link(need.verb, need.unit, mount.name, need.file, need.line, need.why)


def _target_links(found: dict[str, Unit], links: Iterable[Link]) -> Iterator[Link]:
    """Yield that targets come after what they pull in, unless that is reversed or default dependencies are off."""
    links = list(links)
    earlier = {(link.unit, link.target) for link in links if link.verb == "Before"}
    earlier |= {(link.target, link.unit) for link in links if link.verb == "After"}
    for link in links:
        target, other = found[link.unit], found.get(link.target)
        if target.type != "target" or link.verb not in _TARGETED or other is None:
            continue
        if target.default_dependencies and other.default_dependencies and (target.name, other.name) not in earlier:
            why = "a target comes after what it pulls in"
            yield Link("After", target.name, other.name, link.file, link.line, why)

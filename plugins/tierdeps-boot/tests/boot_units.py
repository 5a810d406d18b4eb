"""Trees of units for tests, and what is said in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Declarations, Finding, Source
from tierdeps_boot.systemd import IMPORTER
from tierdeps_boot.systemd.boot import Boot, load
from tierdeps_boot.systemd.folders import scan
from tierdeps_boot.systemd.places import place_of
from tierdeps_boot.systemd.units import Units

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps import Dependency

VENDOR, ADMIN = "usr/lib/systemd/system", "etc/systemd/system"
#: Without the dependencies that every service has.
BARE = "[Unit]\nDefaultDependencies=no\n"


def write(root: Path, files: Mapping[str, str | None]) -> Path:
    """Write files below a root; a text that begins with ``->`` is a link, None is a folder."""
    for name, text in files.items():
        path = root / (name if "/" in name else f"{ADMIN}/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.mkdir()
        elif text.startswith("->"):
            path.symlink_to(text.removeprefix("->").strip())
        else:
            path.write_text(text)
    return root


def source(path: Path, name: str = "tree") -> Source:
    return Source(name, path)


def boot_of(path: Path) -> Boot:
    """Load all units of a tree."""
    place = place_of(source(path))
    units = Units(scan(place.folders), has_special=not place.is_whole)
    return load(units, sorted(name for name in units.folders.files if "@." not in name))


def said(boot: Boot, name: str, verb: str) -> set[str]:
    """Return what a unit says with a verb."""
    return {link.target for link in boot.links if (link.unit, link.verb) == (name, verb)}


def read(path: Path, name: str = "tree") -> Declarations:
    return IMPORTER.read(source(path, name))


def dependencies(found: Declarations, name: str) -> dict[str, list[Dependency]]:
    """Return the dependencies of a driver by their targets."""
    (driver,) = (driver for driver in found.drivers if driver.name == name)
    by_target: dict[str, list[Dependency]] = {}
    for item in driver.dependencies:
        by_target.setdefault(item.target, []).append(item)
    return by_target


def verbs(found: Declarations, name: str) -> dict[str, list[str]]:
    """Return the verbs of a driver's dependencies by their targets."""
    return {target: [str(item.kind) for item in group] for target, group in dependencies(found, name).items()}


def findings(found: Declarations) -> list[Finding]:
    return [item for item in found.findings if isinstance(item, Finding)]


def messages(found: Declarations) -> list[str]:
    return [item.message for item in findings(found)]

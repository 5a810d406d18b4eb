"""The importer: from init scripts to declarations, in the tiers S and 2-5."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import Tier
from tierdeps_boot._declared import declared
from tierdeps_boot._files import entries, listed, shown
from tierdeps_boot._names import origin_of
from tierdeps_boot._problems import Place, Problems
from tierdeps_boot.lsb.convert import Scripts
from tierdeps_boot.lsb.detect import folder_of
from tierdeps_boot.lsb.facilities import facilities
from tierdeps_boot.lsb.header import header_of

if TYPE_CHECKING:
    from tierdeps import Declarations, Source
    from tierdeps_boot.lsb.header import Header

_LINK = re.compile(r"S\d\d(.+)")
_BOOT, _MULTI = "S", "2-5"
#: Files in the folder that are no scripts.
_SKIPPED = re.compile(r"README|skeleton|rcS?|Makefile|core|.*(~|\.(bak|orig|rej|old|new|swp|core|dpkg-\w+|ucf-\w+))")


def read(source: Source) -> Declarations:
    """Return a driver for each script that starts at boot."""
    folder = folder_of(source.path or Path(source.name))
    problems = Problems()
    headers = {
        path.name: header
        for path in entries(folder, problems, folder.parent, _SKIPPED)
        if path.is_file() and (header := _header(path, problems)) is not None
    }
    enabled = _enabled(folder, problems)
    tiers = {name: tier for name, header in headers.items() if (tier := _tier(name, header, enabled)) is not None}
    scripts = Scripts(headers, tiers, facilities(folder.parent, problems), problems)
    place = Place(shown(folder))
    order = (Tier(_BOOT, origin=origin_of(place)), Tier(_MULTI, after=(_BOOT,), origin=origin_of(place)))
    return declared(source.name, scripts.drivers(), problems, tiers=order)


def _header(path: Path, problems: Problems) -> Header | None:
    """Return the header that counts for a script: that of the administrator, the one of the vendor, its own."""
    etc = path.parent.parent
    for folder in (etc / "insserv/overrides", etc.parent / "usr/share/insserv/overrides"):
        if (folder / path.name).is_file() and (found := header_of(folder / path.name, problems)) is not None:
            return found
    found = header_of(path, problems)
    if found is None and path.is_file():
        problems.warning(Place(shown(path)), "has no header that says what it requires", path.name)
    return found


def _enabled(folder: Path, problems: Problems) -> dict[str, set[str]]:
    """Return the scripts that links start, by level; none if there is no link at all."""
    found: dict[str, set[str]] = {}
    for level in "S2345":
        links = folder.parent / f"rc{level}.d"
        for path in listed(links, problems) if links.is_dir() else ():
            if match := _LINK.fullmatch(path.name):
                found.setdefault(level, set()).add(match[1])
                if not os.path.lexists(folder / match[1]):
                    problems.warning(Place(shown(path)), f"starts {match[1]!r}, and there is no such script")
    return found


def _tier(name: str, header: Header, enabled: dict[str, set[str]]) -> str | None:
    """Return the tier that a script starts in; None if it does not start at boot."""
    levels = {level for level, names in enabled.items() if name in names} if enabled else header.levels
    if _BOOT in levels:
        return _BOOT
    return _MULTI if levels & set("2345") else None

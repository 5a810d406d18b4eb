"""The importer: from a dependency tree, or from scripts, to declarations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import Tier
from tierdeps_boot._declared import declared
from tierdeps_boot._files import decode, entries, shown
from tierdeps_boot._names import origin_of
from tierdeps_boot._problems import Place, Problems
from tierdeps_boot.openrc.configuration import configured
from tierdeps_boot.openrc.convert import drivers
from tierdeps_boot.openrc.deptree import services_of
from tierdeps_boot.openrc.detect import folder_of
from tierdeps_boot.openrc.runlevels import runlevels, tiers
from tierdeps_boot.openrc.script import service_of

if TYPE_CHECKING:
    from tierdeps import Declarations, Source

#: Files in the folder that are no services: some are links to their documentation.
_SKIPPED = re.compile(r"README.*|rcS?|.*~")


def read(source: Source) -> Declarations:
    """Return a driver for each service; runlevels are tiers, and what is in none of them is not active."""
    path = source.path or Path(source.name)
    problems = Problems()
    if source.data is not None:
        text = decode(source.data, shown(path), problems)
        return declared(source.name, drivers(services_of(text or "", shown(path), problems), {}), problems)
    folder = folder_of(path)
    services = {
        script.name: configured(service, folder.parent, problems)
        for script in entries(folder, problems, folder.parent, _SKIPPED)
        if script.is_file() and (service := service_of(script, problems)) is not None
    }
    levels = runlevels(folder.parent, problems)
    for level, names in levels.items():
        for name in names:
            if name not in services:
                place = Place(shown(folder.parent / "runlevels" / level / name))
                problems.error(place, f"is in the runlevel {level!r}, and there is no such script")
    order = tuple(levels)
    made = [
        Tier(level, after=order[:number][-1:], origin=origin_of(Place(shown(folder.parent / "runlevels" / level))))
        for number, level in enumerate(order)
    ]
    found = drivers(services, tiers(services, levels))
    return declared(source.name, found, problems, tiers=made)

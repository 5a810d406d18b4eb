"""The importer: each line is a process; they start together, in no order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import DeclarationError, Driver, Process
from tierdeps_boot._declared import declared
from tierdeps_boot._files import decode, read_text, shown
from tierdeps_boot._names import origin_of
from tierdeps_boot._problems import Place, Problems
from tierdeps_boot.procfile.detect import NAME

if TYPE_CHECKING:
    from tierdeps import Declarations, Source

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")
#: Runs once before the others, as Heroku does it at a release.
_RELEASE = "release"


def read(source: Source) -> Declarations:
    """Return a driver for each line, whose command a shell runs as foreman does; nothing is run here."""
    path = source.path or Path(source.name)
    problems = Problems()
    if source.data is None:
        path /= NAME
        text = read_text(path, problems)
    else:
        text = decode(source.data, shown(path), problems)
    drivers: dict[str, Driver] = {}
    for number, raw in enumerate((text or "").split("\n"), 1):
        line, place = raw.strip(), Place(shown(path), number)
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            problems.error(place, "expected NAME: COMMAND")
        elif found[1] in drivers:
            problems.error(place, f"expected each name once, got {found[1]!r} again", found[1])
        elif (driver := _driver(found[1], found[2], place, problems)) is not None:
            drivers[found[1]] = driver
    return declared(source.name, list(drivers.values()), problems)


def _driver(name: str, command: str, place: Place, problems: Problems) -> Driver | None:
    try:
        process = Process(("/bin/sh", "-c", command), ready="exit" if name == _RELEASE else None)
    except DeclarationError as error:
        problems.error(place, str(error), name)
        return None
    return Driver(name, process=process, origin=origin_of(place))

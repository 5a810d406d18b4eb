"""System facilities, such as ``$network``: ``insserv.conf`` says which scripts each one stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot._files import entries, read_text, shown
from tierdeps_boot._names import Name
from tierdeps_boot._problems import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps_boot._problems import Problems

#: The facility that stands for all other scripts.
ALL = "$all"
#: Facilities that are there without any script, where no file says what they are.
KNOWN = frozenset(
    {"$local_fs", "$network", "$named", "$portmap", "$remote_fs", "$syslog", "$time", "$x-display-manager"}
)


def facilities(etc: Path, problems: Problems) -> dict[str, tuple[Name, ...]]:
    """Return the members of each facility; a member with a plus sign may be absent, as may all of them at a start."""
    found: dict[str, tuple[Name, ...]] = {}
    folder = etc / "insserv.conf.d"
    files = [etc / "insserv.conf", *(entries(folder, problems) if folder.is_dir() else ())]
    for file in files:
        text = read_text(file, problems) if file.is_file() else ""
        for number, line in enumerate((text or "").split("\n"), 1):
            name, *members = line.split("#")[0].split() or [""]
            if name.startswith("$"):
                place = Place(shown(file), number)
                found[name] = found.get(name, ()) + tuple(Name(place, member.removeprefix("+")) for member in members)
            elif name and not name.startswith("<"):
                problems.error(
                    Place(shown(file), number), f"expected the name of a facility, such as $network, got {name!r}"
                )
    return found


def members(facility: str, known: Mapping[str, tuple[Name, ...]]) -> list[str]:
    """Return the scripts that a facility stands for, whatever facilities it is made of."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [facility]
    while waiting:
        name = waiting.pop()
        if not name.startswith("$"):
            found[name] = None
        elif name not in seen:
            seen.add(name)
            waiting += [item.text for item in reversed(known.get(name, ()))]
    return list(found)

"""How implicit links are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.systemd.links import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.unit_file import Entry
    from tierdeps_boot.systemd.units import Unit


def adding(unit: Unit, target: str, verbs: str, why: str, entry: Entry | None = None) -> Iterator[Link]:
    """Yield a link for each of some verbs, said by an entry or else by the unit's file as a whole."""
    if target == unit.name:
        return
    file, line = (entry.file, entry.line) if entry is not None else (unit.file, 0)
    for verb in verbs.split():
        yield Link(verb, unit.name, target, file, line, why)

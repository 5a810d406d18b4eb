"""Units that systemd cannot start because of what a required unit requires, in whatever order these two are."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tierdeps_boot.systemd.links import REQUIRING

if TYPE_CHECKING:
    from tierdeps_boot.systemd.boot import Boot


def find_lacking(boot: Boot) -> dict[str, str]:
    """Return the units that cannot start for want of a unit that is not there, each with that one's name."""
    found: dict[str, str] = {}
    requiring: dict[str, list[str]] = {}
    for link in boot.links:
        if link.verb in REQUIRING and link.target in boot.units:
            requiring.setdefault(link.target, []).append(link.unit)
        elif link.verb in REQUIRING:
            found.setdefault(link.unit, link.target)
    unvisited = deque(found)
    while unvisited:
        name = unvisited.popleft()
        for unit in requiring.get(name, ()):
            if unit not in found:
                found[unit] = found[name]
                unvisited.append(unit)
    return found

"""The choice of the plugins to load, made before any of them is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.entry_points import canonical
from tierdeps.errors import UnknownNameError
from tierdeps.model import Plugin, PluginStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps._util.entry_points import EntryPoint


def choose(points: Sequence[EntryPoint], only: Iterable[str], block: Iterable[str]) -> Iterator[Plugin]:
    """Yield a record of each plugin: blocked, duplicate, or else active until its import fails.

    Raises UnknownNameError for a name that matches no plugin.
    """
    kept = _matching(points, only) or set(points)
    blocked = _matching(points, block)
    for point in points:
        rivals = [other for other in points if other.name == point.name and other in kept - blocked]
        if point in blocked:
            yield _record(point, PluginStatus.BLOCKED, "is blocked")
        elif point not in kept:
            yield _record(point, PluginStatus.BLOCKED, "is not selected by only")
        elif len(rivals) > 1:
            yield _record(point, PluginStatus.DUPLICATE, _name_conflict(rivals))
        else:
            yield _record(point, PluginStatus.ACTIVE, "")


def _matching(points: Iterable[EntryPoint], names: Iterable[str]) -> set[EntryPoint]:
    """Return what the names mean: a distribution first, so that one of two plugins of the same name can be named."""
    found = set()
    for name in names:
        mine = {point for point in points if canonical(point.distribution) == canonical(name)}
        mine = mine or {point for point in points if point.name == name}
        if not mine:
            raise UnknownNameError(
                "plugin", name, {item for point in points for item in (point.name, point.distribution)}
            )
        found |= mine
    return found


def _name_conflict(rivals: Sequence[EntryPoint]) -> str:
    packages = " and ".join(dict.fromkeys(f"{rival.distribution} {rival.version}".strip() for rival in rivals))
    ways = " or ".join(dict.fromkeys(f"--block {rival.distribution}" for rival in rivals))
    return f"is registered by {packages}; none of them is loaded; choose with {ways}, or --only DISTRIBUTION"


def _record(point: EntryPoint, status: PluginStatus, problem: str) -> Plugin:
    return Plugin(point.name, point.distribution, point.version, status, point.reference, problem)

"""Stand-ins for what a driver depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable


def company(driver: Driver, fakes: Iterable[Driver]) -> tuple[Driver, ...]:
    """Return the driver with all it depends on: the fakes given, and for every other name one that does nothing.

    Tiers are omitted: what stands in for a dependency has none, and the driver is tried by itself.
    """
    given = tuple(_bare(fake) for fake in fakes)
    there = {name for known in (driver, *given) for name in (known.name, *known.provides)}
    return (_bare(driver), *given, *_made_up(driver, there))


def _bare(driver: Driver) -> Driver:
    """Return it without its tier, and with a lifecycle: what has none is passed over, and cannot be made to fail."""
    return replace(driver, tier=None, lifecycle=driver.lifecycle or Lifecycle)


def _made_up(driver: Driver, there: set[str]) -> Iterable[Driver]:
    """Yield a driver for each name that nobody has, with the phases that are asked of it."""
    phases: dict[str, list[str]] = {}
    for target in _targets(driver):
        name, colon, phase = target.rpartition(":")
        if target in there or (colon and name in there):
            continue
        asked = phases.setdefault(name if colon else target, [])
        if colon and phase not in asked:
            asked.append(phase)
    for name, asked in phases.items():
        yield Driver(name, phases=tuple(asked) or ("start",), lifecycle=Lifecycle)


def _targets(driver: Driver) -> list[str]:
    """List what it names, in the order of its own phases: so the phases of others most likely are in theirs."""
    named = [item for item in driver.dependencies if item.kind is not Kind.CONFLICTS]
    place = {phase: index for index, phase in enumerate(driver.phases)}
    return [item.target for item in sorted(named, key=lambda item: place.get(item.phase or "", 0))]


def wanted(driver: Driver, among: Iterable[Driver]) -> tuple[str, ...]:
    """Name the drivers that it wants and does not require."""
    hard = {kind: {item.target for item in driver.dependencies if item.kind is kind} for kind in Kind}
    soft = hard[Kind.WANTS] - hard[Kind.REQUIRES]
    return tuple(other.name for other in among if _is_meant(other, soft) and not _is_meant(other, hard[Kind.REQUIRES]))


def _is_meant(driver: Driver, targets: set[str]) -> bool:
    names = (driver.name, *driver.provides)
    return any(name in targets or f"{name}:{phase}" in targets for name in names for phase in driver.phases)

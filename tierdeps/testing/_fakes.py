"""Stand-ins for what a driver depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def with_stand_ins(driver: Driver, fakes: Iterable[Driver]) -> tuple[Driver, ...]:
    """Return the driver, the given fakes, and a driver that does nothing for each other name that it depends on.

    Tiers are removed: a stand-in has none, and the driver is tested by itself.
    """
    given = tuple(_bare(fake) for fake in fakes)
    known = {name for item in (driver, *given) for name in (item.name, *item.provides)}
    return (_bare(driver), *given, *_stand_ins(driver, known))


def stand_ins_for(drivers: Sequence[Driver], fakes: Iterable[Driver] = ()) -> tuple[Driver, ...]:
    """Return the fakes, and a stand-in for all else that drivers depend on and that is not among them."""
    found = list(fakes)
    for driver in drivers:
        known = {name for item in (*drivers, *found) for name in (item.name, *item.provides)}
        found += _stand_ins(driver, known)
    return tuple(found)


def _bare(driver: Driver) -> Driver:
    """Return a driver without its tier, and with a lifecycle: without one, no call could be made to fail."""
    return replace(driver, tier=None, lifecycle=driver.lifecycle or Lifecycle)


def _stand_ins(driver: Driver, known: set[str]) -> Iterable[Driver]:
    """Yield a driver for each name that none of ``known`` has, with the phases that dependencies mention."""
    phases: dict[str, list[str]] = {}
    for target in _targets(driver):
        name, colon, phase = target.rpartition(":")
        if target in known or (colon and name in known):
            continue
        mentioned = phases.setdefault(name if colon else target, [])
        if colon and phase not in mentioned:
            mentioned.append(phase)
    for name, mentioned in phases.items():
        yield Driver(name, phases=tuple(mentioned) or ("start",), lifecycle=Lifecycle)


def _targets(driver: Driver) -> list[str]:
    """Return the targets of a driver, in the order of its own phases: most likely that of the targets' phases."""
    named = [item for item in driver.dependencies if item.kind is not Kind.CONFLICTS]
    place = {phase: index for index, phase in enumerate(driver.phases)}
    return [item.target for item in sorted(named, key=lambda item: place.get(item.phase or "", 0))]


def wanted(driver: Driver, among: Iterable[Driver]) -> tuple[str, ...]:
    """Return the names of the drivers that it wants and does not require."""
    hard = {kind: {item.target for item in driver.dependencies if item.kind is kind} for kind in Kind}
    soft = hard[Kind.WANTS] - hard[Kind.REQUIRES]
    return tuple(other.name for other in among if _is_meant(other, soft) and not _is_meant(other, hard[Kind.REQUIRES]))


def _is_meant(driver: Driver, targets: set[str]) -> bool:
    names = (driver.name, *driver.provides)
    return any(name in targets or f"{name}:{phase}" in targets for name in names for phase in driver.phases)

"""Stand-ins for what a driver depends on."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.lifecycle import Lifecycle, method_name
from tierdeps.model import Driver, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps.lifecycle import Context

NO_VALUES: Mapping[str, Mapping[str, object]] = MappingProxyType({})


def with_stand_ins(
    driver: Driver, fakes: Iterable[Driver], values: Mapping[str, Mapping[str, object]]
) -> tuple[Driver, ...]:
    """Return the driver, the given fakes, and a driver for each other name that it depends on.

    That one does nothing but publish its ``values``. Tiers are removed: a stand-in has none, and the driver is tested
    by itself.
    """
    given = tuple(_bare(fake) for fake in fakes)
    known = {name for item in (driver, *given) for name in (item.name, *item.provides)}
    return (_bare(driver), *given, *_stand_ins(driver, known, values))


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


def _stand_ins(
    driver: Driver, known: set[str], values: Mapping[str, Mapping[str, object]] = NO_VALUES
) -> Iterable[Driver]:
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
        declared = tuple(mentioned) or ("start",)
        host = name.rpartition("@")[2] if "@" in name and driver.host else driver.host
        yield Driver(name, phases=declared, lifecycle=_lifecycle(declared[0], values.get(name)), host=host)


def _lifecycle(phase: str, values: Mapping[str, object] | None) -> type[Lifecycle]:
    """Return a lifecycle that publishes values in a phase."""
    if not values:
        return Lifecycle

    async def publish(_: Lifecycle, context: Context) -> None:
        for key, value in values.items():
            context.publish(key, value)

    return type("StandIn", (Lifecycle,), {method_name(phase): publish})


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

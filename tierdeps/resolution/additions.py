"""Dependencies are added to drivers that others declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Addition, Declarations, Dependency


def add(declarations: Declarations, additions: Iterable[Addition]) -> Declarations:
    """Return the declarations with more dependencies, each behind those that its driver has.

    Additions to a driver that is not there are passed over. Of a roster only the drivers that are named are made.
    """
    together: dict[str, list[Dependency]] = {}
    for item in additions:
        together.setdefault(item.driver, []).append(item.dependency)
    if not together:
        return declarations
    if not isinstance(declarations.drivers, tuple):  # where they are few, nothing of the other kind is imported
        from tierdeps.resolution.extended import ExtendedRoster
        from tierdeps.resolution.roster import Roster

        if isinstance(declarations.drivers, Roster):
            return replace(declarations, drivers=ExtendedRoster.extend(declarations.drivers, together))
    drivers = (
        replace(driver, dependencies=(*driver.dependencies, *more)) if (more := together.get(driver.name)) else driver
        for driver in declarations.drivers
    )
    return replace(declarations, drivers=tuple(drivers))

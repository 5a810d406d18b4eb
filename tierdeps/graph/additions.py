"""Dependencies are added to drivers that others declare, before there is a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Addition, Declarations, Dependency


def add_dependencies(declarations: Declarations, additions: Iterable[Addition]) -> Declarations:
    """Return the declarations with more dependencies, each after those that its driver has.

    Additions to an unknown driver are ignored. Of bulk drivers of one tier only those that are named are made.
    """
    by_driver: dict[str, list[Dependency]] = {}
    for item in additions:
        by_driver.setdefault(item.driver, []).append(item.dependency)
    if not by_driver:
        return declarations
    if not isinstance(declarations.drivers, tuple):  # where there are few drivers, bulk is never imported
        from tierdeps.graph.bulk.drivers import BulkDrivers, ExtendedBulkDrivers
        from tierdeps.graph.bulk.tiered import TieredBulkDrivers

        bulk = declarations.drivers
        if isinstance(bulk, BulkDrivers) and not isinstance(bulk, TieredBulkDrivers):
            return replace(declarations, drivers=ExtendedBulkDrivers.extend(bulk, by_driver))
    drivers = (
        replace(driver, dependencies=(*driver.dependencies, *more)) if (more := by_driver.get(driver.name)) else driver
        for driver in declarations.drivers
    )
    return replace(declarations, drivers=tuple(drivers))

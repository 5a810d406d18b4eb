"""Origins: a declaration knows its line; the distribution that it came in is written on it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace

if TYPE_CHECKING:
    from tierdeps.model import Dependency, Driver, Origin, Plugin, Tier


def stamp_tier(tier: Tier, plugin: Plugin | None) -> Tier:
    """Return the tier with the plugin's distribution in its origin."""
    return replace(tier, origin=_stamp(tier.origin, plugin))


def stamp_driver(driver: Driver, plugin: Plugin | None) -> Driver:
    """Return the driver with the plugin's distribution in its origin and in those of its dependencies."""
    dependencies = tuple(stamp_dependency(item, plugin) for item in driver.dependencies)
    return replace(driver, dependencies=dependencies, origin=_stamp(driver.origin, plugin))


def stamp_dependency(dependency: Dependency, plugin: Plugin | None) -> Dependency:
    """Return the dependency with the plugin's distribution in its origin."""
    return replace(dependency, origin=_stamp(dependency.origin, plugin))


def _stamp(origin: Origin, plugin: Plugin | None) -> Origin:
    if origin.distribution or plugin is None:
        return origin
    return replace(origin, distribution=plugin.distribution, version=plugin.version)

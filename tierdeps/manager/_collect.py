"""The declarations of all plugins: tiers, drivers, and dependencies that plugins add to drivers of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tierdeps._util.frozen import replace
from tierdeps.manager import _answers
from tierdeps.model.hosts import on_hosts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.manager._host import Host
    from tierdeps.model import Dependency, Driver, Tier

T = TypeVar("T")
#: Declarations, each with the key of the plugin that it came from.
Owned = list[tuple[str, T]]


def collect(host: Host) -> tuple[tuple[Tier, ...], tuple[Driver, ...]]:
    """Return the tiers and drivers of all plugins, with added dependencies; of a plugin that fails, nothing."""
    tiers = [(key, tier) for key, (said,) in host.ask("tierdeps_tiers", _answers.tiers) for tier in said]
    declared = host.ask("tierdeps_drivers", _answers.drivers)
    drivers = [(key, driver) for key, (said,) in declared for driver in on_hosts(tuple(said), {})]
    added = _additions(host, [driver for _, driver in drivers])
    extended = [
        (key, replace(driver, dependencies=(*driver.dependencies, *_of_active(host, added[index]))))
        for index, (key, driver) in enumerate(drivers)
    ]
    _record(host, tiers, drivers)
    return _of_active(host, tiers), _of_active(host, extended)


def _additions(host: Host, drivers: Sequence[Driver]) -> list[Owned[Dependency]]:
    """Return the dependencies that plugins add to each driver."""
    added: list[Owned[Dependency]] = [[] for _ in drivers]
    calls = [{"driver": driver} for driver in drivers]
    for key, answers in host.ask("tierdeps_dependencies", _answers.dependencies, calls):
        for extra, dependencies in zip(added, answers, strict=True):
            extra.extend((key, item) for item in dependencies)
    return added


def _of_active(host: Host, owned: Owned[T]) -> tuple[T, ...]:
    return tuple(item for key, item in owned if host.is_active(key))


def _record(host: Host, tiers: Owned[Tier], drivers: Owned[Driver]) -> None:
    """Record in each plugin's state what it declared."""
    for key, plugin in host.records.items():
        if host.is_active(key):
            mine = [driver for owner, driver in drivers if owner == key]
            named = {tier.name for owner, tier in tiers if owner == key} | {
                driver.tier for driver in mine if driver.tier
            }
            names = tuple(sorted({driver.name for driver in mine}))
            host.records[key] = replace(plugin, drivers=names, tiers=tuple(sorted(named)))

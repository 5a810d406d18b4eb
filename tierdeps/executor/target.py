"""Aim at some drivers: the part of a plan that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.errors import DisabledTargetError, UnknownNameError
from tierdeps.executor.fitting import remember_whole
from tierdeps.model import Kind, Plan, PlannedTier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import PlannedDriver


def aimed(plan: Plan, targets: Iterable[str]) -> Plan:
    """Return the plan of these drivers and what they require or want, each in its place.

    Raises UnknownNameError or DisabledTargetError.
    """
    kept: set[str] = set()
    stack = list(targets)
    for name in stack:
        if name not in plan.drivers:
            raise UnknownNameError("driver", name, plan.drivers)
        if plan.drivers[name].disabled:
            raise DisabledTargetError(name)
    while stack:
        name = stack.pop()
        if name not in kept:
            kept.add(name)
            waits = (wait for group in plan.drivers[name].waits for wait in group)
            stack.extend(wait.step.driver for wait in waits if wait.kind in (Kind.REQUIRES, Kind.WANTS))
    tiers = (
        PlannedTier(tier.name, tuple(row for stage in tier.stages if (row := tuple(n for n in stage if n in kept))))
        for tier in plan.tiers
    )
    drivers = {name: _without(plan.drivers[name], kept) for name in plan.drivers if name in kept}
    planned = Plan(tuple(tier for tier in tiers if tier.stages), drivers, plan.facts, plan.problems)
    return remember_whole(planned, plan)


def _without(driver: PlannedDriver, kept: set[str]) -> PlannedDriver:
    """Leave out the order towards those that are left out; they may still be looked up, and are not there."""
    waits = tuple(tuple(wait for wait in group if wait.step.driver in kept) for group in driver.waits)
    gone = {wait.target for group in driver.waits for wait in group if wait.step.driver not in kept}
    return replace(driver, waits=waits, absent=(*driver.absent, *sorted(gone)))

"""One run in which everything starts in parallel, as by ``start``, and one driver, or several, is late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, Plan, PlannedDriver, PlannedTier, Policy, Step
from tierdeps.model.plan import Wait
from tierdeps.shake.poset import mask_of
from tierdeps.shake.run import isolated, observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.lifecycle import Context
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.run import MakeExecutor
    from tierdeps.shake.steps import Steps

#: How the names of the drivers start that late ones wait for; no driver that is declared can have such a name.
DELAY = "the delay of shake"
#: How much longer than it should the delay may take on a busy machine before it fails, in seconds.
GRACE = 60.0


class LateStart(Value):
    """The steps whose drivers are ``late``, and the steps (dependent, needed) that are ordered as well."""

    late: tuple[int, ...] = ()
    added: tuple[tuple[int, int], ...] = ()


class Lateness(Value):
    """How late a driver is, in seconds, and whether the tiers are ignored."""

    seconds: float
    across_tiers: bool = False


def with_late(plan: Plan, steps: Steps, start: LateStart, lateness: Lateness) -> Plan:
    """Return a plan in which some drivers start later than they could, and no driver ends the run by its failure.

    Each waits for one more driver, which takes that time and waits for the same steps as the late one. What waits for
    a late driver is late by that.
    """
    added: dict[Step, list[Step]] = {}
    for dependent, needed in start.added:
        added.setdefault(steps.steps[dependent], []).append(steps.steps[needed])
    drivers: dict[str, PlannedDriver] = {}
    late_ones = mask_of(start.late)
    for number in start.late:
        if not steps.order.before[number] & late_ones:
            late = plan.drivers[steps.steps[number].driver]
            delay = _delay(f"{DELAY}: {late.name}", late, lateness.seconds)
            drivers[delay.name] = delay
            added.setdefault(late.steps[0], []).append(delay.steps[0])
    drivers |= {name: _waiting(plan.drivers[name], added) for name in _sequence(steps, start)}
    if lateness.across_tiers:
        drivers = {name: replace(driver, tier="all") for name, driver in drivers.items()}
    drivers = {name: replace(driver, stage=stage) for stage, (name, driver) in enumerate(drivers.items(), 1)}
    names = ("all",) if lateness.across_tiers else tuple(tier.name for tier in plan.tiers)
    return Plan(tuple(_tier(name, drivers) for name in names), drivers, plan.facts)


def _delay(name: str, late: PlannedDriver, seconds: float) -> PlannedDriver:
    class Delay(Lifecycle):
        async def start(self, context: Context) -> None:
            del context
            await asyncio.sleep(seconds)

    return PlannedDriver(name, late.tier, 0, ("start",), late.waits[:1], Delay, policy=Policy(timeout=seconds + GRACE))


def _waiting(driver: PlannedDriver, added: Mapping[Step, list[Step]]) -> PlannedDriver:
    waits = tuple(
        (*declared, *(Wait(needed, Kind.BEFORE, DELAY) for needed in added.get(step, ())))
        for step, declared in zip(driver.steps, driver.waits, strict=True)
    )
    return replace(driver, waits=waits, policy=isolated(driver.policy))


def _sequence(steps: Steps, start: LateStart) -> Iterable[str]:
    """Return the drivers so that each comes after those that it waits for."""
    order = steps.order.copy()
    for dependent, needed in start.added:
        order.add(needed, dependent)
    return dict.fromkeys(steps.steps[number].driver for number in order.extension(lambda step, _left: step))


def _tier(name: str, drivers: Mapping[str, PlannedDriver]) -> PlannedTier:
    return PlannedTier(name, tuple((driver.name,) for driver in drivers.values() if driver.tier == name))


async def perform_late(plan: Plan, steps: Steps, start: LateStart, lateness: Lateness, make: MakeExecutor) -> Trial:
    """Start the plan with some drivers late, stop it, and return what was observed."""
    return await observed(with_late(plan, steps, start, lateness), steps, tuple(range(len(steps.steps))), make)

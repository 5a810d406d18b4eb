"""How long a start will take if each step takes as long as it did in earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.model import Plan, PlannedTier, Step

#: The share of steps that must be known: what takes long may be among the others.
MIN_KNOWN = 0.5


def expected_seconds(plan: Plan, durations: Mapping[str, float]) -> float | None:
    """Return the length of the longest way through the plan, in seconds; None where too little is known.

    ``durations`` are by ``driver:phase``; steps that it lacks take no time.
    """
    steps = [step for driver in plan for step in driver.steps]
    known = sum(str(step) in durations for step in steps)
    if not steps or known < MIN_KNOWN * len(steps):
        return None
    return sum(_tier_seconds(plan, tier, durations) for tier in plan.tiers)


def _tier_seconds(plan: Plan, tier: PlannedTier, durations: Mapping[str, float]) -> float:
    """Return the longest way through one tier: the barrier before it is waited for anyway."""
    needed: dict[Step, list[Step]] = {}
    for name in tier.drivers:
        driver = plan.drivers[name]
        previous: list[Step] = []
        for step, waits in zip(driver.steps, driver.waits, strict=True):
            needed[step] = [wait.step for wait in waits] + previous
            previous = [step]
    ends: dict[Step, float] = {}
    for step in _in_order(needed):
        start = max((ends.get(one, 0.0) for one in needed[step]), default=0.0)
        ends[step] = start + durations.get(str(step), 0.0)
    return max(ends.values(), default=0.0)


def _in_order(needed: Mapping[Step, Iterable[Step]]) -> list[Step]:
    """Return steps, each after those among them that it needs."""
    missing = {step: sum(one in needed for one in ones) for step, ones in needed.items()}
    followers: dict[Step, list[Step]] = {}
    for step, ones in needed.items():
        for one in ones:
            followers.setdefault(one, []).append(step)
    order = [step for step, count in missing.items() if not count]
    for step in order:  # grows while it is walked
        for follower in followers.get(step, ()):
            missing[follower] -= 1
            if not missing[follower]:
                order.append(follower)
    return order

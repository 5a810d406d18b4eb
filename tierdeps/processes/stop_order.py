"""The stop order of a plan's processes, for the orphan guard, which does not know the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.processes.orphan_guard_state import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from tierdeps.model import Plan, PlannedDriver


class StopOrder:
    """The stop order of one plan; ``seconds`` is the default stop timeout."""

    def __init__(self, plan: Plan, seconds: float) -> None:
        self._drivers = plan.drivers
        self._tiers = {tier.name: number for number, tier in enumerate(plan.tiers)}
        self._seconds = seconds

    def of(self, driver: str, key: Callable[[str], str], started: Container[str]) -> Order:
        """Return when a driver's process is stopped; ``key`` maps names to the guard's words.

        Drivers that are no processes are skipped: what depends on them depends on what they depend on.
        """
        planned = self._drivers.get(driver)
        if planned is None:
            return Order()
        seconds = planned.policy.stop_timeout or self._seconds
        needs = frozenset(map(key, self._needs(planned, started)))
        return Order(self._tiers[planned.tier], seconds, needs)

    def _needs(self, planned: PlannedDriver, started: Container[str]) -> set[str]:
        """Return the processes of the same tier that a driver waits for; the search ends at those that ``started``."""
        found: set[str] = set()
        seen = {planned.name}
        stack = [planned]
        while stack:
            for waits in stack.pop().waits:
                for wait in waits:
                    other = self._drivers[wait.step.driver]
                    if other.name in seen or other.tier != planned.tier:
                        continue
                    seen.add(other.name)
                    if other.process is not None:
                        found.add(other.name)
                    if other.process is None or other.name not in started:
                        stack.append(other)
        return found

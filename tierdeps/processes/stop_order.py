"""When each process of a plan is stopped, as the executor would: for the guard, which knows no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.processes.orphan_guard_state import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from tierdeps.model import Plan, PlannedDriver


class StopOrder:
    """The order of one plan; ``seconds`` is the stop timeout of drivers that have none of their own."""

    def __init__(self, plan: Plan, seconds: float) -> None:
        self._drivers = plan.drivers
        self._tiers = {tier.name: number for number, tier in enumerate(plan.tiers)}
        self._seconds = seconds

    def of(self, driver: str, key: Callable[[str], str], started: Container[str]) -> Order:
        """Return when a driver's process is stopped; drivers go by their ``key``, and ``started`` are those that did.

        What is no process is passed through: what needs it needs what it needs.
        """
        planned = self._drivers.get(driver)
        if planned is None:
            return Order()
        seconds = planned.policy.stop_timeout or self._seconds
        needs = frozenset(map(key, self._needs(planned, started)))
        return Order(self._tiers[planned.tier], seconds, needs)

    def _needs(self, planned: PlannedDriver, started: Container[str]) -> set[str]:
        """Return the processes of its tier that a driver waits for; beyond those that started none has to be named."""
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

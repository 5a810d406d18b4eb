"""What other systems cannot express, collected while a plan is written: each message once, with all its drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Loss, OnFailure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps import Plan
    from tierdeps_boot._exporters.units import Unit


class Losses:
    """Messages with the drivers of which they are true, in the order in which they were added."""

    def __init__(self) -> None:
        self._drivers: dict[str, dict[str, None]] = {}

    def add(self, message: str, *drivers: str) -> None:
        """Add a loss; the same one of another driver joins it."""
        self._drivers.setdefault(message, {}).update(dict.fromkeys(drivers))

    def add_if(self, condition: object, message: str, unit: Unit) -> None:
        """Add a loss of a unit's driver if the condition holds."""
        if condition and unit.driver is not None:
            self.add(message, unit.driver.name)

    @property
    def found(self) -> tuple[Loss, ...]:
        """All losses."""
        return tuple(Loss(message, tuple(drivers)) for message, drivers in self._drivers.items())


def add_common(losses: Losses, plan: Plan, units: Iterable[Unit]) -> None:
    """Add what none of the systems can express: lifecycles in Python, retries, and undoing a failed start."""
    for unit in units:
        driver = unit.driver
        if driver is None:
            continue
        losses.add_if(
            driver.lifecycle is not None and not driver.disabled,
            "a lifecycle in Python cannot be run; a milestone takes its place",
            unit,
        )
        losses.add_if(unit.process and driver.policy.retries, "a start that failed is not tried again", unit)
    undone = [driver.name for driver in plan if driver.process and driver.policy.on_failure in (None, OnFailure.ABORT)]
    if len(undone) > 1:
        losses.add("what has started keeps running when another one fails to start", *undone)

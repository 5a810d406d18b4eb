"""How long each step takes: what its driver states, or the default, and what a ``--what-if`` changes of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.errors import DeclarationError, UnknownNameError
from tierdeps.timing import parse_timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.model import Plan, PlannedDriver, Step
    from tierdeps.timing import Timing

#: How long a step takes that has neither a timing nor a lifecycle to run.
DEFAULT_TIMING = "lognormal(0.05, 0.5)"
_FACTOR = re.compile(r"\s*x\s*([0-9.eE+-]+)\s*")


class StepTiming(Value):
    """The timing of a step; what is drawn is multiplied by ``factor``. ``assumed``: its driver states none."""

    timing: Timing
    factor: float = 1.0
    assumed: bool = False

    def seconds(self, one: float, other: float) -> float:
        """Return how long the step takes for two uniform numbers."""
        return min(self.timing.at(one, other) * self.factor, MAX_DURATION_S)


def is_run(driver: PlannedDriver) -> bool:
    """Return whether the lifecycle of a driver is really run, for it has no timing."""
    return driver.lifecycle is not None and not driver.timing


def step_timings(plan: Plan, changes: Iterable[str] = ()) -> dict[Step, StepTiming]:
    """Return the timing of each step of a plan, in its order.

    Raises DeclarationError for a timing or a change that cannot be read, UnknownNameError for a name in it that the
    plan does not have.
    """
    found = {step: timing for driver in plan for step, timing in _declared(driver).items()}
    for change in changes:
        _apply(plan, found, change)
    return found


def _declared(driver: PlannedDriver) -> Mapping[Step, StepTiming]:
    declared = dict(driver.timing)
    found = {}
    for step in driver.steps:
        text = declared.pop(step.phase, None)
        timing = parse_timing(DEFAULT_TIMING if text is None else text, f"timing of {step}")
        found[step] = StepTiming(timing, assumed=text is None and not is_run(driver))
    for phase in declared:
        raise UnknownNameError(f"phase of {driver.name!r}", phase, driver.phases)
    return found


def _apply(plan: Plan, timings: dict[Step, StepTiming], change: str) -> None:
    """Apply ``DRIVER[:PHASE]=xFACTOR`` or ``DRIVER[:PHASE]=TIMING``; without a phase, to all phases."""
    name, mark, text = change.rpartition("=")
    if not mark or not name:
        raise DeclarationError("--what-if", "DRIVER[:PHASE]=xFACTOR or DRIVER[:PHASE]=TIMING", change)
    for step in _named(plan, name.strip()):
        before = timings[step]
        if factor := _FACTOR.fullmatch(text):
            timings[step] = replace(before, factor=before.factor * _number(factor[1], change))
        else:
            timing = parse_timing(text, f"--what-if {name}")
            thread = before.timing.thread if timing.thread is None else timing.thread
            timings[step] = StepTiming(replace(timing, thread=thread))


def _number(text: str, change: str) -> float:
    expected = f"a factor from 0 up to {MAX_DURATION_S}, as in x2 or x0.5"
    try:
        factor = float(text)
    except ValueError:
        raise DeclarationError("--what-if", expected, change) from None
    if not 0 <= factor <= MAX_DURATION_S:
        raise DeclarationError("--what-if", expected, change)
    return factor


def _named(plan: Plan, name: str) -> list[Step]:
    """Return the steps of a driver, or the one step, that a change names."""
    driver_name, _, phase = (name, "", "") if name in plan.drivers else name.rpartition(":")
    driver_name = driver_name or phase
    if driver_name not in plan.drivers:
        raise UnknownNameError("driver", driver_name, plan.drivers)
    driver = plan.drivers[driver_name]
    if is_run(driver):
        raise DeclarationError(f"--what-if {name}", "a driver with a timing, for this one is really run", driver_name)
    if name == driver_name:
        return list(driver.steps)
    if phase not in driver.phases:
        raise UnknownNameError(f"phase of {driver_name!r}", phase, driver.phases)
    return [step for step in driver.steps if step.phase == phase]

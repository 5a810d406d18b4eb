"""One run of a plan in one order, one step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.model import Kind, OnFailure, Plan, PlannedTier
from tierdeps.model.plan import Wait
from tierdeps.shake.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.executor import Executor
    from tierdeps.model import PlannedDriver, Policy, Step
    from tierdeps.reporters import Reporter
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.steps import Steps

    #: Returns an executor of a plan that calls these reporters, and isolates failures.
    MakeExecutor = Callable[[Plan, Iterable[Reporter]], Executor]

#: What a step waits for only because of the order is looked up by nobody under this name.
ORDER = "the order of shake"


def in_order(plan: Plan, sequence: Sequence[Step]) -> Plan:
    """Return a plan of the same drivers in which each step also waits for the one before it in the sequence.

    There are no barriers, and no driver ends the run by its failure: as much as possible is to be seen of the others.
    """
    before = dict(zip(sequence[1:], sequence, strict=False))
    names = tuple(dict.fromkeys(step.driver for step in sequence))
    drivers = {name: _placed(plan.drivers[name], stage, before) for stage, name in enumerate(names, 1)}
    return Plan((PlannedTier("all", tuple((name,) for name in names)),), drivers, plan.facts)


def _placed(driver: PlannedDriver, stage: int, before: dict[Step, Step]) -> PlannedDriver:
    waits = tuple(
        (*declared, Wait(before[step], Kind.BEFORE, ORDER)) if step in before else declared
        for step, declared in zip(driver.steps, driver.waits, strict=True)
    )
    return replace(driver, tier="all", stage=stage, waits=waits, policy=isolated(driver.policy))


def isolated(policy: Policy) -> Policy:
    """Return a policy with which a failure does not end the run."""
    return replace(policy, on_failure=OnFailure.ISOLATE) if policy.on_failure is OnFailure.ABORT else policy


async def perform(plan: Plan, steps: Steps, order: tuple[int, ...], make: MakeExecutor, stay_up: float = 0.0) -> Trial:
    """Start the plan in an order, watch for a while whether it stays up, stop it, and return what was observed.

    It stays up for at least ``stay_up`` seconds, and as long as its processes must before they count as settled.
    """
    return await observed(in_order(plan, [steps.steps[number] for number in order]), steps, order, make, stay_up)


async def observed(plan: Plan, steps: Steps, order: tuple[int, ...], make: MakeExecutor, stay_up: float = 0.0) -> Trial:
    """Run a plan as it is, and return what was observed, as one run in that order."""
    recorder = Recorder(steps)
    executor = make(plan, (recorder,))
    try:
        await executor.start()
        settling = (driver.process.watch_time for driver in plan if driver.process is not None)
        if seconds := max(stay_up, *settling, 0.0):
            await executor.observe(seconds)
    finally:
        report = await executor.stop()
    return recorder.trial(order, report)

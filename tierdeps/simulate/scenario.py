"""What is simulated, in numbers: the steps, what each waits for, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value, replace
from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.model import Kind, OnSkipped, Plan, PlannedTier, Schedule, Step, Wait
from tierdeps.simulate.timings import StepTiming, is_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: In a comparison of two times, what is at most so much apart is one time: the executor's clock has a resolution, and
#: sums are rounded. About a microsecond, and no sum of decimal timings is just so long.
TOLERANCE_S = 2.0**-20
#: The same as a share of the time from the start, for very long ones.
RELATIVE_TOLERANCE = 1e-9


class Need(NamedTuple):
    """A step that needs another one; ``reason`` is the declared one."""

    step: Step
    needed: Step
    reason: str


class Scenario(Value):
    """A plan as it is scheduled, with its steps numbered in the order of the plan without a schedule.

    ``before[s]`` are the steps that step s waits for, the one before it in its own driver included. ``tiers`` have the
    steps of each tier, each after those that it waits for. Steps of disabled drivers are ``passed``: they take no time.
    ``limits`` has the timeout of each step. ``needs`` are checked, each as (a step, one that it needs).
    ``is_expressible`` is false where only the executor knows what happens.
    """

    plan: Plan
    steps: tuple[Step, ...]
    timings: tuple[StepTiming, ...]
    before: tuple[tuple[int, ...], ...]
    tiers: tuple[tuple[int, ...], ...]
    passed: frozenset[int]
    limits: tuple[float, ...]
    needs: tuple[tuple[int, int], ...]
    is_expressible: bool


def scenario_of(
    plan: Plan,
    registered: Sequence[str],
    schedule: Schedule,
    timings: Mapping[Step, StepTiming],
    needs: Iterable[Need],
) -> Scenario:
    """Return what is simulated of a plan under a schedule."""
    scheduled = plan if schedule == Schedule.PLAN else _in_sequence(plan, _sequence(plan, registered, schedule))
    steps = tuple(timings)
    number = {step: index for index, step in enumerate(steps)}
    before: list[tuple[int, ...]] = [()] * len(steps)
    for driver in scheduled:
        own: tuple[int, ...] = ()
        for step, waits in zip(driver.steps, driver.waits, strict=True):
            before[number[step]] = (*dict.fromkeys((*own, *(number[wait.step] for wait in waits))),)
            own = (number[step],)
    tiers = [
        [number[step] for name in tier.drivers for step in scheduled.drivers[name].steps] for tier in scheduled.tiers
    ]
    return Scenario(
        scheduled,
        steps,
        tuple(timings.values()),
        tuple(before),
        tuple(_in_order(tier, before) for tier in tiers),
        frozenset(number[step] for driver in plan if driver.disabled for step in driver.steps),
        tuple(plan.drivers[step.driver].policy.timeout or MAX_DURATION_S for step in steps),
        tuple((number[need.step], number[need.needed]) for need in needs),
        _is_expressible(scheduled),
    )


def _is_expressible(plan: Plan) -> bool:
    """Return whether all drivers are only timed, and none is blocked by a finding or by one that is disabled."""
    return not any(
        driver.blocked
        or is_run(driver)
        or any(
            wait.skipped is OnSkipped.BLOCK and plan.drivers[wait.step.driver].disabled
            for waits in driver.waits
            for wait in waits
        )
        for driver in plan
    )


def _in_order(tier: Sequence[int], before: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the steps of a tier, each after those of it that it waits for."""
    inside = set(tier)
    after: dict[int, list[int]] = {step: [] for step in tier}
    missing = dict.fromkeys(tier, 0)
    for step in tier:
        for needed in before[step]:
            if needed in inside:
                after[needed].append(step)
                missing[step] += 1
    ordered = [step for step in tier if not missing[step]]
    for step in ordered:  # grows while it is walked
        for other in after[step]:
            missing[other] -= 1
            if not missing[other]:
                ordered.append(other)
    return tuple(ordered)


def _sequence(plan: Plan, registered: Sequence[str], schedule: Schedule) -> list[Step]:
    """Return all steps in the order in which a program without a plan would run them."""
    rows = [plan.drivers[name].steps for name in registered]
    if schedule == Schedule.REGISTRATION:
        return [step for row in rows for step in row]
    passes = max((len(row) for row in rows), default=0)
    return [row[number] for number in range(passes) for row in rows if number < len(row)]


def _in_sequence(plan: Plan, sequence: Sequence[Step]) -> Plan:
    """Return a plan of the same drivers in which each step waits for the one before it in the sequence."""
    before = dict(zip(sequence[1:], sequence, strict=False))
    drivers = {}
    for number, name in enumerate(dict.fromkeys(step.driver for step in sequence), 1):
        driver = plan.drivers[name]
        waits = tuple(
            (Wait(before[step], Kind.AFTER, before[step].driver),) if step in before else () for step in driver.steps
        )
        drivers[name] = replace(driver, tier="all", stage=number, waits=waits)
    return Plan((PlannedTier("all", tuple((name,) for name in drivers)),), drivers, plan.facts)

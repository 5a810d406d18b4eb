"""The steps of a plan, numbered, with what is declared of their order, and what is to be found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.shake.poset import Poset, bits, mask_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from tierdeps.model import Plan, Step


class Steps(Value):
    """The steps of a plan by number, in the plan's own order, and their declared order.

    ``providers`` are the steps that others may need: the last ones of drivers, or with ``phases`` all of them.
    ``dependents`` are those that may need others. Steps of drivers that are excluded are in neither. The dependents in
    ``by_phase`` may need ``all_phases`` of others as well, not only their last ones.
    """

    steps: tuple[Step, ...]
    order: Poset
    providers: int
    dependents: int
    siblings: tuple[int, ...]
    all_phases: int = 0
    by_phase: int = 0

    def candidates(self, step: int) -> int:
        """Return the steps that a step may need without declaring it."""
        providers = self.all_phases if self.by_phase >> step & 1 else self.providers
        return providers & ~self.order.before[step] & ~self.order.after[step] & ~self.siblings[step]

    def undecided(self) -> list[int]:
        """Return by step those that some order has to put after it: nothing declared decides which one comes first."""
        found = [0] * len(self.steps)
        for step in bits(self.dependents):
            for other in bits(self.candidates(step)):
                found[other] |= 1 << step
                found[step] |= 1 << other
        return found


def steps_of(
    plan: Plan,
    *,
    across_tiers: bool = False,
    phases: bool = False,
    excluded: Collection[str] = (),
    lasting: Collection[str] = (),
    only: Collection[str] = (),
) -> Steps:
    """Return the steps of a plan, numbered in an order of its own.

    Those of ``excluded`` drivers are as early as possible, always. Those of ``lasting`` ones, of which something stays
    when they are stopped, come early in that first order, and nobody is said to need them. With ``only``, nothing is to
    be found out about what other drivers need.
    """
    steps, order = _sequence(plan, lasting, across_tiers=across_tiers)
    out = {driver.name for driver in plan if driver.name in excluded or driver.disabled or plan.is_milestone(driver)}
    own = {name: mask_of([number for number, step in enumerate(steps) if step.driver == name]) for name in plan.drivers}
    taking_part = [number for number, step in enumerate(steps) if step.driver not in out]
    if excluded:
        _pin(order, [number for number, step in enumerate(steps) if step.driver in out])
    last = {plan.drivers[name].steps[-1] for name in plan.drivers}
    all_phases = [number for number in taking_part if steps[number].driver not in lasting]
    providers = [number for number in all_phases if phases or steps[number] in last]
    dependents = [number for number in taking_part if not only or steps[number].driver in only]
    siblings = tuple(own[step.driver] for step in steps)
    return Steps(steps, order, mask_of(providers), mask_of(dependents), siblings, mask_of(all_phases))


def _sequence(plan: Plan, lasting: Collection[str], *, across_tiers: bool) -> tuple[tuple[Step, ...], Poset]:
    """Return the steps in an order of the plan's own, and what is declared of it."""
    steps = [step for driver in plan for step in driver.steps]
    order = _declared(plan, steps, across_tiers=across_tiers)
    sequence = order.extension(lambda number, _left: steps[number].driver not in lasting)
    place = {number: at for at, number in enumerate(sequence)}
    moved = Poset(len(steps))
    for number, at in place.items():
        moved.before[at] = mask_of([place[other] for other in bits(order.before[number])])
        moved.after[at] = mask_of([place[other] for other in bits(order.after[number])])
    return tuple(steps[number] for number in sequence), moved


def _declared(plan: Plan, steps: list[Step], *, across_tiers: bool) -> Poset:
    number = {step: at for at, step in enumerate(steps)}
    order = Poset(len(steps))
    for driver in plan:
        for previous, step in zip(driver.steps, driver.steps[1:], strict=False):
            order.add(number[previous], number[step])
        for step, waits in zip(driver.steps, driver.waits, strict=True):
            for wait in waits:
                order.add(number[wait.step], number[step])
    if not across_tiers:
        _raise_barriers(plan, order, number)
    return order


def _raise_barriers(plan: Plan, order: Poset, number: dict[Step, int]) -> None:
    """Let all of a tier come before all of the later ones; no dependency points to a later tier."""
    rows = [
        mask_of([number[step] for name in tier.drivers for step in plan.drivers[name].steps]) for tier in plan.tiers
    ]
    whole = (1 << order.count) - 1
    earlier = 0
    for row in rows:
        later = whole & ~earlier & ~row
        for step in bits(row):
            order.before[step] |= earlier
            order.after[step] |= later
        earlier |= row


def _pin(order: Poset, fixed: list[int]) -> None:
    """Give steps a fixed place relative to all others: as early as what is declared allows."""
    pinned = mask_of(fixed)
    sequence = order.extension(lambda step, _left: 0 if pinned >> step & 1 else 1)
    place = {number: at for at, number in enumerate(sequence)}
    for step in fixed:
        for other in range(order.count):
            if other != step:
                first, then = (step, other) if place[step] < place[other] else (other, step)
                order.add(first, then)

"""Which dependents go with a driver that is lost, or that is started again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import OnFailure, OnLoss, OnRestart, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.executor.compiled import CompiledPlan
    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun
    from tierdeps.model import Wait

    #: Returns whether a driver, by its index, goes with another one because of what it waits for.
    Couples = Callable[[Wait, int], bool]


def needs_success(wait: Wait, _index: int) -> bool:
    """Return whether the waiting driver cannot do without the other one."""
    return wait.needs_success


def stops_with(wait: Wait, _index: int) -> bool:
    """Return whether a driver that is up stops where the other one is lost, and nothing is ignored."""
    on_loss = wait.coupling.on_loss
    return wait.needs_success if on_loss is None else on_loss is OnLoss.STOP


def restarts_with(wait: Wait, _index: int) -> bool:
    """Return whether a driver that is up is started again where a reload or a coupling starts the other one again."""
    on_restart = wait.coupling.on_restart
    return wait.needs_success if on_restart is None else on_restart is OnRestart.RESTART


def dependents_of(
    compiled: CompiledPlan,
    roots: Iterable[int],
    couples: Couples,
    firm: Callable[[int], bool],
    of_roots: Couples | None = None,
) -> list[int]:
    """Return the indices of all that goes with one of the roots, and of what goes with that; sorted, without the roots.

    What is ``firm`` stays whatever becomes of what it waits for. ``of_roots`` says what goes with the roots themselves,
    where that differs.
    """
    known = set(roots)
    found: list[int] = []
    stack = [(index, of_roots or couples) for index in known]
    while stack:
        index, chosen = stack.pop()
        for step in compiled.steps_of(index):
            for owner in compiled.coupled(step, chosen):
                if owner not in known and not firm(owner):
                    known.add(owner)
                    found.append(owner)
                    stack.append((owner, couples))
    return sorted(found)


def stopped_with(plan: PlanRun, lost: DriverRun) -> list[DriverRun]:
    """Return what is to be stopped, or not to be started, because a driver is lost.

    What is adopted keeps running: this run did not start it. What has not started yet is blocked where it cannot do
    without the lost driver; its ``on_loss`` is about a driver that is up. Where the loss is ignored, only what declares
    to stop goes.
    """
    drivers = plan.drivers

    def couples(wait: Wait, index: int) -> bool:
        driver = drivers[index]
        return stops_with(wait, index) if driver.started or driver.is_up else wait.needs_success

    def declares(wait: Wait, index: int) -> bool:
        return wait.coupling.on_loss is OnLoss.STOP and couples(wait, index)

    of_roots = declares if lost.policy is OnFailure.IGNORE else couples
    found = dependents_of(plan.compiled, [lost.index], couples, plan.is_adopted, of_roots)
    return [drivers[index] for index in found if not drivers[index].stop_started]


def requires_all_along(plan: PlanRun, lost: DriverRun) -> set[int]:
    """Return the indices of what requires a driver, or requires what does."""
    return set(dependents_of(plan.compiled, [lost.index], needs_success, plan.is_adopted))


def started_again_with(plan: PlanRun, restarted: DriverRun) -> list[DriverRun]:
    """Return what is up, or coming up, and is to be started again because the process of a driver was.

    That one has started again by itself: only what declares ``on_restart = "restart"`` goes with it.
    """

    def declares(wait: Wait, _index: int) -> bool:
        return wait.coupling.on_restart is OnRestart.RESTART

    found = dependents_of(plan.compiled, [restarted.index], restarts_with, plan.is_adopted, declares)
    drivers = (plan.drivers[index] for index in found)
    return [driver for driver in drivers if driver.state in (State.STARTING, State.READY)]


def with_dependents(plan: PlanRun, drivers: Iterable[DriverRun]) -> set[DriverRun]:
    """Return drivers that are to be started again with all that is up and goes with them."""
    found = {driver.index for driver in drivers}
    found.update(dependents_of(plan.compiled, found, restarts_with, plan.is_adopted))
    return {plan.drivers[index] for index in found if plan.drivers[index].state is State.READY}

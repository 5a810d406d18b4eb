"""What the failure, the skip or the loss of a driver does to those that require it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.executor.coupling import requires_all_along
from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun


class BlockedSteps:
    """The blocked steps of one bring-up; ``finished`` are those of which nothing is to come any more."""

    def __init__(self, plan: PlanRun, finished: bytearray) -> None:
        self._plan = plan
        self._finished = finished
        #: By the number of a step, whether it is blocked.
        self.steps: bytearray = bytearray(len(finished))

    def block(self, step: int, root: str) -> list[DriverRun]:
        """Block a step and all that requires it; return the drivers that this blocks, disabled ones too."""
        compiled = self._plan.compiled
        stack = [step]
        found: dict[DriverRun, None] = {}
        while stack:
            step = stack.pop()
            driver = self._plan.drivers[compiled.owner[step]]
            settled = self._finished[step] or driver.start_state is State.ADOPTED or driver.ignored
            if settled or (self.steps[step] and root in driver.cause):
                continue
            self.steps[step] = 1
            found[driver] = None
            driver.cause |= {root}
            if step == driver.step and not _is_busy(driver) and not driver.planned.disabled:
                self.move(driver)
            if not compiled.last[step]:
                stack.append(step + 1)
            if driver.policy is not OnFailure.IGNORE:
                stack.extend(compiled.requiring(step))
        return list(found)

    def block_rest(self, driver: DriverRun) -> None:
        """Block what is still to come of a driver, whatever its next step waits for."""
        for step in self._plan.compiled.steps_of(driver.index)[driver.phase_index :]:
            self.steps[step] = 1

    def move(self, driver: DriverRun) -> None:
        """Bring a driver whose next step is blocked to the state of being so."""
        if driver.is_coming_up:
            driver.move(State.BLOCKED, driver.reason or self._why(driver))

    def _why(self, driver: DriverRun) -> str:
        causes = [(self._plan.driver(name), name) for name in sorted(driver.cause)]
        skipped = [cause for cause, _ in causes if cause.start_state is State.SKIPPED]
        refused = [cause for cause, _ in causes if cause.start_state is State.BLOCKED]
        failed = [name for cause, name in causes if cause.start_state not in (State.SKIPPED, State.BLOCKED)]
        parts = [f"{', '.join(failed)}, which failed"] if failed else []
        parts += [f"{cause.name}, which cannot start: {cause.reason}" for cause in refused]
        if len(skipped) == 1:
            parts.append(f"{skipped[0].name}, which was skipped: {skipped[0].reason}")
        elif skipped:
            parts.append(f"{', '.join(cause.name for cause in skipped)}, which were skipped")
        return f"it requires {' and '.join(parts)}"


def _is_busy(driver: DriverRun) -> bool:
    """Return whether a driver's routine is at work; where it is not, it waits for its turn or has none."""
    return driver.is_moving and (driver.turn is None or driver.turn.is_over)


def fail_lost(driver: DriverRun, reason: str) -> None:
    """Fail a driver that stopped working before its stop reached it; one that has failed keeps its first reason."""
    if driver.start_state in (State.STARTING, State.READY, State.ADOPTED):
        driver.ignored = driver.policy is OnFailure.IGNORE
        driver.move(State.FAILED, reason)


def block_with_lost(plan: PlanRun, lost: DriverRun, dependents: Iterable[DriverRun]) -> None:
    """Block what goes with a lost driver and is up by now; of what is not, remember why it is not to come up."""
    for driver in dependents:
        if driver.start_state not in (State.SKIPPED, State.FAILED):
            driver.cause |= {lost.name}
        if driver.start_state is State.READY:
            driver.move(State.BLOCKED, lost_reason(plan, lost, driver))


def lost_reason(plan: PlanRun, lost: DriverRun, driver: DriverRun) -> str:
    """Return why what goes with a lost driver is blocked."""
    verb = "requires" if driver.index in requires_all_along(plan, lost) else "is to stop with"
    return f"it {verb} {lost.name}, which was lost: {lost.reason}"


def block_later_tiers(plan: PlanRun, tier: int) -> None:
    """Report at once that nothing of the tiers behind one will start."""
    name, _, end = plan.compiled.tiers[tier]
    for driver in plan.drivers[end:]:
        if driver.start_state is State.PENDING:
            driver.move(State.BLOCKED, f"the tier {name} did not become ready")

"""What the failure, the skip, the loss or the restart of a driver does to those that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import OnFailure, OnLoss, OnRestart, State

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from tierdeps.executor.compiled import CompiledPlan, Quorum
    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun
    from tierdeps.model import Wait

    #: Returns whether a driver, by its index, goes with another one because of what it waits for.
    Couples = Callable[[Wait, int], bool]


#: The states of the members of a quorum that count, or may still come to count.
QUORATE = (State.PENDING, State.STARTING, State.READY, State.ADOPTED)


class BlockedSteps:
    """The blocked steps of one bring-up; ``finished`` are those of which nothing is to come any more."""

    def __init__(self, plan: PlanRun, finished: bytearray) -> None:
        self._plan = plan
        self._finished = finished
        #: By the number of a step, whether it is blocked.
        self.steps: bytearray = bytearray(len(finished))
        self._broken: dict[DriverRun, Quorum] = {}

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
            ignored = driver.policy is OnFailure.IGNORE
            stack.extend(self.broken_quorums(step) if ignored else self.requiring(step))
        return list(found)

    def requiring(self, step: int) -> list[int]:
        """Return the steps that are blocked where a step fails: those of quorums only where too few are left."""
        return [*self._plan.compiled.requiring(step), *self.broken_quorums(step)]

    def broken_quorums(self, step: int) -> list[int]:
        """Return the steps whose quorum can no longer be reached without a step; a failure that is ignored counts."""
        found: list[int] = []
        for quorum in self._plan.compiled.quorums_with(step):
            lacking = [member for member in quorum.members if not self._can_be_done(member)]
            if len(quorum.members) - len(lacking) >= quorum.atleast or self._finished[quorum.step]:
                continue
            driver = self._plan.drivers[self._plan.compiled.owner[quorum.step]]
            for member in lacking:
                other = self._plan.drivers[self._plan.compiled.owner[member]]
                driver.cause |= other.cause or {other.name}
            self._broken.setdefault(driver, quorum)
            found.append(quorum.step)
        return found

    def _can_be_done(self, step: int) -> bool:
        """Return whether a step is done, or is still to be; one of a driver that was lost is neither."""
        driver = self._plan.drivers[self._plan.compiled.owner[step]]
        if driver.start_state in (State.FAILED, State.BLOCKED):
            phase = step - self._plan.compiled.first[driver.index]
            return not self.steps[step] and phase < driver.phase_index < len(driver.planned.phases)
        return not self.steps[step] and driver.start_state in QUORATE

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
        stopped = [name for cause, name in causes if cause.start_state is State.STOPPED]
        others = (State.SKIPPED, State.BLOCKED, State.STOPPED)
        failed = [name for cause, name in causes if cause.start_state not in others]
        if driver in self._broken:
            quorum = self._broken[driver]
            lacking = ", ".join(sorted(driver.cause))
            return f"it requires {quorum.atleast} of {quorum.of}, and too few can become ready without {lacking}"
        parts = [f"{', '.join(failed)}, which failed"] if failed else []
        parts += [f"{', '.join(stopped)}, which {'were' if len(stopped) > 1 else 'was'} stopped"] if stopped else []
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
    why = f"{lost.name}, which was lost: {lost.reason}"
    if driver.index in requires_all_along(plan, lost):
        return f"it requires {why}"
    quorums = (wait for waits in driver.planned.waits for wait in waits if wait.of and wait.step.driver == lost.name)
    if quorum := next(quorums, None):
        return f"it requires {quorum.coupling.atleast} of {quorum.of}, and too few are left without {why}"
    return f"it is to stop with {why}"


def block_later_tiers(plan: PlanRun, tier: int) -> None:
    """Report at once that nothing of the tiers behind one will start."""
    name, _, end = plan.compiled.tiers[tier]
    for driver in plan.drivers[end:]:
        if driver.start_state is State.PENDING:
            driver.move(State.BLOCKED, f"the tier {name} did not become ready")
        if driver.start_state is State.BLOCKED:
            driver.closed_by = frozenset()


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


def stopped_with(plan: PlanRun, *lost: DriverRun, on_request: bool = False) -> list[DriverRun]:
    """Return what is to be stopped, or not to be started, because drivers are lost, or are stopped on request.

    What is adopted keeps running: this run did not start it. What has not started yet is blocked where it cannot do
    without a lost driver; its ``on_loss`` is about a driver that is up. Where the loss is ignored, only what declares
    to stop goes, and what lacks a quorum; a stop ``on_request`` is no failure that could be ignored.
    """
    drivers = plan.drivers

    gone: set[str] = set()

    def couples(wait: Wait, index: int) -> bool:
        driver = drivers[index]
        if wait.of:
            gone.add(wait.step.driver)
            keeps = wait.coupling.on_loss is OnLoss.KEEP and (driver.started or driver.is_up)
            return not keeps and _breaks_quorum(plan, driver, wait, gone)
        return stops_with(wait, index) if driver.started or driver.is_up else wait.needs_success

    def of_roots(wait: Wait, index: int) -> bool:
        ignored = plan.driver(wait.step.driver).policy is OnFailure.IGNORE and not on_request
        return (not ignored or bool(wait.of) or wait.coupling.on_loss is OnLoss.STOP) and couples(wait, index)

    roots = [driver.index for driver in lost]
    found = dependents_of(plan.compiled, roots, couples, plan.is_adopted, of_roots)
    return [drivers[index] for index in found if not drivers[index].stop_started]


def _breaks_quorum(plan: PlanRun, driver: DriverRun, wait: Wait, gone: Container[str]) -> bool:
    """Return whether too few members of a quorum are up, or may still come up, without those that are gone."""
    others = (other for waits in driver.planned.waits if wait in waits for other in waits)
    members = {other.step.driver for other in others if (other.of, other.coupling) == (wait.of, wait.coupling)}
    left = [name for name in members if name not in gone and plan.driver(name).start_state in QUORATE]
    return len(left) < (wait.coupling.atleast or 0)


def block_without_quorum(plan: PlanRun, started: Iterable[DriverRun]) -> list[DriverRun]:
    """Block what is up and lacks a quorum, because drivers that were started did not come up; return what stops.

    That is what a loss of these drivers would stop for want of a quorum, and what goes with it.
    """
    found: dict[DriverRun, None] = {}
    for member in started:
        if member.start_state in QUORATE:
            continue
        for step in plan.compiled.steps_of(member.index):
            for quorum in plan.compiled.quorums_with(step):
                driver = plan.drivers[plan.compiled.owner[quorum.step]]
                lacking = _lacking(plan, driver, quorum) if driver.state is State.READY else []
                if lacking:
                    dependents = stopped_with(plan, driver)
                    driver.cause |= {*lacking}
                    driver.move(State.BLOCKED, _without(quorum, lacking))
                    block_with_lost(plan, driver, dependents)
                    found |= dict.fromkeys((driver, *dependents))
    return list(found)


def _lacking(plan: PlanRun, driver: DriverRun, quorum: Quorum) -> list[str]:
    """Return the members that are not up where a driver that is up has to stop for want of a quorum; else none."""
    waits = [wait for wait in driver.planned.waits[quorum.step - plan.compiled.first[driver.index]] if wait.of]
    keeps = any(
        wait.coupling.on_loss is OnLoss.KEEP
        for wait in waits
        if (wait.of, wait.coupling.atleast) == (quorum.of, quorum.atleast)
    )
    members = {plan.drivers[plan.compiled.owner[member]] for member in quorum.members}
    lacking = sorted(member.name for member in members if member.start_state not in QUORATE)
    return lacking if not keeps and len(members) - len(lacking) < quorum.atleast else []


def _without(quorum: Quorum, lacking: Iterable[str]) -> str:
    return f"it requires {quorum.atleast} of {quorum.of}, and too few are ready without {', '.join(lacking)}"


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

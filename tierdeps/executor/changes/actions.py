"""What a request for single drivers of a run does: which of them are stopped, which are started, in which order."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import RunError, UnknownNameError
from tierdeps.executor.failure import dependents_of, restarts_with, stopped_with
from tierdeps.executor.report import name_causes
from tierdeps.model import Kind, Outcome, Report, State

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun
    from tierdeps.model import Wait


class Action(StrEnum):
    """What is to be done with the drivers that a request names."""

    RESTART = "restart"
    STOP = "stop"
    START = "start"
    RELOAD = "reload"


class Dependents(StrEnum):
    """What else an action is about, besides the drivers that a request names.

    ``coupled``: what goes with them by ``on_restart`` and ``on_loss``; at a start, what they require, and what was
    stopped or blocked because of them. ``all``: all that requires or wants them, whatever its couplings say, and at a
    start what that requires. ``none``: nothing else.
    """

    COUPLED = "coupled"
    ALL = "all"
    NONE = "none"


class ActionPlan(Value):
    """What an action does: names of drivers, in the order in which they are stopped, and then started or reloaded.

    ``named`` are those that the request names, ``idle`` those of them for which there is nothing to do.
    """

    action: Action
    named: tuple[str, ...]
    to_stop: tuple[str, ...] = ()
    to_start: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    to_reload: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.to_stop or self.to_start or self.to_reload)

    def is_up(self, name: str, state: State, *, ignored: bool) -> bool:
        """Return whether a driver is up; that the failure of one that was named is ignored is not enough."""
        return state.satisfies_barrier or (ignored and name not in self.named)


class ActionResult(Value):
    """What came out of an action.

    ``report`` says how the run stands now, ``stopped`` what became of the drivers that were stopped; ``lost`` names
    those of them that had stopped working before their stop reached them, ``down`` those that were to be up and are
    not. ``problem`` is why the action did not come to its end.
    """

    plan: ActionPlan
    report: Report
    stopped: tuple[Outcome, ...] = ()
    lost: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether all that was to be stopped was stopped well, and all that was to be started is up."""
        return not (self.down or self.problem or any(outcome.stop_error for outcome in self.stopped))


def plan_action(
    plan: PlanRun, action: Action, names: Iterable[str], dependents: Dependents, have_started: Container[str]
) -> ActionPlan:
    """Compute what an action does now; it does nothing. ``have_started`` names the drivers that were up before.

    Raises UnknownNameError for a name that no driver has, and RunError for a driver with which it cannot be done.
    """
    named = [_driver(plan, action, name) for name in dict.fromkeys(names)]
    if not named:
        raise RunError("no driver was named; name at least one")
    if action is Action.RELOAD:
        return _reload_plan(named)
    stopped: set[DriverRun] = set()
    started: set[DriverRun] = set()
    if action is not Action.START:
        stopped = {*named, *_with(plan, action, named, dependents)}
    if action is not Action.STOP:
        wanted = [driver for driver in named if action is Action.RESTART or not driver.state.is_up]
        stopped, started = _with_requirements(plan, {*wanted, *stopped}, stopped, dependents, have_started)
    to_stop = [driver.name for driver in _in_order(stopped | started) if is_to_stop(driver)][::-1]
    to_start = [driver.name for driver in _in_order(started)]
    busy = {*to_stop, *to_start}
    idle = [driver.name for driver in named if driver.name not in busy]
    return ActionPlan(action, tuple(driver.name for driver in named), (*to_stop,), (*to_start,), (*idle,))


def _reload_plan(named: Collection[DriverRun]) -> ActionPlan:
    running = [driver.name for driver in _in_order(named) if driver.state.is_up]
    idle = [driver.name for driver in named if not driver.state.is_up]
    return ActionPlan(Action.RELOAD, tuple(driver.name for driver in named), idle=(*idle,), to_reload=(*running,))


def _in_order(drivers: Iterable[DriverRun]) -> list[DriverRun]:
    return sorted(drivers, key=lambda driver: driver.index)


def causes_of(
    plan: PlanRun, named: Collection[str], dependents: Iterable[DriverRun]
) -> dict[DriverRun, frozenset[str]]:
    """Return which of the named drivers each dependent goes with where they are stopped; all of them if not clear."""
    found: dict[DriverRun, frozenset[str]] = dict.fromkeys(dependents, frozenset())
    for name in named:
        for driver in stopped_with(plan, plan.driver(name), on_request=True):
            if driver in found:
                found[driver] |= {name}
    return {driver: causes or frozenset(named) for driver, causes in found.items()}


def is_to_stop(driver: DriverRun) -> bool:
    """Return whether a phase of a driver was started, and its stop was not; one that is adopted is not stopped."""
    return driver.started and not driver.stop_started and driver.start_state is not State.ADOPTED


def _driver(plan: PlanRun, action: Action, name: str) -> DriverRun:
    """Return a driver by its name, if the action can be done with it."""
    if name not in plan.compiled.index:
        raise UnknownNameError("driver", name, plan.compiled.index)
    driver = plan.driver(name)
    if action in (Action.RESTART, Action.STOP) and driver.state is State.ADOPTED:
        raise RunError(f"{name} was running before this run adopted it, so this run does not {action} it")
    process = driver.planned.process
    if action is Action.RELOAD and process is not None and not process.reload_command:
        raise RunError(f"{name} has no reload_command, so it cannot reload; declare one, or restart it")
    if action in (Action.RESTART, Action.START) and driver.planned.disabled:
        raise RunError(f"{name} is disabled, so it cannot be started; enable it in the settings, and reload")
    if action in (Action.RESTART, Action.START) and driver.planned.blocked:
        raise RunError(f"{name} could not be started: {driver.planned.blocked}; fix that, and reload")
    return driver


def _with(plan: PlanRun, action: Action, named: Collection[DriverRun], dependents: Dependents) -> Collection[DriverRun]:
    """Return what is stopped with the named drivers."""
    if dependents is Dependents.NONE:
        return ()
    if dependents is Dependents.COUPLED and action is Action.STOP:
        return stopped_with(plan, *named, on_request=True)
    couples = _uses if dependents is Dependents.ALL else restarts_with
    found = dependents_of(plan.compiled, [driver.index for driver in named], couples, plan.is_adopted)
    return [driver for driver in map(plan.drivers.__getitem__, found) if is_to_stop(driver)]


def _uses(wait: Wait, _index: int) -> bool:
    return wait.kind in (Kind.REQUIRES, Kind.WANTS)


def _to_start(
    plan: PlanRun, wanted: Iterable[DriverRun], dependents: Dependents, have_started: Container[str]
) -> set[DriverRun]:
    """Return what is started where drivers are to be up: what they require is, and what is down because of them."""
    found = {*wanted}
    if dependents is Dependents.NONE:
        return found
    if dependents is Dependents.ALL:
        users = dependents_of(plan.compiled, [driver.index for driver in found], _uses, plan.is_adopted)
        others = (plan.drivers[index] for index in users)
        found.update(driver for driver in others if not driver.is_up and _may_start(driver))
    stack = [*found]
    while stack:
        for other in _lacking(plan, stack.pop()):
            if other not in found and _may_start(other):
                found.add(other)
                stack.append(other)
    return found | _down_because_of(plan, found, have_started)


def _with_requirements(
    plan: PlanRun,
    wanted: set[DriverRun],
    stopped: set[DriverRun],
    dependents: Dependents,
    have_started: Container[str],
) -> tuple[set[DriverRun], set[DriverRun]]:
    """Return what is stopped, and what is started, so that all that is wanted is up.

    Raises RunError for a driver that would not start.
    """
    while True:
        started = _to_start(plan, wanted, dependents, have_started)
        again = [driver for driver in started if is_to_stop(driver)]  # one that failed was not stopped for that
        stopped = {*stopped, *_with(plan, Action.RESTART, again, dependents)}
        if stopped <= started:
            break
        wanted = started | stopped
    for driver in _in_order(started):
        for other in _lacking(plan, driver):
            if other not in started and _may_start(other):
                raise RunError(f"{driver.name} would not start: it requires {other.name}, which is not up; name both")
    return stopped, started


def _lacking(plan: PlanRun, driver: DriverRun) -> Iterator[DriverRun]:
    """Yield the drivers that one requires, directly, and that are not up: of a quorum where too few are."""
    for waits in driver.planned.waits:
        for wait in waits:
            other = plan.driver(wait.step.driver)
            if not other.is_up and (wait.needs_success or (wait.of and _lacks_quorum(plan, waits, wait))):
                yield other


def _lacks_quorum(plan: PlanRun, waits: Iterable[Wait], one: Wait) -> bool:
    members = {wait.step.driver for wait in waits if (wait.of, wait.coupling) == (one.of, one.coupling)}
    return sum(plan.driver(name).is_up for name in members) < (one.coupling.atleast or 0)


def _down_because_of(plan: PlanRun, started: set[DriverRun], have_started: Container[str]) -> set[DriverRun]:
    """Return what was stopped or blocked because of drivers that are started, and can be up once these are.

    What has never been up waits for the tiers before its own: it cannot where others of them are missing.
    """
    name_causes(plan.drivers)
    names = {driver.name for driver in started}
    behind = _end_of_tier(plan, min((driver.index for driver in started), default=len(plan.drivers)))
    found = {
        driver
        for driver in plan.drivers
        if driver.start_state in (State.BLOCKED, State.STOPPED)
        if not names.isdisjoint(driver.cause) or (driver.closed_by is not None and driver.index >= behind)
        if driver not in started and _may_start(driver)
    }
    lacking = {driver: {*_lacking(plan, driver)} for driver in found}
    users: dict[DriverRun, list[DriverRun]] = {}
    for driver, others in lacking.items():
        for other in others:
            users.setdefault(other, []).append(driver)
    up = started | found
    hopeless = [driver for driver, others in lacking.items() if not others <= up]
    while True:
        while hopeless:
            driver = hopeless.pop()
            if driver in found:
                found.remove(driver)
                hopeless += users.get(driver, ())
        end = _end_of_open_tiers(plan, started | found)
        hopeless = [driver for driver in found if driver.index >= end and driver.name not in have_started]
        if not hopeless:
            return found


def _end_of_tier(plan: PlanRun, index: int) -> int:
    """Return the index of the first driver that is behind the tier of one, by its index."""
    return next((end for _, _, end in plan.compiled.tiers if end > index), len(plan.drivers))


def _end_of_open_tiers(plan: PlanRun, up: Container[DriverRun]) -> int:
    """Return the index of the first driver that is behind a tier of which not all is up, or will be."""
    for _, first, end in plan.compiled.tiers:
        if not all(driver.is_up or driver in up or driver.planned.disabled for driver in plan.drivers[first:end]):
            return end
    return len(plan.drivers)


def _may_start(driver: DriverRun) -> bool:
    return not (driver.planned.disabled or driver.planned.blocked)

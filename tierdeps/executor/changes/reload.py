"""Reloads: the difference of two plans, and the transaction that makes it, or restores the old plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps.engines import ProcessInspector
from tierdeps.executor.compiled import CompiledPlan
from tierdeps.executor.failure import dependents_of, needs_success, restarts_with
from tierdeps.executor.start import Start
from tierdeps.model import Kind, Outcome, State

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from tierdeps.executor.controller import Controller
    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import Run
    from tierdeps.model import Plan, PlannedDriver, Report
    from tierdeps.settings import Settings


class ReloadPlan(Value):
    """The difference of a running plan and another one: names of drivers, in the order in which it is their turn.

    What is in ``to_stop`` and in ``to_start`` is restarted; for ``to_reload`` nothing but settings changed.
    ``released`` are adopted drivers that go: they are not stopped, only left to themselves. ``retried`` are those of
    ``to_start`` that are as before, and not up.
    """

    to_stop: tuple[str, ...] = ()
    to_start: tuple[str, ...] = ()
    to_reload: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    retried: tuple[str, ...] = ()

    @property
    def restarted(self) -> tuple[str, ...]:
        """The drivers that are stopped and started again, as they are started."""
        stopped = set(self.to_stop)
        return tuple(name for name in self.to_start if name in stopped)

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.to_stop or self.to_start or self.to_reload or self.released)


class ReloadResult(Value):
    """What came out of a reload.

    ``report`` says how the run stands now, ``stopped`` what became of the drivers that were stopped for it; ``lost``
    names those of them that had stopped working before their stop reached them. Where the new plan did not come up,
    ``failed`` says why, and ``report`` is of the old plan again.
    """

    reload: ReloadPlan
    report: Report
    stopped: tuple[Outcome, ...] = ()
    failed: Report | None = None
    lost: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all of the new plan runs, nothing was lost, and every stop went well, but for ignored failures."""
        stopped_well = not any(outcome.stop_error and not outcome.ignored for outcome in self.stopped)
        return self.failed is None and self.report.ok and stopped_well and not self.lost


class _Standing:
    """How the drivers of the running plan stand; one of which nothing is known is taken to be ready."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._outcomes = {outcome.driver: outcome for outcome in outcomes}

    def _of(self, name: str) -> Outcome:
        return self._outcomes.get(name) or Outcome(name, State.READY, begun=True)

    def is_up(self, name: str) -> bool:
        """Return whether it counts as ready."""
        return self._of(name).state.satisfies_barrier or self.is_ignored(name)

    def is_ignored(self, name: str) -> bool:
        """Return whether it failed, and no other driver is concerned."""
        return self._of(name).ignored

    def runs(self, name: str) -> bool:
        """Return whether it can take over other settings."""
        return self._of(name).state in (State.READY, State.ADOPTED)

    def is_adopted(self, name: str) -> bool:
        """Return whether it is not ours to stop."""
        return self._of(name).state is State.ADOPTED

    def is_to_stop(self, name: str) -> bool:
        """Return whether a phase of it was started, and its stop was not."""
        outcome = self._of(name)
        return outcome.begun and not outcome.stopped and not outcome.stop_error


def difference(  # noqa: PLR0917  two plans, their settings, and the state of the first
    old: Plan,
    new: Plan,
    before: Settings,
    after: Settings,
    outcomes: Iterable[Outcome] = (),
    outdated: AbstractSet[str] = frozenset(),
) -> ReloadPlan:
    """Compute what a reload has to do; a driver of the old plan without an outcome is taken to be ready.

    What went, changed, or is not up is stopped, and with it all that requires it, unless its ``on_restart`` says
    otherwise; what is adopted never is. What failed and was ignored is started again too, unless a driver that goes
    on requires it. Another tier or stage, and another order, are no change of a driver. One that runs and that a
    finding concerns by now goes on as it is: it could not be started again. ``outdated`` are drivers that changed
    although their declarations did not: their env files did.
    """
    standing = _Standing(outcomes)
    same = {
        name
        for name in old.drivers
        if name in new.drivers
        and (
            new.drivers[name].blocked
            or (name not in outdated and _marks(old.drivers[name]) == _marks(new.drivers[name]))
        )
    }
    down = {name for name in old.drivers if not standing.is_up(name)}
    affected = _affected(old, (old.drivers.keys() - same) | down, old.drivers.keys() - new.drivers.keys(), standing)
    ignored = _without_user(old, {name for name in same if standing.is_ignored(name)}, affected)
    affected |= ignored
    names = [driver.name for driver in new]
    kept = [name for name in names if name in old.drivers and name not in affected]
    settings = {name for name in kept if standing.runs(name) and before.of(name) != after.of(name)}
    return ReloadPlan(
        tuple(
            name for name in reversed([driver.name for driver in old]) if name in affected and standing.is_to_stop(name)
        ),
        tuple(name for name in names if name not in old.drivers or name in affected),
        tuple(name for name in kept if name in settings),
        tuple(name for name in kept if name not in settings),
        tuple(driver.name for driver in old if driver.name not in new.drivers and standing.is_adopted(driver.name)),
        tuple(name for name in names if name in same & (down | ignored)),
    )


def outdated_drivers(run: Run) -> set[str]:
    """Return the drivers whose processes would be started with other variables now."""
    worker = run.worker
    if not isinstance(worker, ProcessInspector):
        return set()
    return {
        driver.name
        for driver in run.current.drivers
        if driver.planned.process is not None and driver.lifecycle is not None and worker.is_outdated(driver.lifecycle)
    }


def _affected(plan: Plan, roots: set[str], gone: AbstractSet[str], standing: _Standing) -> set[str]:
    """Add all that is coupled to one of the drivers, but for what is adopted: that goes on."""
    compiled = CompiledPlan.of(plan)
    firm = [standing.is_adopted(driver.name) for driver in compiled.planned]
    places: set[int] = set()
    # What goes is not started again: what only wants it goes on.
    for names, of_roots in ((roots & gone, needs_success), (roots - gone, restarts_with)):
        indices = [compiled.index[name] for name in names]
        places.update(dependents_of(compiled, indices, restarts_with, firm.__getitem__, of_roots))
    return roots | {compiled.planned[place].name for place in places}


def _without_user(plan: Plan, failed: set[str], affected: AbstractSet[str]) -> set[str]:
    """Return those drivers that nothing which goes on requires: what is left of the others may be in use.

    A quorum does not count a failed member, so it uses none.
    """
    free = {*failed}
    going_on = [name for name in plan.drivers if name not in affected and name not in free] if free else []
    while going_on:
        waits = [wait for step in plan.drivers[going_on.pop()].waits for wait in step]
        used = free & {wait.step.driver for wait in waits if wait.kind is Kind.REQUIRES and not wait.of}
        free -= used
        going_on += used
    return free


def _marks(driver: PlannedDriver) -> tuple[object, ...]:
    """Return what a driver cannot change in while it runs; what it only wants, or comes after, may come and go."""
    required = [
        {(wait.step, wait.target, wait.skipped) for wait in waits if wait.kind is Kind.REQUIRES}
        for waits in driver.waits
    ]
    wanted = {wait.target for waits in driver.waits for wait in waits if wait.kind is Kind.WANTS} | {*driver.absent}
    names = {name.partition(":")[0] for name in wanted}  # one that is absent keeps the phase that it was declared with
    # A class by its identity: a metaclass may make even a comparison raise.
    kind = driver.lifecycle if isinstance(driver.lifecycle, str) else id(driver.lifecycle)
    return kind, driver.process, driver.host, driver.phases, driver.policy, driver.disabled, required, names


class Transaction:
    """One reload of a run: stop what goes or changes, switch to the new plan, start what is new.

    Where that does not come up, its inverse restores: stop what is new, switch back, start again what was up and was
    stopped. The stop of all ends either way with Ending, and ``outcome`` says how far it came.
    """

    stop_interrupts = True

    def __init__(
        self, controller: Controller, reload: ReloadPlan, plan: Plan, settings: Settings, *, allow_empty: bool
    ) -> None:
        self._controller = controller
        self._reload = reload
        self._new_plan, self._new_settings, self._allow_empty = plan, settings, allow_empty
        self._run = controller.run
        self._old = old = controller.run.current
        self._kept = {old.driver(name) for name in (*reload.untouched, *reload.to_reload)}
        self._gone = [old.driver(name) for name in reload.to_stop]
        self._was_ready = {driver for driver in self._gone if driver.start_state is State.READY}
        self._kept_ready = {driver for driver in self._kept if driver.start_state is State.READY}
        self._failed: Report | None = None
        #: Has what came out, once it is over.
        self.result: asyncio.Future[ReloadResult] = controller.run.loop.create_future()

    async def run(self) -> None:
        """Go over to the new plan, or back. Raises Ending where all is stopped meanwhile."""
        controller = self._controller
        self._run.have_started(self._old.drivers)
        await controller.tear_down(self._gone)
        problem = self._run.problem
        self._run.change(self._new_plan, self._new_settings, self._kept)
        if self._allow_empty:
            self._run.options = replace(self._run.options, allow_empty=True)
        to_reload = {self._old.driver(name) for name in self._reload.to_reload}
        change = Start(self._run, controller.halt, kept=self._kept, to_reload=to_reload)
        if not (await controller.bring_up(change) and self._is_all_up(change)):
            change = await self._restore(change, problem)
        controller.follow_ups.started(change)

    def outcome(self) -> ReloadResult:
        """Return what came out."""
        stopped = tuple(driver.outcome() for driver in self._gone)
        lost = tuple(driver.name for driver in self._gone if driver in self._was_ready and _is_lost(driver))
        return ReloadResult(self._reload, self._controller.report(), stopped, self._failed, lost)

    def _is_all_up(self, change: Start) -> bool:
        """Return whether all that is new came up; what was down before may be so again."""
        retried = {*self._reload.retried}
        return all(driver.is_up or driver.name in retried or self._is_refused(driver) for driver in change.own)

    def _is_refused(self, driver: DriverRun) -> bool:
        """Return whether findings, and no failures, keep a driver from being started."""
        roots = [self._run.current.driver(name) for name in driver.cause]
        return bool(driver.planned.blocked or roots) and all(one.planned.blocked for one in roots)

    async def _restore(self, change: Start, problem: str) -> Start:
        """Stop what is new, go back to the old plan, and start again what was up and was stopped."""
        run, controller = self._run, self._controller
        controller.withdrawn = change.own
        going = controller.follow_ups.going_with(change.own)
        await controller.tear_down({*change.own, *change.reloaded, *going}, spare={*change.reloaded} - going)
        self._failed = controller.report()
        kept = [driver for driver in self._old.drivers if not self._is_to_restart(driver)]
        run.change(self._old.compiled.plan, self._old.settings, kept)
        run.problem = problem
        tried = {driver.name for driver in change.own}
        for driver in kept:
            if driver.name in tried or driver.name not in self._new_plan.drivers:
                # events of another instance were emitted in its place, or it was no part of the run
                run.emit(driver, driver.state, reason=driver.stop_error or driver.reason)
            if driver.state is State.ADOPTED:
                run.health.watch(driver)
        to_reload = {driver for driver in change.reloaded if driver.is_up}
        restored = Start(run, controller.end, kept={*kept}, to_reload=to_reload, restores=True)
        await controller.bring_up(restored)
        return restored

    def _is_to_restart(self, driver: DriverRun) -> bool:
        """Return whether a driver was stopped for the reload, or with what it brought, though it was up."""
        was_up = driver.start_state is State.READY or driver.ignored or driver in self._was_ready
        with_others = driver.start_state is State.BLOCKED and driver in self._kept_ready
        return driver.stop_started and (was_up or with_others)


def _is_lost(driver: DriverRun) -> bool:
    return driver.start_state is State.FAILED and not driver.ignored

"""Requests to restart, stop, start or reload single drivers of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import TierdepsError
from tierdeps.executor.changes.actions import Action, ActionPlan, ActionResult, causes_of, plan_action
from tierdeps.executor.start import Start
from tierdeps.model import State
from tierdeps.model.report import ON_REQUEST

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection

    from tierdeps.executor.changes.actions import Dependents
    from tierdeps.executor.controller import Controller
    from tierdeps.executor.driver import DriverRun


class DriverRequest:
    """One request: what goes down is stopped, then what is to be up is started, each in order; all others go on.

    What does not come up is stopped again, with what goes with it; it never ends the run. The stop of all ends it.
    """

    stop_interrupts = False

    def __init__(self, controller: Controller, action: Action, names: Collection[str], dependents: Dependents) -> None:
        self._controller = controller
        self._action, self._names, self._dependents = action, names, dependents
        self._plan: ActionPlan = ActionPlan(action, tuple(names))
        self._gone: list[DriverRun] = []
        self._was_up: set[DriverRun] = set()
        self._lost: list[DriverRun] = []
        self._problem = ""
        #: Has what came out, once it is over.
        self.result: asyncio.Future[ActionResult] = controller.run.loop.create_future()

    async def run(self) -> None:
        """Serve it, or set why that cannot be done. Raises Ending where all is stopped meanwhile."""
        controller, run = self._controller, self._controller.run
        have_started = run.have_started(run.current.drivers)
        try:
            self._plan = plan_action(run.current, self._action, self._names, self._dependents, have_started)
        except TierdepsError as error:
            self.result.set_exception(error)
            return
        await self._stop()
        await controller.follow_ups.stop_lost()  # what was lost meanwhile: nothing is to start on it
        await self._start()
        await self._reload()

    async def _stop(self) -> None:
        controller, plan = self._controller, self._controller.run.current
        self._gone = [plan.driver(name) for name in self._plan.to_stop]
        self._was_up = {driver for driver in self._gone if driver.start_state is State.READY}
        if self._action is Action.STOP:
            self._record_causes()
        if self._gone:
            reasons = {driver: self._reason(driver) for driver in self._gone}
            lost = await controller.tear_down(self._gone, reasons=reasons)
            self._lost = [driver for driver in self._gone if driver in lost or self._is_lost(driver)]

    def _is_lost(self, driver: DriverRun) -> bool:
        """Return whether a driver was up, and its stop found that it had stopped working before."""
        return driver in self._was_up and driver.start_state is State.FAILED and not driver.stop_error

    def _record_causes(self) -> None:
        """Record why drivers are stopped: a start of what they were stopped with starts them again."""
        plan = self._controller.run.current
        named = self._plan.named
        for driver, causes in causes_of(plan, named, self._gone).items():
            driver.cause = causes
        for driver in map(plan.driver, named):
            if driver in self._gone or driver.start_state is State.STOPPED:
                driver.cause = frozenset()

    def _reason(self, driver: DriverRun) -> str:
        """Return why a driver is stopped."""
        others = "" if driver.name in self._plan.named else f", with {', '.join(self._plan.named)}"
        return f"{ON_REQUEST}{', to be started again' if driver.name in self._plan.to_start else ''}{others}"

    async def _start(self) -> None:
        controller, run = self._controller, self._controller.run
        old = run.current
        part = {old.driver(name) for name in self._plan.to_start}
        if not part:
            return
        kept, problem = run.replace(part), run.problem
        # What was up before is not kept down by a tier that others are missing from; what was not waits for its tier.
        again = run.have_started(old.drivers).issuperset(self._plan.to_start)
        start = Start(run, self._out_of_time, kept=kept, restores=again, requested=True)
        await controller.bring_up(start)
        run.problem = problem
        controller.follow_ups.not_restored(start)

    async def _reload(self) -> None:
        """Have drivers that are up reload; one that fails to goes on as it was."""
        controller, run = self._controller, self._controller.run
        drivers = {run.current.driver(name) for name in self._plan.to_reload}
        if not drivers:
            return
        problem, run.problem = run.problem, ""
        kept = {*run.current.drivers}
        start = Start(run, self._out_of_time, kept=kept, to_reload=drivers, restores=True, requested=True)
        await controller.bring_up(start)
        missed = ", ".join(sorted(driver.name for driver in drivers.difference(start.reloaded)))
        if missed and not run.problem:
            run.problem = f"not reloaded, because what it requires is down: {missed}"
        self._problem, run.problem = run.problem, problem

    def _out_of_time(self) -> None:
        """Fail what is not up when the time is over; nothing else is stopped for that."""
        start = self._controller.current
        if start is not None and not self._problem:
            self._problem = self._controller.run.problem
            start.fail_remaining(self._problem)

    def outcome(self) -> ActionResult:
        """Return what came out, so far where all is being stopped."""
        run = self._controller.run
        problem = "the run was stopped before this was done" if self._controller.is_ending else self._problem
        report = self._controller.report()
        stopped = tuple(driver.outcome() for driver in self._gone)
        lost = tuple(driver.name for driver in self._lost)
        up = (run.current.driver(name) for name in self._plan.to_start if name in run.current.compiled.index)
        down = tuple(
            driver.name
            for driver in up
            if not self._plan.is_up(driver.name, driver.start_state, ignored=driver.ignored)
        )
        return ActionResult(self._plan, report, stopped, lost, down, problem)

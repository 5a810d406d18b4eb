"""What follows when a driver is lost, or starts again by itself: others are stopped, or started again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.executor.coupling import started_again_with, stopped_with, with_dependents
from tierdeps.executor.failure import block_with_lost
from tierdeps.executor.run import PlanRun
from tierdeps.executor.start import Start
from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.executor.controller import Controller
    from tierdeps.executor.driver import DriverRun


class FollowUps:
    """What losses and restarts call for; it is done by ``run``, in a routine of the controller while no other runs."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        #: The lost drivers, each with what goes with it.
        self._lost: dict[DriverRun, list[DriverRun]] = {}
        self._to_restart: dict[DriverRun, None] = {}

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._lost or self._to_restart)

    def lost(self, driver: DriverRun) -> None:
        """Block what goes with a lost driver; both are to be stopped.

        A driver whose loss is ignored is stopped with all others at the end.
        """
        plan = self._controller.run.current
        dependents = stopped_with(plan, driver)
        if not dependents and driver.policy is OnFailure.IGNORE:
            return
        block_with_lost(plan, driver, dependents)
        self._lost[driver] = dependents
        if self._controller.current is not None:
            self._controller.current.isolate(driver, dependents)

    def restarted(self, driver: DriverRun) -> None:
        """Record what is to be started again with a driver that has started again by itself."""
        self._to_restart |= dict.fromkeys(started_again_with(self._controller.run.current, driver))

    async def run(self) -> None:
        """Stop and start what is to be. Raises Ending if everything is being stopped."""
        while self.is_due:
            await self._stop_lost()
            drivers, self._to_restart = self._to_restart, {}
            await self._restart(drivers)

    async def _stop_lost(self) -> None:
        while self._lost:
            lost, self._lost = self._lost, {}
            part = {driver for driver in lost if driver.policy is not OnFailure.IGNORE and self._can_stop(driver)}
            for driver, dependents in lost.items():
                stopped = [one for one in dependents if self._can_stop(one)]
                block_with_lost(self._controller.run.current, driver, stopped)
                part.update(stopped)
            if part:
                await self._controller.tear_down(part)

    def _can_stop(self, driver: DriverRun) -> bool:
        """Return whether a driver is still part of the run, and its stop has not started."""
        return self._controller.run.has(driver) and not driver.stop_started

    async def _restart(self, drivers: Iterable[DriverRun]) -> None:
        """Stop drivers that are up, dependents first, and start them again in order; all others go on.

        What does not come up again is treated as in every start: its policy decides.
        """
        controller, run = self._controller, self._controller.run
        old = run.current
        part = with_dependents(old, [driver for driver in drivers if run.has(driver) and driver.state is State.READY])
        if not part:
            return
        await controller.tear_down(part)
        kept = {driver.name: driver for driver in old.drivers if driver not in part}
        run.switch(PlanRun(run, old.compiled, old.settings, kept))
        run.reporters.changed(old.compiled.plan)
        await controller.bring_up(Start(run, controller.end, kept={*kept.values()}, restores=True))
        run.timers.close()

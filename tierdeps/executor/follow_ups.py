"""What follows from losses and restarts of drivers that are up: which others are stopped, and which start again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.executor.failure import (
    block_with_lost,
    block_without_quorum,
    started_again_with,
    stopped_with,
    with_dependents,
)
from tierdeps.executor.start import Start
from tierdeps.model import OnFailure, State
from tierdeps.model.report import NOT_UP_ON_REQUEST

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
        #: What is up without a quorum that it requires, with what goes with it.
        self._to_stop: dict[DriverRun, None] = {}
        #: What did not come up when that was requested.
        self._not_up: set[DriverRun] = set()

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._lost or self._to_restart or self._to_stop)

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

    def started(self, start: Start) -> None:
        """Block what was up before a start of others, and now lacks a quorum; it is to be stopped."""
        self._to_stop |= dict.fromkeys(block_without_quorum(self._controller.run.current, start.own))

    def not_restored(self, start: Start) -> None:
        """Stop what a start that was requested could not bring up, with what goes with it and is up."""
        for driver in start.own:
            if driver.start_state in (State.FAILED, State.BLOCKED) and not driver.planned.blocked:
                self._not_up.add(driver)
                self.lost(driver)
        self.started(start)

    def going_with(self, drivers: Iterable[DriverRun]) -> set[DriverRun]:
        """Return what is up and goes with those of some drivers that were lost."""
        return {one for driver in drivers for one in self._lost.get(driver, ()) if self._can_stop(one)}

    def restarted(self, driver: DriverRun) -> None:
        """Record what is to be started again with a driver that has started again by itself."""
        self._to_restart |= dict.fromkeys(started_again_with(self._controller.run.current, driver))

    async def run(self) -> None:
        """Stop and start what is to be. Raises Ending if everything is being stopped."""
        while self.is_due:
            await self.stop_lost()
            drivers, self._to_restart = self._to_restart, {}
            await self._restart(drivers)

    async def stop_lost(self) -> None:
        """Stop what was lost, or lacks a quorum, with what goes with it."""
        while self._lost or self._to_stop:
            lost, self._lost = self._lost, {}
            to_stop, self._to_stop = self._to_stop, {}
            roots = [*to_stop, *(driver for driver in lost if driver.policy is not OnFailure.IGNORE)]
            part = {driver for driver in roots if self._can_stop(driver)}
            for driver, dependents in lost.items():
                stopped = [one for one in (*dependents, *self._blocked_by(driver)) if self._can_stop(one)]
                block_with_lost(self._controller.run.current, driver, stopped)
                part.update(stopped)
            reasons = dict.fromkeys(self._not_up & part, NOT_UP_ON_REQUEST)
            self._not_up.clear()
            if part:
                await self._controller.tear_down(part, reasons=reasons)

    def _blocked_by(self, lost: DriverRun) -> list[DriverRun]:
        """Return what was started after the loss, and stands before a phase that needs the lost driver."""
        run = self._controller.run
        dependents = stopped_with(run.current, lost) if run.has(lost) else ()
        return [one for one in dependents if one.started and one.start_state is State.BLOCKED]

    def _can_stop(self, driver: DriverRun) -> bool:
        """Return whether a driver is still part of the run, and its stop has not started."""
        return self._controller.run.has(driver) and not driver.stop_started

    async def _restart(self, drivers: Iterable[DriverRun]) -> None:
        """Stop drivers that are up, dependents first, and start them again in order; all others go on.

        What does not come up again is treated as in every start: its policy decides.
        """
        controller, run = self._controller, self._controller.run
        up = [driver for driver in drivers if run.has(driver) and driver.state is State.READY]
        part = with_dependents(run.current, up)
        if not part:
            return
        await controller.tear_down(part)
        again = Start(run, controller.end, kept=run.replace(part), restores=True)
        await controller.bring_up(again)
        self.started(again)

"""Starts a plan and stops it, inside whatever event loop it is called on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.engines import local
from tierdeps.errors import DeclarationError, RunError
from tierdeps.executor.changes.actions import Action, Dependents, plan_action
from tierdeps.executor.changes.reload import Transaction, difference, outdated_drivers
from tierdeps.executor.changes.requests import DriverRequest
from tierdeps.executor.controller import Controller
from tierdeps.executor.report import not_run, waiting
from tierdeps.executor.run import Options, Run, RunState
from tierdeps.model import OnFailure
from tierdeps.model.policy import check_seconds
from tierdeps.reporters.group import ReporterGroup
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Any, Self

    from tierdeps.engines import Engine
    from tierdeps.executor.changes.actions import ActionPlan, ActionResult
    from tierdeps.executor.changes.reload import ReloadPlan, ReloadResult
    from tierdeps.model import Plan, Report
    from tierdeps.reporters import Reporter


class Executor:
    """One run of one plan: ``start``, then perhaps ``reload`` and ``restart_drivers``, then ``stop``.

    It installs no signal handlers, brings no event loop, and prints nothing. A failing driver raises nothing here: the
    reports say all. ``timeout`` bounds each phase, ``stop_timeout`` each stop, ``deadline`` the start and the stop as
    wholes, in seconds; a driver's own policy goes before. ``durations`` are those of ``Report.durations``, by which the
    longest way goes first under a limit of ``jobs``; ``seed`` fixes the jitter of pauses between attempts. ``orphaned``
    names the drivers that an earlier run had started when it was killed. A run in which every driver is skipped has a
    problem to report, unless ``allow_empty``.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        engine: Engine = local.ENGINE,
        reporters: Iterable[Reporter] = (),
        settings: Settings | None = None,
        on_failure: OnFailure | str = OnFailure.ABORT,
        jobs: int | None = None,
        timeout: float = 90.0,
        stop_timeout: float = 30.0,
        deadline: float = 1800.0,
        durations: Mapping[str, float] | None = None,
        seed: int | None = None,
        orphaned: Iterable[str] = (),
        allow_empty: bool = False,
    ) -> None:
        for what, seconds in (("timeout", timeout), ("stop_timeout", stop_timeout), ("deadline", deadline)):
            check_seconds(what, seconds)
        if jobs is not None and jobs < 1:
            raise DeclarationError("jobs", "a number from 1", jobs)
        policy = _policy(on_failure)
        self._plan = plan
        self._options = Options(
            policy, jobs, timeout, stop_timeout, deadline, durations or {}, seed, frozenset(orphaned), allow_empty
        )
        self._engine = engine
        self._settings = settings or Settings()
        self._reporters = ReporterGroup(reporters)
        self._controller: Controller | None = None

    async def __aenter__(self) -> Self:
        """Start. Raises RunFailedError where not all becomes ready; what was started is stopped then."""
        report = await self.start()
        if not report.ready:
            await self.stop()
            report.raise_for_failure()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop. Raises RunFailedError where something went wrong, unless the body has raised."""
        report = await self.stop()
        if error is None:
            report.raise_for_failure()

    async def start(self) -> Report:
        """Bring everything up; return once all drivers are ready, or once a failure or a stop has been handled.

        When this is cancelled, what was started is stopped first.
        """
        if self._controller is not None:
            raise RunError("this executor has already run; create another one for another run")
        run = Run(self._options, self._engine.open(), self._reporters)
        controller = self._controller = Controller(run, self._engine.name)
        controller.start(self._plan, self._settings)
        return await self._outlast(controller, controller.started)

    async def stop(self) -> Report:
        """Stop what this run started, in reverse; at any moment, any number of times, and it happens once.

        When this is cancelled, no call is waited for longer than a moment.
        """
        if self._controller is None:
            return not_run(self._plan, self._engine.name)
        self.request_stop()
        return await self._outlast(self._controller, self._controller.stopped)

    async def wait(self) -> Report:
        """Wait until the run is over for whatever reason: a stop, a driver that was lost, a start that failed."""
        if self._controller is None:
            raise RunError("nothing was started, so there is nothing to wait for")
        return await asyncio.shield(self._controller.stopped)

    async def observe(self, seconds: float) -> Report:
        """Wait for so long, or until the run is over; return how it stands then, once nothing is being stopped.

        What is reported as a success after that was seen to stay up.
        """
        controller = self._started("only what has started can be observed")
        await asyncio.wait((controller.stopped,), timeout=seconds)
        if not controller.quiet.is_set():
            quiet = asyncio.ensure_future(controller.quiet.wait())
            try:
                await asyncio.wait((controller.stopped, quiet), return_when=asyncio.FIRST_COMPLETED)
            finally:
                quiet.cancel()
        return controller.stopped.result() if controller.stopped.done() else controller.report()

    def request_stop(self) -> None:
        """Let no step start any more, and stop what was started; does not wait. For signal handlers and reporters."""
        if self._controller is not None:
            self._controller.request_stop()

    def expedite(self) -> None:
        """Wait no more than a moment for each thing that is being stopped."""
        if self._controller is not None:
            self._controller.expedite()

    def crash(self, error: BaseException) -> None:
        """Stop all in order because of an exception that belongs to no driver; ``Report.problem`` names it."""
        if self._controller is not None and self._controller.state is not RunState.OVER:
            self._controller.crash(error, stuck=False)

    @property
    def crashes(self) -> tuple[BaseException, ...]:
        """The exceptions that belong to no driver; where there are some, the run ended because of the first."""
        return () if self._controller is None else tuple(self._controller.crashes)

    @property
    def is_ending(self) -> bool:
        """Whether everything is being stopped, or the run is over."""
        return self._controller is not None and self._controller.is_ending

    @property
    def held_seconds(self) -> float:
        """For how many seconds calls of drivers held the event loop in long steps so far, all together."""
        return 0.0 if self._controller is None else self._controller.run.holds.seconds

    def note_blocked(self, what: str, seconds: float) -> None:
        """Note in the report what blocked the event loop for so long, where no call was charged with it."""
        if self._controller is not None:
            self._controller.run.holds.note(what, seconds)

    def release(self) -> Report:
        """End the run without a stop: what it started is left to itself."""
        controller = self._started("only what has started can be left running")
        if controller.stopped.done():
            return controller.stopped.result()
        if controller.state is not RunState.UP:
            raise RunError("drivers are being started or stopped; leave them running after that")
        return controller.release()

    def report(self) -> Report:
        """Return how the run stands now: during and after a stop, drivers are ``stopping`` and ``stopped`` in it."""
        if self._controller is None:
            return not_run(self._plan, self._engine.name)
        return self._controller.report(now=True)

    def difference(self, plan: Plan, settings: Settings | None = None) -> ReloadPlan:
        """Return what a reload would do now; it does nothing."""
        controller = self._up()
        report, before = controller.report(), controller.run.current.settings
        return difference(
            report.plan, plan, before, settings or before, report.outcomes, outdated_drivers(controller.run)
        )

    async def reload(self, plan: Plan, settings: Settings | None = None, *, allow_empty: bool = False) -> ReloadResult:
        """Go over to another plan, and perhaps other settings, and touch nothing that is the same in both.

        What goes or changes is stopped, with all that requires it, in reverse; what is new is started; drivers of which
        only the settings changed are asked to reload. Where the new plan does not come up, the old one is restored.
        That no driver is up then is a problem to report, unless ``allow_empty``: from there on the run may be empty.
        When this is cancelled, the reload goes on. Raises RunError where it is not the time for it: before the start is
        over, while something is being started or stopped, and after the run.
        """
        controller = self._up()
        reload = self.difference(plan, settings)
        settings = settings or controller.run.current.settings
        transaction = Transaction(controller, reload, plan, settings, allow_empty=allow_empty)
        controller.make(transaction)
        return await asyncio.shield(transaction.result)

    def plan_action(
        self, action: Action | str, names: Iterable[str], dependents: Dependents | str = Dependents.COUPLED
    ) -> ActionPlan:
        """Return what a request for single drivers would do now; it does nothing. Raises as ``perform`` does."""
        controller = self._up()
        plan = controller.run.current
        have_started = controller.run.have_started(plan.drivers)
        return plan_action(plan, Action(action), names, Dependents(dependents), have_started)

    async def perform(
        self, action: Action | str, names: Iterable[str], dependents: Dependents | str = Dependents.COUPLED
    ) -> ActionResult:
        """Restart, stop, start or reload single drivers of the run, with what goes with them; all others go on.

        Requests are served one after the other, each once the start, a reload, or the stop of lost drivers is over.
        ``dependents`` says what goes with the drivers that are named: what is ``coupled`` to them by ``on_restart`` and
        ``on_loss``, ``all`` that requires or wants them, or ``none``. A start starts what the named drivers require as
        well, and what was stopped or blocked because of them. What does not come up is stopped again, with what goes
        with it, and never ends the run, whatever its policy is. A driver that is stopped stays down until it is
        started, or until the next reload. When this is cancelled, the request is served nevertheless.
        Raises UnknownNameError for a name that no driver has, and RunError for a driver with which that cannot be done,
        one that was adopted or is disabled, and where the run has not been started, has ended, or is being stopped.
        """
        if self._controller is None:
            raise RunError("nothing was started, so there are no drivers that run; start the plan first")
        if self._controller.is_ending:
            raise RunError("the run has ended or is being stopped; start the plan again")
        request = DriverRequest(self._controller, Action(action), tuple(names), Dependents(dependents))
        self._controller.add(request)
        return await asyncio.shield(request.result)

    async def restart_drivers(self, *names: str, dependents: Dependents | str = Dependents.COUPLED) -> ActionResult:
        """Stop drivers that are up, with what goes with them, and start them again in order: see ``perform``."""
        return await self.perform(Action.RESTART, names, dependents)

    async def stop_drivers(self, *names: str, dependents: Dependents | str = Dependents.COUPLED) -> ActionResult:
        """Stop drivers, with what goes with them, in order; the run goes on: see ``perform``."""
        return await self.perform(Action.STOP, names, dependents)

    async def reload_drivers(self, *names: str) -> ActionResult:
        """Call ``reload`` of drivers that are up; one that fails to reload goes on as it was: see ``perform``."""
        return await self.perform(Action.RELOAD, names)

    async def start_drivers(self, *names: str, dependents: Dependents | str = Dependents.COUPLED) -> ActionResult:
        """Start drivers that are down, with what they require and what was down because of them: see ``perform``."""
        return await self.perform(Action.START, names, dependents)

    def waiting(self) -> tuple[str, ...]:
        """Say, for each driver that is not done, what it is doing or what it waits for."""
        return () if self._controller is None else tuple(waiting(self._controller.run))

    def _started(self, otherwise: str) -> Controller:
        """Return the controller of a run whose start is over; raises RunError where there is none."""
        if self._controller is None or not self._controller.started.done():
            raise RunError(otherwise)
        return self._controller

    def _up(self) -> Controller:
        """Return the controller of a run that is up, and at rest; raises RunError where there is none."""
        controller = self._started("the start has not finished; reload after it has")
        if controller.is_ending:
            raise RunError("the run has ended or is being stopped; start the plan again")
        if isinstance(controller.change, Transaction):
            raise RunError("another reload is running; reload after it has finished")
        if controller.change is not None:
            raise RunError("drivers are being restarted, stopped or started on request; reload after that")
        if controller.state is RunState.CHANGING:
            raise RunError("drivers are being stopped because one was lost; reload after that")
        return controller

    @staticmethod
    async def _outlast(controller: Controller, future: asyncio.Future[Report]) -> Report:
        """Await the end of a start or stop. A first cancellation stops the run, the next ones expedite the stop."""
        cancelled: BaseException | None = None
        while not future.done():
            try:
                await asyncio.shield(future)
            except asyncio.CancelledError as error:
                if cancelled is not None or future is controller.stopped:
                    controller.expedite()
                controller.request_stop()
                cancelled = error
        if cancelled is not None:
            raise cancelled
        return future.result()


def run(plan: Plan, **options: Any) -> Report:
    """Start a plan on an event loop of its own, stay until it is over, and stop it; return the report.

    It is over when Ctrl-C interrupts it, when a driver is lost that ends the run, or when the start did not succeed.
    ``options`` are those of Executor.
    """
    return asyncio.run(_stay(Executor(plan, **options)))


async def _stay(executor: Executor) -> Report:
    with suppress(asyncio.CancelledError):  # of Ctrl-C
        report = await executor.start()
        if report.ready:
            await executor.wait()
    return await executor.stop()


def _policy(on_failure: OnFailure | str) -> OnFailure:
    try:
        return OnFailure(on_failure)
    except ValueError:
        raise DeclarationError("on_failure", ", ".join(OnFailure), on_failure) from None

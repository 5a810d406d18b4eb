"""Starts a plan and stops it, inside whatever event loop it is called on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tierdeps.engines import local
from tierdeps.errors import DeclarationError, RunError
from tierdeps.executor.blueprint import Blueprint
from tierdeps.executor.run import Options, Run
from tierdeps.executor.starting import Starting
from tierdeps.executor.stopping import Stopping, cut_short
from tierdeps.executor.telling import Audience
from tierdeps.executor.waiting import running, waiting
from tierdeps.model import OnCancel, OnFailure, Outcome, Report, State
from tierdeps.model.policy import check_seconds
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.engines import Engine
    from tierdeps.executor.node import Node
    from tierdeps.model import Plan
    from tierdeps.reporters import Reporter


class Executor:
    """One run of one plan: ``start``, then ``stop``.

    It installs no signal handlers, brings no event loop, and prints nothing. A failing driver raises nothing here: the
    reports say all. ``timeout`` bounds each phase, ``stop_timeout`` each stop, ``deadline`` the start and the stop as
    wholes, in seconds; a driver's own policy goes before. ``durations`` are those of ``Report.durations``, by which the
    longest way goes first under a limit of ``jobs``; ``seed`` fixes the jitter of pauses between attempts.
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
    ) -> None:
        for what, seconds in (("timeout", timeout), ("stop_timeout", stop_timeout), ("deadline", deadline)):
            check_seconds(what, seconds)
        if jobs is not None and jobs < 1:
            raise DeclarationError("jobs", "a number from 1", jobs)
        policy = _policy(on_failure)
        self._blueprint = Blueprint.of(plan)
        self._options = Options(policy, jobs, timeout, stop_timeout, deadline, durations or {}, seed)
        self._engine = engine
        self._settings = settings or Settings()
        self._audience = Audience(reporters)
        self._run: Run | None = None
        self._stopping: Stopping | None = None
        self._interrupted = False
        self._left = False

    async def start(self) -> Report:
        """Bring everything up; return once all is ready, or once a failure or a stop was seen to.

        When this is cancelled, what began is stopped first.
        """
        if self._run is not None:
            raise RunError("this executor has run already; make another one for another run")
        loop = asyncio.get_running_loop()
        self._started: asyncio.Future[Report] = loop.create_future()
        self._stopped: asyncio.Future[Report] = loop.create_future()
        run = self._run = Run(self._blueprint, self._options, self._engine.open(), self._settings, self._audience)
        self._too_long = loop.call_later(self._options.deadline, self._out_of_time)
        self._audience.began(self._blueprint.plan)
        if not run.halted:
            Starting(run, self._all_begun, self._halt).begin()
        return await self._outlast(self._started)

    async def stop(self) -> Report:
        """Stop what this run started, in reverse; at any moment, any number of times, and it happens once.

        When this is cancelled, nobody is waited for any longer than a moment.
        """
        if self._run is None:
            return self._report()
        self.request_stop()
        return await self._outlast(self._stopped)

    def request_stop(self) -> None:
        """Let no step begin any more, and stop what began; does not wait. For signal handlers and reporters."""
        run = self._run
        if run is None or run.halted or self._left:
            return
        self._interrupted = not self._started.done()
        run.halted = True
        run.loop.call_soon(self._turn)

    def hurry(self) -> None:
        """Wait no more than a moment for each thing that is being stopped."""
        if self._run is not None:
            self._run.hurried = True
        if self._stopping is not None and not self._stopped.done():
            self._stopping.hurry()

    def leave(self) -> Report:
        """End the run without a stop: what it started is left to itself."""
        if self._run is None or not self._started.done():
            raise RunError("only what has started can be left running")
        report = self._stopped.result() if self._stopped.done() else self._started.result()
        if not self._stopped.done():
            self._left = True
            self._close(self._run)
            self._stopped.set_result(report)
            self._audience.ended(report)
        return report

    def waiting(self) -> tuple[str, ...]:
        """Say, for each driver that is not done, what it is doing or what it waits for."""
        return () if self._run is None else tuple(waiting(self._run))

    def _all_begun(self) -> None:
        """Report that the start is over, well or not; what began stays."""
        self._too_long.cancel()
        report = self._report()
        self._audience.started(report)
        if self._run is not None and not self._run.halted:
            self._run.watch.close()
            self._started.set_result(report)

    def _halt(self, reason: str) -> None:
        """End the start for a reason that the report tells."""
        del reason
        if self._run is not None and not self._run.halted:
            self._run.halted = True
            self._run.loop.call_soon(self._turn)

    def _out_of_time(self) -> None:
        run = self._run
        if run is not None and not run.halted:
            run.problem = f"the start did not end within {self._options.deadline:g} s: {running(run)}"
            self._halt("")

    def _turn(self) -> None:
        """Turn around: cancel what runs, or let it end, and begin to stop."""
        run = self._run
        if run is None:
            return
        self._too_long.cancel()
        started = self._started.done()
        budget = (
            self._options.deadline if started else max(self._options.deadline - run.now, self._options.stop_timeout)
        )
        self._stopping = Stopping(run, run.loop.time() + budget, self._all_stopped)
        for node in run.nodes:
            if node.retry is not None:
                node.retry.cancel()
                node.retry = None
            if node.call is not None and (node.planned.policy.on_cancel is OnCancel.CANCEL or not node.begun):
                cut_short(run, node)
        if run.hurried:
            self._stopping.hurry()
        self._stopping.begin()

    def _all_stopped(self) -> None:
        if self._run is not None:
            self._close(self._run)
        report = self._report()
        self._audience.ended(report)
        for future in (self._started, self._stopped):
            if not future.done():
                future.set_result(report)

    def _close(self, run: Run) -> None:
        run.watch.close()
        self._too_long.cancel()
        run.worker.close()

    async def _outlast(self, future: asyncio.Future[Report]) -> Report:
        """Await the end of a start or stop. A first cancellation stops the run, the next ones hurry the stop."""
        cancelled: BaseException | None = None
        while not future.done():
            try:
                await asyncio.shield(future)
            except asyncio.CancelledError as error:
                if cancelled is not None or future is self._stopped:
                    self.hurry()
                self.request_stop()
                cancelled = error
        if cancelled is not None:
            raise cancelled
        return future.result()

    def _report(self) -> Report:
        run = self._run
        if run is None:
            outcomes = tuple(Outcome(driver.name, State.PENDING) for driver in self._blueprint.planned)
            return Report(self._blueprint.plan, outcomes, engine=self._engine.name)
        _name_causes(run.nodes)
        outcomes = tuple([node.outcome() for node in run.nodes])
        notes = tuple(self._audience.notes)
        return Report(self._blueprint.plan, outcomes, self._interrupted, run.problem, run.now, notes, self._engine.name)


def _policy(on_failure: OnFailure | str) -> OnFailure:
    try:
        return OnFailure(on_failure)
    except ValueError:
        raise DeclarationError("on_failure", ", ".join(OnFailure), on_failure) from None


def _name_causes(nodes: Iterable[Node]) -> None:
    """Name the failures that kept a tier shut, for those behind it that nothing else blocks."""
    failed: set[str] = set()
    shut: list[Node] = []
    for node in nodes:
        if node.state is State.FAILED and not node.ignored:
            failed.add(node.name)
        elif node.state is State.BLOCKED and not node.cause:
            shut.append(node)
    for node in shut:
        node.cause = frozenset(failed)

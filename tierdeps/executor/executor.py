"""Starts a plan and stops it, inside whatever event loop it is called on."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from tierdeps.engines import local
from tierdeps.errors import DeclarationError, RunError
from tierdeps.executor.blueprint import Blueprint
from tierdeps.executor.course import Course
from tierdeps.executor.enduring import Enduring
from tierdeps.executor.reload import difference
from tierdeps.executor.reloading import Reloading
from tierdeps.executor.reporting import not_run, report_of
from tierdeps.executor.run import Options, Run
from tierdeps.executor.telling import Audience
from tierdeps.executor.waiting import waiting
from tierdeps.model import OnFailure
from tierdeps.model.policy import check_seconds
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.engines import Engine
    from tierdeps.executor.reload import Reload, Reloaded
    from tierdeps.model import Plan, Report
    from tierdeps.reporters import Reporter


class Executor:
    """One run of one plan: ``start``, perhaps ``reload`` with another one, then ``stop``.

    It installs no signal handlers, brings no event loop, and prints nothing. A failing driver raises nothing here: the
    reports say all. ``timeout`` bounds each phase, ``stop_timeout`` each stop, ``deadline`` the start and the stop as
    wholes, in seconds; a driver's own policy goes before. ``durations`` are those of ``Report.durations``, by which the
    longest way goes first under a limit of ``jobs``; ``seed`` fixes the jitter of pauses between attempts. ``crashed``
    names the drivers that an earlier run had begun when it was killed. A run in which every driver is skipped has a
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
        crashed: Iterable[str] = (),
        allow_empty: bool = False,
    ) -> None:
        for what, seconds in (("timeout", timeout), ("stop_timeout", stop_timeout), ("deadline", deadline)):
            check_seconds(what, seconds)
        if jobs is not None and jobs < 1:
            raise DeclarationError("jobs", "a number from 1", jobs)
        policy = _policy(on_failure)
        self._plan = plan
        self._options = Options(
            policy, jobs, timeout, stop_timeout, deadline, durations or {}, seed, frozenset(crashed), allow_empty
        )
        self._engine = engine
        self._settings = settings or Settings()
        self._audience = Audience(reporters)
        self._course: Course | None = None
        self._reloading: Reloading | None = None
        self._interrupted = False

    async def start(self) -> Report:
        """Bring everything up; return once all is ready, or once a failure or a stop was seen to.

        When this is cancelled, what began is stopped first.
        """
        if self._course is not None:
            raise RunError("this executor has run already; make another one for another run")
        loop = asyncio.get_running_loop()
        self._started: asyncio.Future[Report] = loop.create_future()
        self._stopped: asyncio.Future[Report] = loop.create_future()
        run = Run(Blueprint.of(self._plan), self._options, self._engine.open(), self._settings, self._audience)
        course = self._course = Course(run, self._all_stopped)
        self._audience.began(self._plan)
        course.bring_up(Enduring(run, course.brought_up, course.halt), self._all_begun, course.end)
        return await self._outlast(self._started)

    async def stop(self) -> Report:
        """Stop what this run started, in reverse; at any moment, any number of times, and it happens once.

        When this is cancelled, nobody is waited for any longer than a moment.
        """
        if self._course is None:
            return not_run(self._plan, self._engine.name)
        self.request_stop()
        return await self._outlast(self._stopped)

    async def wait(self) -> Report:
        """Wait until the run is over for whatever reason: a stop, a driver that was lost, a start that failed."""
        if self._course is None:
            raise RunError("nothing was started that could be waited for")
        return await asyncio.shield(self._stopped)

    async def observe(self, seconds: float) -> Report:
        """Wait for so long, or until the run is over; return how it stands then, once nothing is being stopped.

        What is reported as a success after that was seen to stay up.
        """
        course = self._course
        if course is None or not self._started.done():
            raise RunError("only what has started can be observed")
        await asyncio.wait((self._stopped,), timeout=seconds)
        if course.busy and not self._stopped.done():
            quiet = asyncio.Event()
            course.on_quiet.append(quiet.set)
            waiting = asyncio.ensure_future(quiet.wait())
            try:
                await asyncio.wait((self._stopped, waiting), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
        return self._stopped.result() if self._stopped.done() else self._report(course.run)

    def request_stop(self) -> None:
        """Let no step begin any more, and stop what began; does not wait. For signal handlers and reporters."""
        course = self._course
        if course is None or course.ending or self._stopped.done():
            return
        self._interrupted = not self._started.done() or self._reloading is not None
        course.end()

    def hurry(self) -> None:
        """Wait no more than a moment for each thing that is being stopped."""
        if self._course is not None:
            self._course.hurry()

    def crash(self, error: BaseException) -> None:
        """Stop all in order because of an exception that belongs to no driver; ``Report.problem`` names it."""
        if self._course is not None and not self._stopped.done():
            self._course.crash(error, stuck=False)

    @property
    def crashes(self) -> tuple[BaseException, ...]:
        """The exceptions that belong to no driver; where there are some, the run ended because of the first."""
        return () if self._course is None else tuple(self._course.crashes)

    @property
    def held_seconds(self) -> float:
        """For how many seconds calls of drivers held the event loop in long steps so far, all together."""
        return 0.0 if self._course is None else self._course.run.holds.seconds

    def note_blocked(self, what: str, seconds: float) -> None:
        """Note in the report what blocked the event loop for so long, where no call was charged with it."""
        if self._course is not None:
            self._course.run.holds.note(what, seconds)

    def leave(self) -> Report:
        """End the run without a stop: what it started is left to itself."""
        course = self._course
        if course is None or not self._started.done():
            raise RunError("only what has started can be left running")
        if self._stopped.done():
            return self._stopped.result()
        if course.busy:
            raise RunError("drivers are being started or stopped; leave them running once that is over")
        report = self._report(course.run)
        course.close()
        self._stopped.set_result(report)
        self._audience.ended(report)
        return report

    def report(self) -> Report:
        """Return how the run stands now: during and after a stop, drivers are ``stopping`` and ``stopped`` in it."""
        if self._course is None:
            return not_run(self._plan, self._engine.name)
        return report_of(self._course.run, self._engine.name, interrupted=self._interrupted, now=True)

    def difference(self, plan: Plan, settings: Settings | None = None) -> Reload:
        """Say what a reload would do now; it does nothing."""
        now = self._report(self._running().run)
        return difference(now.plan, plan, self._settings, settings or self._settings, now.outcomes)

    async def reload(self, plan: Plan, settings: Settings | None = None, *, allow_empty: bool = False) -> Reloaded:
        """Go over to another plan, and perhaps other settings, and touch nothing that is the same in both.

        What goes or changes is stopped, with all that requires it, in reverse; what is new is started; drivers of which
        only the settings changed are told to reload. Where the new plan does not come up, the old one is restored.
        That no driver is up then is a problem to report, unless ``allow_empty``: from there on the run may be empty.
        When this is cancelled, the reload goes on. Raises RunError where it is not the time for it: before the start is
        over, while something is being started or stopped, and after the run.
        """
        course = self._running()
        reload = self.difference(plan, settings)
        course.busy = True
        self._reloaded: asyncio.Future[Reloaded] = course.run.loop.create_future()
        self._reloading = Reloading(course, reload, self._report, partial(course.settle, self._all_changed))
        self._reloading.begin(plan, settings or self._settings, allow_empty=allow_empty)
        return await asyncio.shield(self._reloaded)

    def waiting(self) -> tuple[str, ...]:
        """Say, for each driver that is not done, what it is doing or what it waits for."""
        return () if self._course is None else tuple(waiting(self._course.run))

    def _running(self) -> Course:
        """Return the course of a run that is up; raises RunError where there is none."""
        course = self._course
        if course is None or not self._started.done():
            raise RunError("the start is not over yet; reload once it is")
        if course.ending or self._stopped.done():
            raise RunError("the run is over or being stopped; start the plan anew")
        if self._reloading is not None:
            raise RunError("another reload goes on; reload once it is over")
        if course.busy:
            raise RunError("drivers are being stopped because of one that was lost; reload once that is over")
        return course

    def _all_begun(self) -> None:
        if self._course is not None:
            self._course.settle(self._all_started)

    def _all_started(self) -> None:
        """Report that the start is over, well or not; what began stays."""
        if self._course is None:
            return
        run = self._course.run
        report = self._report(run)
        self._audience.started(report)
        if not run.halted:
            run.watch.close()
            self._course.started = True
            self._started.set_result(report)

    def _all_changed(self) -> None:
        """Report that a reload is over."""
        if self._course is None or self._reloading is None:
            return
        reloaded, self._reloading = self._reloading.result(), None
        self._settings = self._course.run.settings
        self._course.run.watch.close()
        self._audience.started(reloaded.report)
        self._reloaded.set_result(reloaded)

    def _all_stopped(self) -> None:
        if self._course is None:
            return
        try:
            report = self._report(self._course.run)
            self._audience.ended(report)
            if self._reloading is not None:
                self._reloaded.set_result(self._reloading.result())
        except BaseException as error:  # noqa: BLE001  for who waits: they would for ever
            for future in (self._started, self._stopped):
                if not future.done():
                    future.set_exception(error)
            return
        for future in (self._started, self._stopped):
            if not future.done():
                future.set_result(report)

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

    def _report(self, run: Run) -> Report:
        return report_of(run, self._engine.name, interrupted=self._interrupted)


def _policy(on_failure: OnFailure | str) -> OnFailure:
    try:
        return OnFailure(on_failure)
    except ValueError:
        raise DeclarationError("on_failure", ", ".join(OnFailure), on_failure) from None

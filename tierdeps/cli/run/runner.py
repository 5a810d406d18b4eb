"""A run in this process, from its start to its end: signals and requests on its control socket stop or reload it."""

from __future__ import annotations

import asyncio
import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tierdeps._util.frozen import replace
from tierdeps._util.state_dir import reason_of
from tierdeps._util.text import printable
from tierdeps.cli._errors import report_bug
from tierdeps.cli.output.streams import STREAMS
from tierdeps.cli.run import EXIT_FAILED, EXIT_INTERRUPTED
from tierdeps.cli.run.actions import DriverActions
from tierdeps.cli.run.background import log_of
from tierdeps.cli.run.crashes import CrashHandler
from tierdeps.cli.run.driver_output import driver_output
from tierdeps.cli.run.file_watch import change_text, watched_files, watching
from tierdeps.cli.run.record import record_run
from tierdeps.cli.run.reload import NO_CHANGE, UNUSED_CHANGE, Reloader, current_folder, observe_started
from tierdeps.cli.run.reporter_thread import ReporterThread
from tierdeps.cli.run.reporting import (
    ConsoleSink,
    ReporterMux,
    answer_reporter,
    job_control,
    line_reporter,
    traceback_reporters,
)
from tierdeps.cli.run.service_manager import ServiceManager, ServiceReporter, reported
from tierdeps.cli.run.signals import wake_on_signals
from tierdeps.control.messages import FastStop, Perform, Ping, Reload
from tierdeps.control.server import Server
from tierdeps.control.sockets import own_socket
from tierdeps.errors import TierdepsError
from tierdeps.executor import Executor
from tierdeps.journal import instance_of
from tierdeps.journal.instances import resolved
from tierdeps.processes.open_files import raise_limit
from tierdeps.watchdog import Watchdog, watched_loop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import NoReturn

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.cli.run.driver_output import DriverOutput
    from tierdeps.cli.run.options import StartOptions
    from tierdeps.cli.run.record import RecordedRun
    from tierdeps.cli.run.signals import StartSignals
    from tierdeps.control.messages import Request
    from tierdeps.control.server import Connection, ReplySink
    from tierdeps.engines import Engine
    from tierdeps.model import Plan, Report
    from tierdeps.reporters import Reporter

#: How long the journal may take to store a run that is to be left running.
RECORD_TIMEOUT_S = 10.0


def run_plan(
    session: Session,
    graph_request: GraphRequest,
    options: StartOptions,
    plan: Plan,
    engine: Engine,
    signals: StartSignals,
) -> NoReturn:
    """Run a plan to its end, record the run in the journal, and exit."""
    socket = own_socket()
    reporters = session.reporters()  # before anything is recorded: one that cannot be made may end the command
    raise_limit()
    signals.hold()
    with (
        record_run(session, options, instance_of(graph_request.graphs), plan, socket) as record,
        driver_output(session, record, options.caller) as output,
    ):
        Runner(session, graph_request, options, plan, engine, record, socket, output, reporters).run(signals)


class Runner:
    """One run, from its start to its end."""

    def __init__(
        self,
        session: Session,
        graph_request: GraphRequest,
        options: StartOptions,
        plan: Plan,
        engine: Engine,
        record: RecordedRun,
        socket: Path,
        output: DriverOutput,
        reporters: Iterable[Reporter] = (),
    ) -> None:
        self._session = session
        self._graph_request = graph_request
        self._options = options
        self._record = record
        self._output = output
        self._answer_reporter = answer_reporter(session, options, record.durations)
        self._listeners = ReporterMux(self._apply_early_stop)
        self._recorder = record.recorder
        manager = ServiceManager.from_environment(os.environ)
        self._service = None if manager is None else ServiceReporter(manager)
        self._plugin_reporters = tuple(ReporterThread(reporter, session.info) for reporter in reporters)
        self._executor = self._make_executor(plan, engine)
        #: Resolved now: a driver may change the current folder, to which relative GRAPHs refer.
        self._instance = instance_of(graph_request.graphs)
        #: Whether a stop was requested before the start could be reported as a success.
        self._stopped_early = False
        #: Whether the start was a success; what fails later is not the start.
        self._came_up = False
        #: Whether --leave-running was given, and the run could not be recorded.
        self._unrecorded = False
        self._crash_handler = CrashHandler(self._executor.crash)
        self._tasks: set[asyncio.Task[int]] = set()
        self._server = Server(socket, self._handle)
        self._folder = current_folder()
        self._watched = watched_files(session, graph_request, plan, options.watch_paths) if options.watches else None
        self._reloader = Reloader(session, graph_request, options, self._executor, self._listeners)
        self._actions = DriverActions(self._executor, self._listeners, self._reloader.turns)

    def _make_executor(self, plan: Plan, engine: Engine) -> Executor:
        """Return the executor of the run; reporters are called in this order, the journal's first."""
        session, options, record = self._session, self._options, self._record
        recorders = () if record.recorder is None else (record.recorder,)
        return Executor(
            plan,
            engine=engine.configured(
                replace(options.for_engine(record.key), held=record.held, output=self._output.write)
            ),
            reporters=(
                *recorders,
                *traceback_reporters(session, options),
                self._answer_reporter,
                self._listeners,
                *(() if self._service is None else (self._service,)),
                *self._plugin_reporters,
            ),
            settings=session.settings,
            on_failure=options.failure_policy,
            jobs=options.jobs,
            timeout=options.timeout,
            stop_timeout=options.stop_timeout,
            deadline=options.deadline,
            durations=record.durations if options.jobs is not None else {},
            orphaned=record.orphaned,
            allow_empty=self._graph_request.allow_empty,
        )

    def run(self, signals: StartSignals) -> NoReturn:
        """Run until everything has stopped, and exit."""
        with asyncio.Runner(loop_factory=watched_loop) as runner, job_control(self._answer_reporter):
            code, report = runner.run(self._run(signals))
            errors = (*self._executor.crashes, *self._crash_handler.errors)
            if errors:
                code = report_bug(errors[0])
            for reporter in self._plugin_reporters:
                reporter.close()
            if any(outcome.stragglers for outcome in report.outcomes):
                self._output.close()
                if self._recorder is not None:
                    self._recorder.finish()
                STREAMS.end(code, at_once=True)  # before the runner waits for what does not end
        raise click.exceptions.Exit(code)

    async def _run(self, signals: StartSignals) -> tuple[int, Report]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._crash_handler)
        self._stop_requested = asyncio.Event()
        self._started = asyncio.Event()
        self._final_report: asyncio.Future[Report] = loop.create_future()
        signals.connect(loop.call_soon_threadsafe, self._stop_or_expedite, self._reload_on_signal)
        opening = asyncio.create_task(self._open_socket())  # runs at the first await, when the run has started
        executor = self._executor
        try:
            watchdog = Watchdog(self._blocked, executor.note_blocked, lambda: executor.held_seconds)
            with wake_on_signals(loop), watchdog, reported(self._service, executor, loop):
                async with watching(self._watched, self._reload_on_change, self._session.info):
                    report = await self._run_or_stop()
            self._final_report.set_result(report)
        finally:
            self._started.set()
            await opening
            self._final_report.cancel()
            await self._server.close()
        interrupted = report.interrupted or self._stopped_early
        return EXIT_INTERRUPTED if interrupted else 0 if report.ok and not self._unrecorded else EXIT_FAILED, report

    def _blocked(self, where: str) -> None:
        """Print at once what blocks the loop: it may do so for ever, and until it ends no signal is handled."""
        self._session.info(f"note: the event loop is blocked by {where}; nothing else can run until it returns")

    async def _run_or_stop(self) -> Report:
        """Run; an unexpected exception stops everything before the command ends."""
        try:
            return await self._run_to_end()
        except Exception as error:  # noqa: BLE001  reported at the end, not swallowed
            self._crash_handler.handle(error)
            return await self._executor.stop()

    async def _run_to_end(self) -> Report:
        """Start; stay up, leave everything running or go on at once; stop."""
        executor = self._executor
        report = await executor.start()
        self._came_up = report.ready
        if report.ready and self._options.mode != "foreground":
            report = await observe_started(executor, report.plan)
        if self._stop_requested.is_set():
            self._stopped_early = self._options.leave or self._options.caller is not None
            return await executor.stop()
        if self._options.leave and await self._is_recorded():
            return executor.release()
        runs = report.ready or any(outcome.begun and not outcome.stopped for outcome in report.outcomes)
        if runs and self._options.mode in ("foreground", "detached"):
            await self._sync_journal()
            self._report_started(report)
            await executor.wait()
        return await executor.stop()

    async def _is_recorded(self) -> bool:
        """Return whether a later command can find this run; print an error if it cannot."""
        if self._recorder is not None and await self._recorder.settle(RECORD_TIMEOUT_S):
            return True
        self._unrecorded = True
        self._session.error(["error: the run cannot be recorded, so nothing is left running"])
        return False

    async def _sync_journal(self) -> None:
        """Let the journal catch up, for a moment: the reader of the next message may look there."""
        if self._recorder is not None:
            await self._recorder.settle()

    def _report_started(self, report: Report) -> None:
        """Report that the start is complete and the run goes on; reloads may follow from here on."""
        self._started.set()
        if self._service is not None:
            self._service.ready(detached=self._options.caller is not None)
        if self._options.caller is not None:
            self._answer_reporter.run_ended(report)
            self._session.info(self._farewell())
            self._options.caller.release(0 if report.ok else EXIT_FAILED)

    def _farewell(self) -> str:
        command = shlex.join(("tierdeps", "stop", *self._graph_request.graphs))
        where = f"in the background, as process {os.getpid()}; its log is {log_of(self._instance)}"
        return f"{self._instance.title} runs {where}; stop it with: {command}"

    async def _open_socket(self) -> None:
        """Open the control socket; without it only signals stop the run."""
        try:
            await self._server.open()
        except OSError as error:
            note = "note: this run has no control socket: only signals stop it, and it cannot be reloaded"
            self._session.info(f"{note}: {reason_of(error)}")
        except Exception as error:  # noqa: BLE001  reported at the end, not swallowed
            self._crash_handler.handle(error)

    def _stop_or_expedite(self) -> None:
        """Stop at a first signal, and stop faster at another one."""
        if self._stop_requested.is_set():
            self._executor.expedite()
            self._session.info("stopping faster: waiting at most one second for anything")
        else:
            self._stop()
            self._session.info("stopping; to stop faster, interrupt again")

    def _apply_early_stop(self) -> None:
        """Stop a run before its first step, if a stop was requested while it was prepared."""
        if self._stop_requested.is_set():
            self._executor.request_stop()

    def _stop(self) -> None:
        self._stop_requested.set()
        self._executor.request_stop()

    # Requests on the control socket

    async def _handle(self, request: Request, connection: Connection) -> int:
        if isinstance(request, Ping):
            return 0
        if isinstance(request, Reload):
            return await self._reload(request, connection)
        if isinstance(request, Perform):
            return await self._perform(request, connection)
        listener = line_reporter(
            connection.write, request.format, verbose=request.verbose, quiet=request.quiet, came_up=self._came_up
        )
        self._listeners.add(listener)
        if self._final_report.done():
            listener.run_ended(self._final_report.result())
        before = _failed(self._executor.report())
        self._stop()
        if isinstance(request, FastStop):
            self._executor.expedite()
        report = await asyncio.shield(self._final_report)
        stopped_well = not any(outcome.stop_error or outcome.stragglers for outcome in report.outcomes)
        return 0 if stopped_well and _failed(report) <= before else EXIT_FAILED

    async def _wait_until_started(self, sink: ReplySink, what: str) -> None:
        if not self._started.is_set():
            sink.info(f"note: the start has not finished; the {what} waits for it")
            await self._started.wait()  # the start has a deadline

    async def _perform(self, request: Perform, sink: ReplySink) -> int:
        await self._wait_until_started(sink, request.action)
        code = await self._actions.perform(request, sink)
        await self._sync_journal()
        return code

    async def _reload(self, request: Reload, sink: ReplySink, *, on_change: bool = False) -> int:
        await self._wait_until_started(sink, "reload")
        with self._reload_reported(dry_run=request.dry_run):
            code = await self._reloader.reload(request, sink, UNUSED_CHANGE if on_change else NO_CHANGE)
        if code == 0 and not request.dry_run:
            self._record.moved(resolved(self._instance))
        await self._sync_journal()
        return code

    @contextmanager
    def _reload_reported(self, *, dry_run: bool) -> Iterator[None]:
        """Report a reload to the service manager, from its start to its end."""
        if self._service is None or dry_run:
            yield
            return
        self._service.reloading()
        try:
            yield
        finally:
            self._service.ready()

    def _reload_on_change(self, paths: tuple[str, ...]) -> None:
        """Reload because files have changed, unless the run is being stopped."""
        if not self._stop_requested.is_set():
            self._session.info(change_text(paths, self._folder))
            self._reload_on_signal(on_change=True)

    def _reload_on_signal(self, *, on_change: bool = False) -> None:
        """Reload because of a signal, or a change of files, and print the outcome to the standard error."""
        self._session.info("reloading")
        task = asyncio.create_task(self._reload(Reload(), ConsoleSink(self._session), on_change=on_change))
        self._tasks.add(task)
        task.add_done_callback(self._reloaded)

    def _reloaded(self, task: asyncio.Task[int]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TierdepsError):
            self._session.error([printable(f"error: {error}")])
        elif error is not None:
            raise error


def _failed(report: Report) -> set[str]:
    return {outcome.driver for outcome in report.root_causes if not outcome.ignored}

"""A run in this process: signals and whoever asks over its socket stop it, and the exit code says how it went."""

from __future__ import annotations

import asyncio
import os
import shlex
from typing import TYPE_CHECKING

import click

from tierdeps._util.state_dir import reason_of
from tierdeps._util.text import printable
from tierdeps.cli._instance.apart import Apart
from tierdeps.cli._instance.background import log_of
from tierdeps.cli._instance.observing import observed
from tierdeps.cli._instance.record import recorded
from tierdeps.cli._instance.relay import Relay
from tierdeps.cli._instance.reloading import ConsoleSink, Reloader
from tierdeps.cli._instance.telling import line_teller, log_drivers, teller, traceback_teller
from tierdeps.cli._instance.unexpected import Unexpected, report_bug
from tierdeps.cli._streams import STREAMS
from tierdeps.control.messages import FastStop, Ping, Reload
from tierdeps.control.server import Server
from tierdeps.control.sockets import own_socket
from tierdeps.engines import local
from tierdeps.errors import TierdepsError
from tierdeps.executor import Executor
from tierdeps.journal import instance_of
from tierdeps.journal.instances import resolved
from tierdeps.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import NoReturn

    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._instance.record import Record
    from tierdeps.cli._instance.signals import StartSignals
    from tierdeps.cli._session import Session, Wanted
    from tierdeps.control.messages import Request
    from tierdeps.control.server import Connection, ReplySink
    from tierdeps.model import Plan, Report
    from tierdeps.reporters import Reporter

INTERRUPTED, FAILED = 130, 4
#: So long the journal may take to hold a run that is to be left running, in seconds.
RECORDED_S = 10.0


def live(session: Session, wanted: Wanted, manner: Manner, plan: Plan, signals: StartSignals) -> NoReturn:
    """Run a plan to its end, recorded in the journal, and exit."""
    STREAMS.write_in_thread(as_json=manner.format_name == "json")
    socket = own_socket()
    reporters = session.reporters()  # before anything is recorded: one that cannot be made may end the command
    signals.hold()
    with recorded(session, manner, instance_of(wanted.graphs), plan, socket) as record:
        log_drivers(session)
        Live(session, wanted, manner, plan, record, socket, reporters).run(signals)


class Live:
    """One run, from its start to its end; signals and whoever asks over its socket have a say."""

    def __init__(
        self,
        session: Session,
        wanted: Wanted,
        manner: Manner,
        plan: Plan,
        record: Record,
        socket: Path,
        reporters: Iterable[Reporter] = (),
    ) -> None:
        self._session = session
        self._wanted = wanted
        self._manner = manner
        self._record = record
        self._teller = teller(session, manner)
        self._relay = Relay(self._stop_if_asked)
        self._recorder = record.recorder
        self._apart = tuple(Apart(reporter, session.talk) for reporter in reporters)
        recorders = () if record.recorder is None else (record.recorder,)
        told = traceback_teller(session, manner)
        self._executor = Executor(
            plan,
            engine=local.engine(record.key, keep=manner.leave, replace=manner.replace_changed),
            reporters=(*recorders, *told, self._teller, self._relay, *self._apart),
            settings=session.settings,
            on_failure=manner.on_failure,
            jobs=manner.jobs,
            timeout=manner.timeout,
            stop_timeout=manner.stop_timeout,
            deadline=manner.deadline,
            durations=record.durations,
            crashed=record.crashed,
            allow_empty=wanted.allow_empty,
        )
        #: Named now: where it is from here is another matter once a driver has changed the folder.
        self._instance = instance_of(wanted.graphs)
        #: Whether a stop came before it was reported that all is up and stays so.
        self._cut_off = False
        #: Whether it was to be left running, and could not be recorded.
        self._unrecorded = False
        self._unexpected = Unexpected(self._executor.crash)
        self._tasks: set[asyncio.Task[int]] = set()
        self._server = Server(socket, self._answer)
        self._reloader = Reloader(session, wanted, manner, self._executor, self._relay)

    def run(self, signals: StartSignals) -> NoReturn:
        """Run until all is over, and exit."""
        with asyncio.Runner() as runner:
            code, report = runner.run(self._run(signals))
            errors = (*self._executor.crashes, *self._unexpected.errors)
            if errors:
                code = report_bug(errors[0])
            for reporter in self._apart:
                reporter.end()
            if any(outcome.stragglers for outcome in report.outcomes):
                if self._recorder is not None:
                    self._recorder.finish()
                STREAMS.end(code, at_once=True)  # before the runner waits for what does not end
        raise click.exceptions.Exit(code)

    async def _run(self, signals: StartSignals) -> tuple[int, Report]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unexpected)
        self._asked = asyncio.Event()
        self._up = asyncio.Event()
        self._over: asyncio.Future[Report] = loop.create_future()
        signals.connect(loop.call_soon_threadsafe, self._stop_or_hurry, self._reload_aloud)
        opening = asyncio.create_task(self._open())  # it has its turn once the run has begun
        executor = self._executor
        try:
            with Watchdog(self._blocked, executor.note_blocked, lambda: executor.held_seconds):
                report = await self._live_or_stop()
            self._over.set_result(report)
        finally:
            self._up.set()
            await opening
            self._over.cancel()
            await self._server.close()
        interrupted = report.interrupted or self._cut_off
        return INTERRUPTED if interrupted else 0 if report.ok and not self._unrecorded else FAILED, report

    def _blocked(self, where: str) -> None:
        """Tell at once what blocks the loop: it may do so for ever, and no signal is heard until it ends."""
        self._session.talk(f"note: the event loop is blocked, and nothing else goes on, by {where}")

    async def _live_or_stop(self) -> Report:
        """Live; what nobody foresaw there stops all before the command ends."""
        try:
            return await self._live()
        except Exception as error:  # noqa: BLE001  told in the end, not swallowed
            self._unexpected.take(error)
            return await self._executor.stop()

    async def _live(self) -> Report:
        """Start, stay or not, stop."""
        executor = self._executor
        report = await executor.start()
        if report.ready and self._manner.mode != "foreground":
            report = await observed(executor, report.plan)
        if self._asked.is_set():
            self._cut_off = self._manner.leave or self._manner.detached is not None
            return await executor.stop()
        if self._manner.leave and await self._is_recorded():
            return executor.leave()
        runs = report.ready or any(outcome.begun and not outcome.stopped for outcome in report.outcomes)
        if runs and self._manner.mode in ("foreground", "detached"):
            await self._settle()
            self._stay(report)
            await executor.wait()
        return await executor.stop()

    async def _is_recorded(self) -> bool:
        """Return whether a later command can find this run; say so where it cannot."""
        if self._recorder is not None and await self._recorder.settle(RECORDED_S):
            return True
        self._unrecorded = True
        self._session.complain(["error: the run cannot be recorded, so nothing is left running"])
        return False

    async def _settle(self) -> None:
        """Let the journal catch up, for a moment: who hears of something next may look there for it."""
        if self._recorder is not None:
            await self._recorder.settle()

    def _stay(self, report: Report) -> None:
        """Take note that the start is over, and that what it brought up goes on running."""
        self._up.set()
        if self._manner.detached is not None:
            self._teller.run_ended(report)
            self._session.talk(self._farewell())
            self._manner.detached.over(0 if report.ready else FAILED)

    def _farewell(self) -> str:
        told = shlex.join(("tierdeps", "stop", *self._wanted.graphs))
        where = f"in the background, as process {os.getpid()}; its log is {log_of(self._instance)}"
        return f"{self._instance.title} runs {where}; stop it with: {told}"

    async def _open(self) -> None:
        """Be there for those who ask; where that cannot be, signals still are heard."""
        try:
            await self._server.open()
        except OSError as error:
            note = "note: this run cannot be asked to reload, and stops by signals only"
            self._session.talk(f"{note}: {reason_of(error)}")
        except Exception as error:  # noqa: BLE001  told in the end, not swallowed
            self._unexpected.take(error)

    def _stop_or_hurry(self) -> None:
        """Stop at a first signal, and hurry at another one."""
        if self._asked.is_set():
            self._executor.hurry()
            self._session.talk("stopping faster: nothing is waited for any longer than a second")
        else:
            self._stop()
            self._session.talk("stopping; once more to stop faster")

    def _stop_if_asked(self) -> None:
        """Stop a run that begins before its first step does, where that was asked for while it was prepared."""
        if self._asked.is_set():
            self._executor.request_stop()

    def _stop(self) -> None:
        self._asked.set()
        self._executor.request_stop()

    # What is asked over the socket

    async def _answer(self, request: Request, connection: Connection) -> int:
        if isinstance(request, Ping):
            return 0
        if isinstance(request, Reload):
            return await self._reload(request, connection)
        listener = line_teller(connection.write, request.format, verbose=request.verbose)
        self._relay.add(listener)
        if self._over.done():
            listener.run_ended(self._over.result())
        before = _failed(self._executor.report())
        self._stop()
        if isinstance(request, FastStop):
            self._executor.hurry()
        report = await asyncio.shield(self._over)
        stopped_well = not any(outcome.stop_error or outcome.stragglers for outcome in report.outcomes)
        return 0 if stopped_well and _failed(report) <= before else FAILED

    async def _reload(self, request: Reload, sink: ReplySink) -> int:
        if not self._up.is_set():
            sink.info("note: the start is not over, and the reload waits for it")
            await self._up.wait()  # the start has a deadline
        code = await self._reloader.reload(request, sink)
        if code == 0 and not request.dry_run:
            self._record.moved(resolved(self._instance))
        await self._settle()
        return code

    def _reload_aloud(self) -> None:
        """Reload because of a signal; how it goes is told on the side."""
        self._session.talk("reloading")
        task = asyncio.create_task(self._reload(Reload(), ConsoleSink(self._session)))
        self._tasks.add(task)
        task.add_done_callback(self._reloaded)

    def _reloaded(self, task: asyncio.Task[int]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TierdepsError):
            self._session.complain([printable(f"error: {error}")])
        elif error is not None:
            raise error


def _failed(report: Report) -> set[str]:
    return {outcome.driver for outcome in report.root_causes if not outcome.ignored}

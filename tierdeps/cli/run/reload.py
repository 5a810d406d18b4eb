"""A reload of the run in this process: read the graph and the settings again, and apply the difference."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tierdeps._util.frozen import Value, replace
from tierdeps._util.text import printable
from tierdeps.cli._inputs import is_address
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.cli.run.options import make_plan
from tierdeps.cli.run.reporting import line_reporter
from tierdeps.cli.run.turns import Turns
from tierdeps.errors import DeadlineExceeded, InputError, RunError, TierdepsError
from tierdeps.reporters.json_lines import report_document
from tierdeps.reporters.lines import LineReporter
from tierdeps.threads import Threads
from tierdeps.words.report import report_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.cli.run.options import StartOptions
    from tierdeps.cli.run.reporting import ReporterMux
    from tierdeps.control.messages import Reload as Request
    from tierdeps.control.server import ReplySink
    from tierdeps.executor import Executor
    from tierdeps.executor.changes.reload import ReloadPlan, ReloadResult
    from tierdeps.model import Plan, PlannedDriver, Report
    from tierdeps.settings import Settings
    from tierdeps.words.documents import Json


#: What there is to print if a reload has nothing to do: one that was requested, and one because a file changed.
NO_CHANGE, UNUSED_CHANGE = "nothing changed", "no driver depends on what changed: nothing was restarted or reloaded"


class Reloader:
    """Serves the reloads of one run, one after the other."""

    def __init__(
        self,
        session: Session,
        graph_request: GraphRequest,
        options: StartOptions,
        executor: Executor,
        listeners: ReporterMux,
    ) -> None:
        self._start = StartRequest(session, graph_request, options, current_folder())
        self._options = options
        self._executor = executor
        self._listeners = listeners
        #: Held by what changes the drivers that run: one request at a time does.
        self.turns: Turns = Turns(options.deadline)

    async def reload(self, request: Request, sink: ReplySink, no_change: str = NO_CHANGE) -> int:
        """Read the graph and the settings again, and apply the difference; return the exit code.

        ``no_change`` is printed if there is none. Raises RunError if the run cannot be reloaded now.
        """
        async with self.turns.take(sink):
            return await self._reload(request, sink, no_change)

    async def _reload(self, request: Request, sink: ReplySink, no_change: str) -> int:
        seconds = self._options.deadline
        try:
            reread = await reread_graph(self._start_request(request), seconds)
        except TimeoutError:
            raise DeadlineExceeded("reading the graph again", seconds) from None
        for line in reread.lines:
            (sink.error if reread.code else sink.info)(line)
        if reread.plan is None or reread.settings is None:
            sink.error("nothing was changed: everything keeps running as before")
            return reread.code
        if request.dry_run:
            return self._dry_run(reread.plan, reread.settings, request, sink)
        return await self._apply(reread.plan, reread.settings, request, sink, no_change)

    def _start_request(self, request: Request) -> StartRequest:
        """Return what the run was started with, and what this reload allows in addition."""
        before = self._start.graph_request
        return self._start._replace(
            graph_request=replace(before, allow_empty=before.allow_empty or request.allow_empty)
        )

    def _dry_run(self, plan: Plan, settings: Settings, request: Request, sink: ReplySink) -> int:
        reload = self._executor.difference(plan, settings)
        if request.format == "json":
            sink.write(json.dumps(reload_document(plan, reload)))
        else:
            for line in difference_lines(reload, dry_run=True):
                sink.write(line)
        return 0

    async def _apply(self, plan: Plan, settings: Settings, request: Request, sink: ReplySink, no_change: str) -> int:
        as_text = request.format == "text"
        if as_text and not request.quiet:
            for line in difference_lines(self._executor.difference(plan, settings), dry_run=False, no_change=no_change):
                sink.write(line)
        known = self._executor.report().notes  # those of before are no news
        listener = line_reporter(
            sink.write, request.format, verbose=request.verbose, quiet=request.quiet, known_notes=known
        )
        if sink.wants_events:
            self._listeners.add(listener)
        try:
            reloaded = await self._executor.reload(plan, settings, allow_empty=request.allow_empty)
            if reloaded.ok:
                started = (plan.drivers[name] for name in reloaded.reload.to_start)
                reloaded = replace(reloaded, report=await observe_started(self._executor, started))
        finally:
            self._listeners.remove(listener)
        if as_text:
            printed = listener.notes if isinstance(listener, LineReporter) else known
            for line in outcome_lines(reloaded, printed, verbose=request.verbose):
                sink.write(line)
        else:
            sink.write(json.dumps(reload_document(plan, reloaded.reload, reloaded)))
        return 0 if reloaded.ok else EXIT_FAILED


async def observe_started(executor: Executor, started: Iterable[PlannedDriver]) -> Report:
    """Wait until the processes of the started drivers have run for their settle time; return the report of then."""
    seconds = max((driver.process.watch_time for driver in started if driver.process is not None), default=0.0)
    return await executor.observe(seconds)


class RereadResult(Value):
    """The plan and the settings as they are now, or an exit code; and the lines that reading them has printed."""

    lines: tuple[str, ...]
    code: int = 0
    plan: Plan | None = None
    settings: Settings | None = None


class StartRequest(NamedTuple):
    """What the run was started with, and the current folder of then: a driver may change that at any time."""

    session: Session
    graph_request: GraphRequest
    options: StartOptions
    folder: str

    def with_absolute_paths(self) -> StartRequest:
        """Return the same with absolute paths if the current folder is another one by now."""
        if not self.folder or current_folder() == self.folder:
            return self
        session, graphs, options = self.session, self.graph_request, self.options
        return StartRequest(
            replace(
                session,
                config=session.config and self._path(session.config),
                root=session.root and self._path(session.root),
                folder=Path(self.folder),
            ),
            replace(graphs, given=tuple(map(self._path, graphs.given)), graphs=tuple(map(self._path, graphs.graphs))),
            replace(options, locked=options.locked and self._path(options.locked)),
            self.folder,
        )

    def _path(self, name: str) -> str:
        return name if name == "-" or is_address(name) else os.path.join(self.folder, name)  # noqa: PTH118  as written


def current_folder() -> str:
    """Return the current folder; empty if it has been deleted."""
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109
    return ""


async def reread_graph(start: StartRequest, seconds: float) -> RereadResult:
    """Read everything again in a thread, so that the event loop goes on. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    threads = Threads(loop)
    result: asyncio.Future[RereadResult] = loop.create_future()

    def done(reread: Any, error: BaseException | None) -> None:
        if result.done():
            return
        if error is None:
            result.set_result(reread)
        else:
            result.set_exception(error)

    job = threads.submit(lambda _: _reread(start.with_absolute_paths()), None, done)
    try:
        return await asyncio.wait_for(result, seconds)
    finally:
        if not result.done() or result.cancelled():
            job.cancel()
        threads.close()


def _reread(start: StartRequest) -> RereadResult:
    before, graph_request, options, _ = start
    lines: list[str] = []
    # The lines are for the caller of the reload: their --quiet counts, not that of the start.
    session = replace(before, write=lines.append, color="never", quiet=False, _reported=frozenset())
    try:
        if "-" in graph_request.graphs:
            raise InputError("-", "standard input cannot be read again; start from a file")
        with session:
            resolved = session.resolve(graph_request)
            plan = make_plan(session, session.graph(resolved, locked=options.locked is not None), resolved, options)
            _refuse_empty(plan, graph_request)
    except click.exceptions.Exit as ended:
        return RereadResult(tuple(lines), ended.exit_code)
    except TierdepsError as error:
        return RereadResult((*lines, *(f"error: {sentence}" for sentence in error.sentences)), error.exit_code)
    return RereadResult(tuple(lines), 0, plan, session.settings)


def _refuse_empty(plan: Plan, graph_request: GraphRequest) -> None:
    """Raise RunError for a plan that would stop everything and start nothing."""
    if not graph_request.allow_empty and all(driver.disabled for driver in plan):
        why = "every driver is disabled; enable one" if plan.drivers else "the plan has no driver; change the graph"
        raise RunError(
            f"nothing would be left running: {why}, end the run with tierdeps stop, or pass --allow-empty to stop all"
            " drivers and keep the run"
        )


def difference_lines(reload: ReloadPlan, *, dry_run: bool, no_change: str = NO_CHANGE) -> Iterator[str]:
    """Yield what the reload does, in the order in which it does it, and a summary."""
    will = "would" if dry_run else "will"
    actions = (
        (reload.to_stop, "stop"),
        (reload.released, "release"),
        (reload.to_start, "start"),
        (reload.to_reload, "reload"),
    )
    for names, verb in actions:
        yield from (printable(f"{will} {verb} {name}") for name in names)
    counts = [f"{len(names)} to {verb}" for names, verb in actions if names]
    if reload.restarted:
        counts.append(f"{len(reload.restarted)} of them started again")
    counts.append(f"{len(reload.untouched)} unchanged")
    yield ", ".join(counts) + ("; nothing was done" if dry_run else "") if reload else no_change


def outcome_lines(reloaded: ReloadResult, known: Collection[str] = (), *, verbose: bool) -> Iterator[str]:
    """Yield the outcome of a reload, without the notes in ``known``, and each other note once."""
    for outcome in reloaded.stopped:
        if outcome.driver in reloaded.lost:
            yield printable(f"failed: {outcome.driver}: {outcome.reason}")
        if outcome.stop_error:
            yield printable(f"stop failed: {outcome.driver}: {outcome.stop_error}")
        yield from (printable(f"left behind: {straggler}") for straggler in outcome.stragglers)
    if reloaded.failed is None:
        # What was lost before, or on its own, is no failure of what this reload started.
        came_up = all(reloaded.report[name].start_state.satisfies_barrier for name in reloaded.reload.to_start)
        yield from report_lines(reloaded.report, known, verbose=verbose, came_up=came_up)
        return
    yield "error: the new graph did not start, so the old one was restored"
    yield from report_lines(reloaded.failed, known, verbose=verbose)
    yield "running now:"
    yield from report_lines(reloaded.report, (*known, *reloaded.failed.notes), verbose=verbose, came_up=True)


def reload_document(plan: Plan, reload: ReloadPlan, reloaded: ReloadResult | None = None) -> Json:
    """Return the reload to a plan as JSON values; without its outcome it is a dry run."""
    failed = None if reloaded is None else reloaded.failed
    return {
        "schema": "tierdeps/reload/1",
        "dry_run": reloaded is None,
        "ok": reloaded is None or reloaded.ok,
        "digest": plan.digest,
        "stop": [*reload.to_stop],
        "start": [*reload.to_start],
        "reload": [*reload.to_reload],
        "released": [*reload.released],
        "untouched": [*reload.untouched],
        "failed": None if failed is None else report_document(failed),
        "report": None if reloaded is None else report_document(reloaded.report),
    }

"""Requests to restart, stop or start single drivers of the run in this process, and their answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.text import printable
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.cli.run.reload import observe_started
from tierdeps.cli.run.reporting import line_reporter
from tierdeps.reporters.json_lines import report_document
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.cli.run.reporting import ReporterMux
    from tierdeps.cli.run.turns import Turns
    from tierdeps.control.messages import Perform
    from tierdeps.control.server import ReplySink
    from tierdeps.executor import ActionPlan, ActionResult, Executor
    from tierdeps.words.documents import Json


class DriverActions:
    """Serves the requests for single drivers of one run, one after the other and after reloads."""

    def __init__(self, executor: Executor, listeners: ReporterMux, turns: Turns) -> None:
        self._executor = executor
        self._listeners = listeners
        self._turns = turns

    async def perform(self, request: Perform, sink: ReplySink) -> int:
        """Do what is requested, and return the exit code. Raises TierdepsError if it cannot be done now."""
        async with self._turns.take(sink):
            if request.dry_run:
                plan = self._executor.plan_action(request.action, request.drivers, request.dependents)
                return self._answer(request, sink, plan)
            return await self._perform(request, sink)

    async def _perform(self, request: Perform, sink: ReplySink) -> int:
        known = self._executor.report().notes  # those of before are no news
        listener = line_reporter(
            sink.write, request.format, verbose=request.verbose, quiet=request.quiet, known_notes=known
        )
        self._listeners.add(listener)
        try:
            result = await self._executor.perform(request.action, request.drivers, request.dependents)
            if result.ok and result.plan.to_start:
                result = await self._observed(result)
        finally:
            self._listeners.remove(listener)
        return self._answer(request, sink, result.plan, result)

    async def _observed(self, result: ActionResult) -> ActionResult:
        """Return the result once the processes that were started have been up for a moment."""
        drivers = (result.report.plan.drivers[name] for name in result.plan.to_start)
        report = await observe_started(self._executor, drivers)
        known = {outcome.driver: outcome for outcome in report.outcomes}
        started = (known[name] for name in result.plan.to_start if name in known)
        down = (
            one.driver for one in started if not result.plan.is_up(one.driver, one.start_state, ignored=one.ignored)
        )
        return replace(result, report=report, down=tuple(down))

    @staticmethod
    def _answer(request: Perform, sink: ReplySink, plan: ActionPlan, result: ActionResult | None = None) -> int:
        if request.format == "json":
            sink.write(json.dumps(action_document(plan, result)))
        else:
            for line in plan_lines(plan) if result is None else result_lines(result):
                sink.write(printable(line))
        return 0 if result is None or result.ok else EXIT_FAILED


def plan_lines(plan: ActionPlan) -> Iterator[str]:
    """Yield what an action would do, in the order in which it would do it, and a summary."""
    yield from (f"would stop {name}" for name in plan.to_stop)
    yield from (f"would start {name}" for name in plan.to_start)
    yield from (f"would reload {name}" for name in plan.to_reload)
    yield from _idle_lines(plan)
    yield f"{_summary(plan, 'to stop', 'to start', 'to reload')}; nothing was done"


def result_lines(result: ActionResult) -> Iterator[str]:
    """Yield what came of an action: what went wrong, and a summary."""
    plan, report = result.plan, result.report
    if result.problem:
        yield f"error: {result.problem}"
    yield from _idle_lines(plan)
    for outcome in result.stopped:
        if outcome.driver in result.lost:
            yield f"lost: {outcome.driver} had stopped working before it was stopped"
        if outcome.stop_error:
            yield f"stop failed: {outcome.driver}: {outcome.stop_error}"
        yield from (f"left behind: {straggler}" for straggler in outcome.stragglers)
    for name in result.down:
        yield f"not up: {name}: {report[name].reason or report[name].state}"
    up = [name for name in plan.to_start if name not in result.down]
    if plan.action != "reload" or not result.problem:
        yield _summary(replace(plan, to_start=tuple(up)), "stopped", "started", "reloaded")


def _idle_lines(plan: ActionPlan) -> Iterator[str]:
    state = "is up already" if plan.action == "start" else "is not running"
    yield from (f"note: {name} {state}" for name in plan.idle)


def _summary(plan: ActionPlan, stopped: str, started: str, reloaded: str) -> str:
    if plan.action == "reload":
        return f"{counted(len(plan.to_reload), 'driver')} {reloaded}"
    if plan.action == "stop":
        return f"{counted(len(plan.to_stop), 'driver')} {stopped}"
    if not plan.to_stop:
        return f"{counted(len(plan.to_start), 'driver')} {started}"
    return f"{counted(len(plan.to_stop), 'driver')} {stopped}, {len(plan.to_start)} {started}"


def action_document(plan: ActionPlan, result: ActionResult | None = None) -> Json:
    """Return an action as JSON values; without its result it is a dry run."""
    return {
        "schema": "tierdeps/action/1",
        "action": str(plan.action),
        "dry_run": result is None,
        "ok": result is None or result.ok,
        "named": [*plan.named],
        "stop": [*plan.to_stop],
        "start": [*plan.to_start],
        "reload": [*plan.to_reload],
        "idle": [*plan.idle],
        "lost": [] if result is None else [*result.lost],
        "down": [] if result is None else [*result.down],
        "problem": "" if result is None else result.problem,
        "report": None if result is None else report_document(result.report),
    }

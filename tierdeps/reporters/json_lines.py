"""A run as lines of JSON: an object for each event, and last the report."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Event, Outcome, Plan, Report
    from tierdeps.words.documents import Json


class JsonLineReporter(Reporter):
    """Writes each event as an object, and last the report."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write_line = write
        self._started = datetime.now(UTC)
        self._plan: Plan | None = None

    def run_started(self, plan: Plan) -> None:
        """Record the time of day from which the times of events count."""
        self._started = datetime.now(UTC)
        self._plan = plan

    def plan_changed(self, plan: Plan) -> None:
        """Record the hosts of the new plan."""
        self._plan = plan

    def event(self, event: Event) -> None:
        """Write the event."""
        driver = None if self._plan is None else self._plan.drivers.get(event.driver)
        self._write(
            {
                "schema": "tierdeps/event/1",
                "at": round(event.at, 6),
                "time": (self._started + timedelta(seconds=event.at)).isoformat(timespec="microseconds"),
                "driver": event.driver,
                **({} if driver is None or driver.host is None else {"host": driver.host}),
                "state": str(event.state),
                "phase": event.phase,
                "mark": None if event.mark is None else str(event.mark),
                "reason": event.reason,
            }
        )

    def run_ended(self, report: Report) -> None:
        """Write the report."""
        self._write(report_document(report))

    def _write(self, document: Json) -> None:
        self._write_line(json.dumps(document, ensure_ascii=True, separators=(", ", ": ")))


def report_document(report: Report) -> Json:
    """Return a report as JSON values."""
    return {
        "schema": "tierdeps/report/1",
        "ok": report.ok,
        "engine": report.engine,
        "digest": report.digest,
        "interrupted": report.interrupted,
        "problem": report.problem,
        "problems": list(report.plan.problems),
        "seconds": round(report.seconds, 6),
        "root_causes": [outcome.driver for outcome in report.root_causes],
        "notes": list(report.notes),
        "outcomes": [_outcome(outcome, report.plan) for outcome in report.outcomes],
    }


def _outcome(outcome: Outcome, plan: Plan) -> Json:
    driver = plan.drivers[outcome.driver]
    return {
        "driver": outcome.driver,
        **({} if driver.host is None else {"host": driver.host}),
        **({"milestone": True} if plan.is_milestone(driver) else {}),
        "state": str(outcome.state),
        "reason": outcome.reason,
        "degraded": outcome.degraded,
        "cause": list(outcome.cause),
        "begun": outcome.begun,
        "ignored": outcome.ignored,
        "seconds": round(outcome.seconds, 6),
        "phases": {phase: round(seconds, 6) for phase, seconds in zip(driver.phases, outcome.timings, strict=False)},
        "stopped": outcome.stopped,
        "stop_error": outcome.stop_error,
        "stragglers": list(outcome.stragglers),
    }

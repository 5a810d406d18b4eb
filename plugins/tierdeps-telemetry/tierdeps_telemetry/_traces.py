"""A run as a trace: a span for each phase, with links to the spans of the steps that it waited for."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Status, StatusCode, set_span_in_context

from tierdeps import Reporter, RunError, State, StepEvent
from tierdeps_telemetry._files import FileExporter

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, SpanContext

    from tierdeps import Event, Plan, Report

UP = (State.READY, State.ADOPTED)
#: How long the end of a run waits until the last spans are exported: an endpoint that does not answer delays no stop.
FLUSH_S = 2.0


class TraceReporter(Reporter):
    """Makes the spans of a run; a span is exported once it has ended."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._plan: Plan | None = None
        #: When the run started, in nanoseconds since the epoch: events count from there.
        self._epoch_ns = 0
        self._open: dict[tuple[str, str], Span] = {}
        self._ended: dict[tuple[str, str], SpanContext] = {}
        self._states: dict[str, State] = {}

    def run_started(self, plan: Plan) -> None:
        """Open the span of the run. Raises RunError where a file cannot be written."""
        if isinstance(self._exporter, FileExporter):
            self._exporter.create()
        self._epoch_ns = time_ns()
        self._plan = plan
        resource = Resource.create({"service.name": "tierdeps"})  # OTEL_SERVICE_NAME and the like override it
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("tierdeps")
        counts = {"tierdeps.drivers": len(plan.drivers), "tierdeps.tiers": len(plan.tiers)}
        self._run = self._tracer.start_span("run", start_time=self._epoch_ns, attributes=counts)
        self._context: Context = set_span_in_context(self._run)

    def plan_changed(self, plan: Plan) -> None:
        """Go over to another plan."""
        self._plan = plan
        self._run.add_event("plan changed", {"tierdeps.drivers": len(plan.drivers)}, time_ns())

    def event(self, event: Event) -> None:
        """Open or end a span, or note what happened in one."""
        if event.mark is None:
            self._move(event)
        elif event.state in UP:
            self._note(self._run, event, f"{event.driver} {event.mark}")
        elif event.phase is not None:
            self._step(event, event.phase)

    def start_ended(self, report: Report) -> None:
        """Note in the span of the run that the start, or a reload, is over."""
        self._run.add_event("start ended", {"tierdeps.ready": report.ready}, time_ns())

    def run_ended(self, report: Report) -> None:
        """End the span of the run, and export what is left."""
        now = self._epoch_ns + int(report.seconds * 1e9)
        for span in self._open.values():
            span.end(now)
        if not report.ok:
            causes = "; ".join(f"{outcome.driver}: {outcome.reason}" for outcome in report.root_causes)
            self._run.set_status(Status(StatusCode.ERROR, report.problem or causes))
        self._run.end(now)
        self._provider.force_flush(int(FLUSH_S * 1000))
        if isinstance(self._exporter, FileExporter) and self._exporter.problem is not None:
            raise RunError(self._exporter.problem)

    def _step(self, event: Event, phase: str) -> None:
        key = event.driver, phase
        if event.mark is StepEvent.STARTED:
            if key not in self._open:  # else it is another attempt: one span has them all
                self._open[key] = self._span(event, phase)
        elif event.mark is StepEvent.RETRIED:
            if key in self._open:
                self._note(self._open[key], event, "retry")
        else:
            self._end(key, event, failed=event.mark is StepEvent.FAILED)

    def _move(self, event: Event) -> None:
        before = self._states.get(event.driver)
        self._states[event.driver] = event.state
        stop = event.driver, "stop"
        if event.state is State.STOPPING:
            self._open[stop] = self._span(event, "stop")
        elif stop in self._open and event.state in (State.STOPPED, State.FAILED):
            self._end(stop, event, failed=event.state is State.FAILED)
        elif event.state is State.FAILED and before in UP:
            self._note(self._run, event, f"{event.driver} lost")

    def _span(self, event: Event, phase: str) -> Span:
        driver = None if self._plan is None else self._plan.drivers.get(event.driver)
        attributes = {"tierdeps.driver": event.driver, "tierdeps.phase": phase}
        links = []
        if driver is not None:
            attributes["tierdeps.tier"] = driver.tier
            waits = driver.waits[driver.phases.index(phase)] if phase in driver.phases else ()
            steps = ((wait, self._ended.get((wait.step.driver, wait.step.phase))) for wait in waits)
            links = [Link(context, {"tierdeps.kind": str(wait.kind)}) for wait, context in steps if context is not None]
        return self._tracer.start_span(
            f"{event.driver}:{phase}", self._context, links=links, attributes=attributes, start_time=self._at(event)
        )

    def _end(self, key: tuple[str, str], event: Event, *, failed: bool) -> None:
        span = self._open.pop(key, None)
        if span is not None:
            if failed:
                span.set_status(Status(StatusCode.ERROR, event.reason))
            span.end(self._at(event))
            self._ended[key] = span.get_span_context()

    def _note(self, span: Span, event: Event, name: str) -> None:
        span.add_event(name, {"tierdeps.reason": event.reason} if event.reason else {}, self._at(event))

    def _at(self, event: Event) -> int:
        return self._epoch_ns + int(event.at * 1e9)

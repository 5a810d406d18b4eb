"""The metrics of a run, and the endpoint at which Prometheus reads them."""

from __future__ import annotations

from collections import Counter, defaultdict
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from tierdeps import Reporter, RunError, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from tierdeps import Event, Plan, Report
    from tierdeps_telemetry._settings import Address

UP = (State.READY, State.ADOPTED)


class RunMetrics(Collector):
    """What a run did so far; it is updated in one thread and read in others."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tiers: dict[str, str] = {}
        self._states: dict[str, State] = {}
        self._losses: Counter[str] = Counter()
        self._restarts: Counter[str] = Counter()
        self._retries: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[tuple[str, str], float] = {}
        self._waits: defaultdict[str, float] = defaultdict(float)
        self._started: dict[str, float] = {}
        #: Since when a driver waits: since the start, or since its last phase was done.
        self._idle: dict[str, float] = {}
        self._start_seconds: float | None = None
        self._is_complete = False

    def use_plan(self, plan: Plan) -> None:
        """Go over to a plan; drivers that it does not have are forgotten."""
        with self._lock:
            self._tiers = {driver.name: driver.tier for driver in plan}
            self._states = {name: self._states.get(name, State.PENDING) for name in self._tiers}

    def add(self, event: Event) -> None:
        """Count an event."""
        with self._lock:
            if event.mark is None:
                self._move(event)
            elif event.state in UP:
                self._restarts[event.driver] += event.mark is StepEvent.RETRIED
            elif event.phase is not None:
                self._step(event, event.phase)

    def end_start(self, report: Report) -> None:
        """Record how the start, or a reload, ended."""
        with self._lock:
            self._is_complete = report.ready
            if self._start_seconds is None:
                self._start_seconds = report.seconds

    def _move(self, event: Event) -> None:
        before = self._states.get(event.driver, State.PENDING)
        if before in UP and event.state is State.FAILED:
            self._losses[event.driver] += 1
        if event.state is State.STARTING and before in (State.STOPPED, State.FAILED, State.STOPPING):
            self._restarts[event.driver] += 1
            self._waits.pop(event.driver, None)
            self._idle[event.driver] = event.at
        if event.driver in self._tiers:
            self._states[event.driver] = event.state

    def _step(self, event: Event, phase: str) -> None:
        if event.mark is StepEvent.STARTED and event.driver not in self._started:
            self._waits[event.driver] += event.at - self._idle.get(event.driver, 0.0)
            self._started[event.driver] = event.at
        elif event.mark is StepEvent.RETRIED:
            self._retries[event.driver, phase] += 1
        elif event.mark is not StepEvent.STARTED and event.driver in self._started:
            self._seconds[event.driver, phase] = event.at - self._started.pop(event.driver)
            self._idle[event.driver] = event.at

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        with self._lock:
            yield from self._gauges()
            yield from self._counters()

    def _gauges(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("tierdeps_driver_up", "1 while a driver is ready, else 0.", labels=("driver", "tier"))
        state = GaugeMetricFamily(
            "tierdeps_driver_state", "1 for the state that a driver is in.", labels=("driver", "tier", "state")
        )
        for name, tier in self._tiers.items():
            up.add_metric((name, tier), self._states[name] in UP)
            state.add_metric((name, tier, str(self._states[name])), 1)
        counts = Counter(self._states.values())
        drivers = GaugeMetricFamily("tierdeps_drivers", "Drivers in each state.", labels=("state",))
        for each in State:
            drivers.add_metric((str(each),), counts[each])
        phases = GaugeMetricFamily(
            "tierdeps_phase_seconds", "How long a phase took when it last ran.", labels=("driver", "phase")
        )
        for key, seconds in self._seconds.items():
            phases.add_metric(key, seconds)
        waits = GaugeMetricFamily(
            "tierdeps_driver_wait_seconds", "How long a driver waited for others in its last start.", labels=("driver",)
        )
        for name, seconds in self._waits.items():
            waits.add_metric((name,), seconds)
        complete = GaugeMetricFamily(
            "tierdeps_start_complete", "1 once all drivers became ready, else 0.", value=float(self._is_complete)
        )
        yield from (up, state, drivers, phases, waits, complete)
        if self._start_seconds is not None:
            yield GaugeMetricFamily("tierdeps_start_seconds", "How long the start took.", value=self._start_seconds)

    def _counters(self) -> Iterator[Metric]:
        losses = CounterMetricFamily(
            "tierdeps_driver_losses", "How often a driver that was up was lost.", labels=("driver",)
        )
        restarts = CounterMetricFamily(
            "tierdeps_driver_restarts", "How often a driver was restarted after it had been ready.", labels=("driver",)
        )
        for name in self._tiers:
            losses.add_metric((name,), self._losses[name])
            restarts.add_metric((name,), self._restarts[name])
        retries = CounterMetricFamily(
            "tierdeps_phase_retries", "How often a phase was tried again.", labels=("driver", "phase")
        )
        for key, count in self._retries.items():
            retries.add_metric(key, count)
        yield from (losses, restarts, retries)


class MetricsReporter(Reporter):
    """Serves the metrics of a run over HTTP from its start to its end."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.metrics: RunMetrics = RunMetrics()
        #: The port that is listened on; None while there is none.
        self.port: int | None = None

    def run_started(self, plan: Plan) -> None:
        """Open the endpoint. Raises RunError where that is not possible, for example because the port is taken."""
        self.metrics.use_plan(plan)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self.metrics)
        try:
            self._server, self._thread = start_http_server(self._address.port, self._address.host, registry)
        except OSError as error:
            raise RunError(f"tierdeps-telemetry cannot serve metrics at {self._address}: {error.strerror}") from None
        self.port = self._server.server_port

    def plan_changed(self, plan: Plan) -> None:
        """Go over to another plan."""
        self.metrics.use_plan(plan)

    def event(self, event: Event) -> None:
        """Count an event."""
        self.metrics.add(event)

    def start_ended(self, report: Report) -> None:
        """Record how the start ended."""
        self.metrics.end_start(report)

    def run_ended(self, report: Report) -> None:
        """Close the endpoint."""
        del report
        if self.port is not None:
            self.port = None
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

"""Metrics and traces of runs, on the virtual clock; the endpoint is a real one."""

from __future__ import annotations

import asyncio
import json
import stat
from typing import TYPE_CHECKING, ClassVar
from urllib.request import urlopen

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from tierdeps import (
    DeclarationError,
    DependencyGraph,
    Driver,
    Executor,
    Lifecycle,
    Policy,
    RunError,
    Settings,
    requires,
)
from tierdeps.testing import run_virtually
from tierdeps_telemetry import tierdeps_reporters
from tierdeps_telemetry._files import FileExporter
from tierdeps_telemetry._metrics import MetricsReporter
from tierdeps_telemetry._settings import Address, Telemetry
from tierdeps_telemetry._traces import TraceReporter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from tierdeps import Context, Report, Reporter


def use(telemetry: object) -> Settings:
    return Settings(defaults={"telemetry": telemetry})


class Slow(Lifecycle):
    """Takes 2 s to start and 1 s to stop."""

    contexts: ClassVar[dict[str, Context]] = {}

    async def start(self, context: Context) -> None:
        self.contexts[context.driver] = context
        await asyncio.sleep(2)

    async def stop(self, context: Context) -> None:
        await asyncio.sleep(1)


class Flaky(Slow):
    """Fails twice."""

    failures = 0

    async def start(self, context: Context) -> None:
        type(self).failures += 1
        if self.failures <= 2:
            raise OSError("no pool")
        await super().start(context)


class Broken(Lifecycle):
    async def start(self, context: Context) -> None:
        raise OSError("no disk")


def play(reporter: Reporter, steps: Callable[[Executor], Coroutine[None, None, None]], *drivers: Driver) -> Report:
    """Run drivers: the start, the steps and the stop."""
    plan = DependencyGraph(drivers or (Driver("net", lifecycle=Slow), disk(Slow))).collapse()

    async def main() -> Report:
        executor = Executor(plan, reporters=(reporter,))
        await executor.start()
        await steps(executor)
        return await executor.stop()

    return run_virtually(main())


def disk(lifecycle: type[Lifecycle], *, retries: int = 0) -> Driver:
    return Driver("disk", dependencies=(requires("net"),), lifecycle=lifecycle, policy=Policy(retries=retries))


def scrape(reporter: MetricsReporter) -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{reporter.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def metrics() -> MetricsReporter:
    return MetricsReporter(Address("127.0.0.1", 0))


async def nothing(executor: Executor) -> None:
    """Stop at once."""


def test_metrics_show_states_times_and_waits_while_drivers_are_up() -> None:
    reporter, seen = metrics(), {}

    async def steps(executor: Executor) -> None:
        seen.update(scrape(reporter))

    play(reporter, steps)
    assert seen['tierdeps_driver_up{driver="disk",tier="default"}'] == 1
    assert seen['tierdeps_driver_state{driver="net",state="ready",tier="default"}'] == 1
    assert seen['tierdeps_drivers{state="ready"}'] == 2
    assert seen['tierdeps_drivers{state="failed"}'] == 0
    assert seen['tierdeps_phase_seconds{driver="disk",phase="start"}'] == pytest.approx(2)
    assert seen['tierdeps_driver_wait_seconds{driver="net"}'] == pytest.approx(0)
    assert seen['tierdeps_driver_wait_seconds{driver="disk"}'] == pytest.approx(2)
    assert seen["tierdeps_start_seconds"] == pytest.approx(4)
    assert seen["tierdeps_start_complete"] == 1
    assert seen['tierdeps_driver_losses_total{driver="disk"}'] == 0
    assert reporter.port is None, "the endpoint is closed with the run"


def test_losses_are_counted_and_the_driver_is_down() -> None:
    reporter, seen = metrics(), {}

    async def steps(executor: Executor) -> None:
        Slow.contexts["net"].lost("the cable is out")
        await asyncio.sleep(0.5)
        seen.update(scrape(reporter))

    play(reporter, steps)
    assert seen['tierdeps_driver_losses_total{driver="net"}'] == 1
    assert seen['tierdeps_driver_up{driver="net",tier="default"}'] == 0


def test_retries_are_counted() -> None:
    reporter, seen = metrics(), {}
    Flaky.failures = 0

    async def steps(executor: Executor) -> None:
        seen.update(scrape(reporter))

    play(reporter, steps, Driver("net"), disk(Flaky, retries=3))
    assert seen['tierdeps_phase_retries_total{driver="disk",phase="start"}'] == 2
    assert seen['tierdeps_driver_wait_seconds{driver="disk"}'] == pytest.approx(0, abs=0.01)


def test_a_taken_port_is_a_note_and_the_run_goes_on() -> None:
    first = metrics()
    reports, ports = [], []

    async def steps(executor: Executor) -> None:
        assert first.port is not None
        ports.append(first.port)
        plan = DependencyGraph([Driver("a")]).collapse()
        second = Executor(plan, reporters=(MetricsReporter(Address("127.0.0.1", first.port)),))
        await second.start()
        reports.append(await second.stop())

    play(first, steps)
    assert reports[0].ok
    assert f"tierdeps-telemetry cannot serve metrics at 127.0.0.1:{ports[0]}: Address" in reports[0].notes[0]
    assert "raised" not in reports[0].notes[0]


def spans(
    drivers: tuple[Driver, ...] = (), steps: Callable[[Executor], Coroutine[None, None, None]] = nothing
) -> dict[str, ReadableSpan]:
    """Return the spans of a run by name."""
    exporter = InMemorySpanExporter()
    play(TraceReporter(exporter), steps, *drivers)
    return {span.name: span for span in exporter.get_finished_spans()}


def seconds(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


def test_a_run_is_a_trace_whose_phases_link_to_what_they_waited_for() -> None:
    found = spans()
    assert set(found) == {"run", "net:start", "disk:start", "net:stop", "disk:stop"}
    run, net, disk_ = found["run"], found["net:start"], found["disk:start"]
    assert {span.context.trace_id for span in found.values()} == {run.context.trace_id}
    assert all(span.parent == run.context for name, span in found.items() if name != "run")
    assert [link.context for link in disk_.links] == [net.context]
    assert disk_.links[0].attributes == {"tierdeps.kind": "requires"}
    assert not net.links
    assert (seconds(net), seconds(disk_), seconds(found["disk:stop"]), seconds(run)) == pytest.approx((2, 2, 1, 6))
    assert disk_.start_time == net.end_time
    assert disk_.attributes == {"tierdeps.driver": "disk", "tierdeps.phase": "start", "tierdeps.tier": "default"}
    assert run.attributes == {"tierdeps.drivers": 2, "tierdeps.tiers": 1}


def test_what_fails_is_an_error_with_its_reason() -> None:
    found = spans((Driver("net"), disk(Broken)))
    failed = found["disk:start"].status
    assert (failed.status_code, failed.description) == (StatusCode.ERROR, "OSError: no disk")
    assert found["run"].status.status_code is StatusCode.ERROR
    assert "disk: OSError: no disk" in (found["run"].status.description or "")


def test_retries_and_losses_are_events() -> None:
    Flaky.failures = 0

    async def steps(executor: Executor) -> None:
        Slow.contexts["disk"].lost("gone")
        await asyncio.sleep(5)

    found = spans((Driver("net"), disk(Flaky, retries=3)), steps)
    assert [event.name for event in found["disk:start"].events] == ["retry", "retry"]
    lost = next(event for event in found["run"].events if event.name == "disk lost")
    assert lost.attributes == {"tierdeps.reason": "gone"}


def test_an_interrupted_start_leaves_no_span_open() -> None:
    exporter = InMemorySpanExporter()
    plan = DependencyGraph([Driver("net", lifecycle=Slow)]).collapse()

    async def main() -> None:
        executor = Executor(plan, reporters=(TraceReporter(exporter),))
        starting = asyncio.ensure_future(executor.start())
        await asyncio.sleep(1)
        await executor.stop()
        await starting

    run_virtually(main())
    assert {"run", "net:start"} <= {span.name for span in exporter.get_finished_spans()}


def test_spans_in_a_file_are_lines_that_only_the_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    reporters = tierdeps_reporters(use({"traces": f"file:{file}"}))
    play(reporters[0], nothing)
    names = [json.loads(line)["name"] for line in file.read_text().splitlines()]
    assert sorted(names) == ["disk:start", "disk:stop", "net:start", "net:stop", "run"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_a_note_and_the_run_goes_on(tmp_path: Path) -> None:
    report = play(TraceReporter(FileExporter(tmp_path / "nowhere" / "x")), nothing)
    assert report.ok
    why = f"tierdeps-telemetry cannot write traces to {tmp_path}/nowhere/x: No such file or directory"
    assert report.notes == (f"the reporter TraceReporter: {why}; it receives no more events",)


def test_a_file_that_cannot_be_written_any_more_is_an_error_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "x"
    reporter = TraceReporter(FileExporter(file))
    plan = DependencyGraph([Driver("a")]).collapse()

    async def main() -> None:
        executor = Executor(plan)
        report = await executor.start()
        reporter.run_started(plan)
        file.unlink()
        file.mkdir()
        with pytest.raises(RunError, match=f"cannot write traces to {file}: Is a directory"):
            reporter.run_ended(report)
        await executor.stop()

    run_virtually(main())


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"the keys of \[defaults.telemetry\].*metrics or traces.*tracs"):
        tierdeps_reporters(use({"tracs": "otlp", "metrics": "127.0.0.1:1"}))


def test_otlp_is_what_the_extra_installs() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    assert type(Telemetry(traces="otlp").exporter()).__name__ == "OTLPSpanExporter"


def test_nothing_is_reported_before_it_is_configured() -> None:
    assert tierdeps_reporters(Settings()) == ()
    assert tierdeps_reporters(use({})) == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8", "[::1]"])
def test_metrics_are_served_on_the_loopback(host: str) -> None:
    found = Telemetry.of(use({"metrics": f"{host}:9464"})).metrics
    assert found == Address(host.strip("[]"), 9464)


@pytest.mark.parametrize(
    "telemetry",
    [
        "metrics",
        {"metric": "127.0.0.1:1"},
        {"metrics": "0.0.0.0:9464"},
        {"metrics": ":9464"},
        {"metrics": "example.org:9464"},
        {"metrics": "127.0.0.1"},
        {"metrics": "127.0.0.1:65536"},
        {"metrics": "127.0.0.1:-1"},
        {"metrics": 9464},
        {"traces": "file:"},
        {"traces": "zipkin"},
        {"traces": True},
    ],
)
def test_a_wrong_setting_is_an_error_that_names_it(telemetry: object) -> None:
    with pytest.raises(DeclarationError, match=r"\[defaults.telemetry\]"):
        tierdeps_reporters(use(telemetry))

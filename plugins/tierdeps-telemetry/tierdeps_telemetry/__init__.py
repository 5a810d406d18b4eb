"""Reporters for tierdeps: metrics for Prometheus, and traces for OpenTelemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import hookimpl

if TYPE_CHECKING:
    from tierdeps import Reporter, Settings

__version__ = "0.1.0"


@hookimpl
def tierdeps_reporters(settings: Settings) -> tuple[Reporter, ...]:
    """Return the reporters that ``[defaults.telemetry]`` of the settings configures."""
    from tierdeps_telemetry._settings import Telemetry

    telemetry = Telemetry.of(settings)
    found: list[Reporter] = []
    if telemetry.metrics is not None:
        from tierdeps_telemetry._metrics import MetricsReporter

        found.append(MetricsReporter(telemetry.metrics))
    if telemetry.traces is not None:
        from tierdeps_telemetry._traces import TraceReporter

        found.append(TraceReporter(telemetry.exporter()))
    return tuple(found)

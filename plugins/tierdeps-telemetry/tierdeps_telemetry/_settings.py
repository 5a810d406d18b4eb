"""``[defaults.telemetry]`` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from tierdeps import DeclarationError, Value

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

    from tierdeps import Settings

OTLP, FILE = "otlp", "file:"
KEYS = ("metrics", "traces")
MAX_PORT = 65535


class Address(NamedTuple):
    """An address of the loopback interface; port 0 is a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as it is written in an URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Telemetry(Value):
    """Where metrics are served, and where traces go; None for neither."""

    metrics: Address | None = None
    traces: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say. Raises DeclarationError for a value that cannot be."""
        table = settings.defaults.get("telemetry", {})
        if not isinstance(table, Mapping):
            raise DeclarationError("[defaults.telemetry]", "a table with metrics and traces", table)
        if unknown := sorted({*table} - {*KEYS}):
            raise DeclarationError("the keys of [defaults.telemetry]", " or ".join(KEYS), ", ".join(unknown))
        metrics, traces = table.get("metrics"), table.get("traces")
        return cls(None if metrics is None else _address(metrics), None if traces is None else _traces(traces))

    def exporter(self) -> SpanExporter:
        """Return what exports spans. Raises DeclarationError where the extra is not installed."""
        if self.traces is not None and self.traces.startswith(FILE):
            from tierdeps_telemetry._files import FileExporter

            return FileExporter(Path(self.traces.removeprefix(FILE)))
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError:
            raise DeclarationError(
                "traces in [defaults.telemetry]", "pip install 'tierdeps-telemetry[otlp]' first", self.traces
            ) from None
        return OTLPSpanExporter()


def _address(text: object) -> Address:
    """Return an address; other hosts than this one must not read what runs here without authentication."""
    host, colon, port = str(text).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if isinstance(text, str) and colon and port.isascii() and port.isdecimal() and int(port) <= MAX_PORT:
        try:
            is_loopback = ip_address("127.0.0.1" if host == "localhost" else host).is_loopback
        except ValueError:
            is_loopback = False
        if is_loopback:
            return Address(host, int(port))
    raise DeclarationError("metrics in [defaults.telemetry]", 'an address of the loopback, "127.0.0.1:9464"', text)


def _traces(text: object) -> str:
    if isinstance(text, str) and (text == OTLP or (text.startswith(FILE) and text != FILE)):
        return text
    raise DeclarationError("traces in [defaults.telemetry]", f'"{OTLP}" or "{FILE}FILE"', text)

"""Spans in a file: a line of JSON each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tierdeps import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan


class FileExporter(SpanExporter):
    """Appends spans to a file, which only its owner may read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        #: Why spans could not be written, if so.
        self.problem: str | None = None

    def create(self) -> None:
        """Create the file, if need be. Raises RunError where it cannot be written."""
        try:
            os.close(self._open())
        except OSError as error:
            raise RunError(self._sentence(error)) from None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append spans; what cannot be written is lost, and the run goes on."""
        text = "".join(f"{span.to_json(indent=None)}\n" for span in spans)
        try:
            with open(self._open(), "a", encoding="utf-8") as file:  # noqa: PTH123  a number
                file.write(text)
        except OSError as error:
            self.problem = self._sentence(error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def _open(self) -> int:
        return os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _sentence(self, error: OSError) -> str:
        return f"tierdeps-telemetry cannot write traces to {self._file}: {error.strerror}"

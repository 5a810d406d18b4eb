"""Tracebacks alone, for where nobody else says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.reporters import Reporter
from tierdeps.words.report import traceback_lines

if TYPE_CHECKING:
    from collections.abc import Callable


class TracebackReporter(Reporter):
    """Says where drivers raised exceptions, and nothing else."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def raised(self, driver: str, traceback: str) -> None:
        """Say it."""
        for line in traceback_lines(driver, traceback):
            self._say(line)

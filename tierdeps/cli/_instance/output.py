"""What processes say, on the standard error: each line behind the name of its driver."""

from __future__ import annotations

import sys
from contextlib import suppress
from logging import ERROR, INFO, Handler, getLogger
from typing import TYPE_CHECKING

import click

from tierdeps.words.printable import printable

if TYPE_CHECKING:
    from logging import LogRecord

    from tierdeps.cli._session import Session

#: As it stands in tierdeps.processes.output, which is not imported for a graph without processes.
LOGGER = "tierdeps.output"
#: Drivers get them in turn.
COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_cyan", "bright_yellow", "bright_green")


class _Prefixed(Handler):
    """Prints a line as ``web | line``."""

    def __init__(self, *, color: bool) -> None:
        super().__init__()
        self._color = color
        self._names: dict[str, str] = {}

    def emit(self, record: LogRecord) -> None:
        """Print a line, as long as somebody reads."""
        with suppress(OSError):
            click.echo(f"{self._prefix(record.name)} | {record.getMessage()}", err=True, color=self._color)

    def _prefix(self, logger: str) -> str:
        found = self._names.get(logger)
        if found is None:
            name = printable(logger.removeprefix(f"{LOGGER}."))
            colour = COLOURS[len(self._names) % len(COLOURS)]
            found = self._names[logger] = click.style(name, fg=colour) if self._color else name
        return found


def show_output(session: Session) -> None:
    """Show what processes say from now on, unless all is to be quiet."""
    logger = getLogger(LOGGER)
    logger.propagate = False
    logger.setLevel(ERROR if session.quiet else INFO)
    logger.handlers[:] = [_Prefixed(color=session.view(sys.stderr).color)]

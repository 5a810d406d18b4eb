"""What processes and drivers say, on the side: each line behind the name of who says it."""

from __future__ import annotations

import sys
from logging import ERROR, INFO, Formatter, Handler, getLogger
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable

if TYPE_CHECKING:
    from logging import LogRecord

    from tierdeps.cli._session import Session

#: As it stands in tierdeps.processes.output, which is not imported for a graph without processes.
LOGGER = "tierdeps.output"
#: Drivers get them in turn.
COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_cyan", "bright_yellow", "bright_green")


class Spoken(Handler):
    """Says on the side what drivers log; not past the session, which knows what else is on the screen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setFormatter(Formatter("%(name)s: %(message)s"))

    def emit(self, record: LogRecord) -> None:
        """Say it, line by line."""
        self._session.say("\n".join(map(printable, self._text(record).splitlines())))

    def _text(self, record: LogRecord) -> str:
        """Return a record as text; of one whose arguments do not fit its message, that message and where it is."""
        try:
            return self.format(record)
        except Exception as error:  # noqa: BLE001  a library's mistake: to log is never what fails a driver
            problem = f"[{type(error).__name__} in the logging call at {record.pathname}:{record.lineno}]"
            return f"{record.name}: {record.msg if isinstance(record.msg, str) else ''} {problem}"


class _Prefixed(Handler):
    """Says a line as ``web | line``."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._color = session.view(sys.stderr).color
        self._names: dict[str, str] = {}

    def emit(self, record: LogRecord) -> None:
        """Say a line."""
        self._session.say(f"{self._prefix(record.name)} | {record.getMessage()}")

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
    logger.handlers[:] = [_Prefixed(session)]

"""Who is told how a run goes: the reporters of ``start``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._session import Session
    from tierdeps.reporters import Reporter


def teller(session: Session, manner: Manner) -> Reporter:
    """Return the reporter of the answer."""
    if manner.dry_run and manner.format_name == "text":
        from tierdeps.reporters.lines import DryReporter

        return DryReporter(click.echo)
    on_terminal = sys.stdout.isatty() and not session.verbose and manner.detached is None
    if on_terminal and manner.format_name == "text":
        from time import monotonic

        from rich.console import Console

        from tierdeps.reporters.terminal import TerminalReporter

        return TerminalReporter(Console(highlight=False, no_color=not session.view().color), monotonic)
    return line_teller(click.echo, manner.format_name, verbose=session.verbose)


def line_teller(say: Callable[[str], None], format_name: str, *, verbose: bool) -> Reporter:
    """Return a reporter that says line after line."""
    if format_name == "json":
        from tierdeps.reporters.json_lines import JsonLineReporter

        return JsonLineReporter(say)
    from tierdeps.reporters.lines import LineReporter

    return LineReporter(say, verbose=verbose)


def log_drivers(session: Session) -> None:
    """Show what drivers log, on the standard error: what they say of themselves, and what goes wrong elsewhere."""
    import logging

    from tierdeps.cli._instance.output import show_output
    from tierdeps.words.printable import printable

    class Lines(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return "\n".join(printable(line) for line in super().format(record).splitlines())

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines("%(name)s: %(message)s"))
    level = logging.DEBUG if session.verbose else logging.ERROR if session.quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("tierdeps.driver").setLevel(min(level, logging.INFO) if not session.quiet else level)
    show_output(session)

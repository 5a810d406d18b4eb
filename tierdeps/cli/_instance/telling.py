"""Who is told how a run goes: the reporters of ``start``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tierdeps.cli._answer import ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._session import Session
    from tierdeps.reporters import Reporter


def teller(session: Session, manner: Manner) -> Reporter:
    """Return the reporter of the answer; where it draws, what the session says on the side goes through it."""
    if manner.dry_run and manner.format_name == "text":
        from tierdeps.reporters.lines import DryReporter

        return DryReporter(ANSWER.echo)
    on_terminal = ANSWER.stream.isatty() and not session.verbose and manner.detached is None
    if on_terminal and manner.format_name == "text":
        from time import monotonic

        from rich.console import Console

        from tierdeps.reporters.terminal import TerminalReporter

        console = Console(file=ANSWER.stream, highlight=False, no_color=not session.view().color)
        terminal = TerminalReporter(console, monotonic)
        if sys.stderr.isatty():
            session.say = terminal.say
        return terminal
    return line_teller(ANSWER.echo, manner.format_name, verbose=session.verbose)


def traceback_teller(session: Session, manner: Manner) -> tuple[Reporter, ...]:
    """Return who tells of tracebacks where the reporter of the answer does not: in the log, and beside JSON."""
    from tierdeps.reporters.tracebacks import TracebackReporter

    beside = (TracebackReporter(session.talk),) if session.verbose and manner.format_name == "json" else ()
    detached = manner.detached
    if detached is None:
        return beside
    # Once the caller has gone, what is told there comes to the log too.
    log = TracebackReporter(lambda line: None if session.verbose and detached.is_over else detached.log(line))
    return (log, *beside)


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

    from tierdeps.cli._instance.output import Spoken, show_output

    level = logging.DEBUG if session.verbose else logging.ERROR if session.quiet else logging.WARNING
    logging.basicConfig(level=level, handlers=[Spoken(session)])
    logging.getLogger("asyncio").setLevel(max(level, logging.INFO))  # which selector it uses is of no interest
    logging.getLogger("tierdeps.driver").setLevel(min(level, logging.INFO) if not session.quiet else level)
    show_output(session)

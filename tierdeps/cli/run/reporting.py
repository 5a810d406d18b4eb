"""The reporters of ``start``."""

from __future__ import annotations

import sys
from contextlib import nullcontext, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps.cli.output.answer import ANSWER
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from tierdeps.cli._session import Session
    from tierdeps.cli.run.options import StartOptions
    from tierdeps.model import Event, Plan, Report

NOTHING: Mapping[str, float] = MappingProxyType({})


def draws_picture(session: Session, options: StartOptions) -> bool:
    """Return whether the answer is a picture on a terminal."""
    on_terminal = ANSWER.stream.isatty() and not session.verbose and options.caller is None
    return on_terminal and options.format_name == "text"


def answer_reporter(
    session: Session, options: StartOptions, durations: Mapping[str, float] = NOTHING, *, dry: bool = False
) -> Reporter:
    """Return the reporter that prints the answer; ``dry`` for an engine that does nothing.

    One that draws on a terminal also replaces ``session.write``: lines written past it would garble the picture.
    ``durations`` are those of earlier runs, by which it says how long a start will take.
    """
    if dry and options.format_name == "text":
        from tierdeps.reporters.lines import DryRunReporter

        return DryRunReporter(ANSWER.echo)
    if draws_picture(session, options):
        return _terminal_reporter(session, durations)
    return line_reporter(ANSWER.echo, options.format_name, verbose=session.verbose, quiet=session.quiet)


def _terminal_reporter(session: Session, durations: Mapping[str, float]) -> Reporter:
    from time import monotonic

    from rich.console import Console

    from tierdeps.analysis.expected_start import expected_seconds
    from tierdeps.cli.run.job_control import is_foreground
    from tierdeps.reporters.terminal import TerminalReporter

    console = Console(file=ANSWER.stream, highlight=False, color_system="auto" if session.view().color else None)
    number = ANSWER.stream.fileno()
    terminal = TerminalReporter(
        console,
        monotonic,
        expected=lambda plan: expected_seconds(plan, durations) if durations else None,
        is_foreground=lambda: is_foreground(number),
    )
    if sys.stderr.isatty():
        session.write = terminal.write
    return terminal


def job_control(reporter: Reporter) -> AbstractContextManager[object]:
    """Return what hides the picture of a reporter while the job is stopped; of one that draws none, nothing."""
    from tierdeps.cli.run.job_control import JobControl
    from tierdeps.reporters.terminal import TerminalReporter

    return JobControl(reporter) if isinstance(reporter, TerminalReporter) else nullcontext()


def traceback_reporters(session: Session, options: StartOptions) -> tuple[Reporter, ...]:
    """Return the reporters of tracebacks, where the answer has none: in the log, and beside JSON."""
    from tierdeps.reporters.lines import TracebackReporter

    beside = (TracebackReporter(session.info),) if session.verbose and options.format_name == "json" else ()
    caller = options.caller
    if caller is None:
        return beside
    # Once the caller has exited, its output goes to the log too: then --verbose would print them there twice.
    log = TracebackReporter(lambda line: None if session.verbose and caller.is_released else caller.log(line))
    return (log, *beside)


def line_reporter(
    write: Callable[[str], None],
    format_name: str,
    *,
    verbose: bool,
    quiet: bool = False,
    came_up: bool = False,
    known_notes: tuple[str, ...] = (),
) -> Reporter:
    """Return a reporter that writes lines, in text or JSON; in text ``quiet`` omits all but the report.

    ``came_up`` says whether the run was started with success before, and ``known_notes`` are its notes of then.
    """
    if format_name == "json":
        from tierdeps.reporters.json_lines import JsonLineReporter

        return JsonLineReporter(write)
    from tierdeps.reporters.lines import LineReporter

    return LineReporter(write, verbose=verbose, quiet=quiet, came_up=came_up, known_notes=known_notes)


class ReporterMux(Reporter):
    """Passes a run's events on to listeners that come and go; ``on_start`` is called when the run starts."""

    def __init__(self, on_start: Callable[[], None] = lambda: None) -> None:
        self._on_start = on_start
        self._plan: Plan | None = None
        self._listeners: list[Reporter] = []

    def add(self, listener: Reporter) -> None:
        """Add a listener; the plan that runs is reported to it first."""
        self._listeners.append(listener)
        if self._plan is not None:
            listener.run_started(self._plan)

    def remove(self, listener: Reporter) -> None:
        """Remove a listener, if it is one."""
        with suppress(ValueError):
            self._listeners.remove(listener)

    def run_started(self, plan: Plan) -> None:
        """Pass it on, and call ``on_start``."""
        self._plan = plan
        self._each(lambda listener: listener.run_started(plan))
        self._on_start()

    def event(self, event: Event) -> None:
        """Pass it on."""
        self._each(lambda listener: listener.event(event))

    def raised(self, driver: str, traceback: str) -> None:
        """Pass it on."""
        self._each(lambda listener: listener.raised(driver, traceback))

    def start_ended(self, report: Report) -> None:
        """Pass it on."""
        self._each(lambda listener: listener.start_ended(report))

    def plan_changed(self, plan: Plan) -> None:
        """Pass it on."""
        self._plan = plan
        self._each(lambda listener: listener.plan_changed(plan))

    def run_ended(self, report: Report) -> None:
        """Pass it on."""
        self._each(lambda listener: listener.run_ended(report))

    def _each(self, call: Callable[[Reporter], None]) -> None:
        for listener in tuple(self._listeners):  # a listener may be removed while it is called
            call(listener)


class ConsoleSink:
    """The replies of a reload that a signal requested, on the standard error; its events are printed anyway."""

    wants_events = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, text: str) -> None:
        """Print a line of the answer; the standard output is that of ``start``."""
        self._session.info(text)

    def info(self, text: str) -> None:
        """Print a line unless ``--quiet`` hides it."""
        self._session.info(text)

    def error(self, text: str) -> None:
        """Print a line in any case."""
        self._session.error([text])

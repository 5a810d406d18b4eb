"""``tierdeps start``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tierdeps.cli._complete import driver_names
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session, Wanted

if TYPE_CHECKING:
    from tierdeps.reporters import Reporter

SECONDS = click.FloatRange(min=0, min_open=True, max=31_622_400)


@click.command("start")
@graph_options
@click.option("--once", is_flag=True, help="Start, report and stop.")
@click.option("--leave-running", "leave", is_flag=True, help="Start, report and exit; stop nothing.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Start only this driver and what it needs.",
    shell_complete=driver_names,
)
@click.option(
    "--on-failure",
    type=click.Choice(["abort", "isolate", "ignore"]),
    default="abort",
    show_default=True,
    help="What the failure of a driver does to the others.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Start at most N drivers at a time.")
@click.option("--timeout", type=SECONDS, default=90, show_default=True, metavar="S", help="For each phase.")
@click.option("--stop-timeout", type=SECONDS, default=30, show_default=True, metavar="S", help="For each stop.")
@click.option("--deadline", type=SECONDS, default=1800, show_default=True, metavar="S", help="For the whole run.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: an event a line, the report last.",
)
@session_options
def command(
    session: Session,
    wanted: Wanted,
    once: bool,
    leave: bool,
    dry_run: bool,
    targets: tuple[str, ...],
    on_failure: str,
    jobs: int | None,
    timeout: float,
    stop_timeout: float,
    deadline: float,
    format_name: str,
) -> None:
    """Start everything, stay until SIGTERM or Ctrl-C, then stop it in reverse."""
    if once and leave:
        raise click.UsageError("--once stops what --leave-running would leave; choose one of them")
    graph = session.graph(wanted)
    session.refuse_errors(graph)
    plan = graph.collapse()
    from tierdeps.cli._live import Manner, run
    from tierdeps.engines import dry_run as dry
    from tierdeps.engines import local
    from tierdeps.executor import Executor, aimed

    executor = Executor(
        aimed(plan, targets) if targets else plan,
        engine=dry.ENGINE if dry_run else local.ENGINE,
        reporters=(_reporter(session, format_name, dry_run=dry_run), *_strangers(session)),
        settings=session.settings,
        on_failure=on_failure,
        jobs=jobs,
        timeout=timeout,
        stop_timeout=stop_timeout,
        deadline=deadline,
    )
    _log(session)
    run(session, executor, Manner(once, leave or dry_run))


def _reporter(session: Session, format_name: str, *, dry_run: bool) -> Reporter:
    if format_name == "json":
        from tierdeps.reporters.json_lines import JsonLineReporter

        return JsonLineReporter(click.echo)
    from tierdeps.reporters.lines import DryReporter, LineReporter

    if dry_run:
        return DryReporter(click.echo)
    if sys.stdout.isatty() and not session.verbose:
        from time import monotonic

        from rich.console import Console

        from tierdeps.reporters.terminal import TerminalReporter

        return TerminalReporter(Console(highlight=False, no_color=not session.view().color), monotonic)
    return LineReporter(click.echo, verbose=session.verbose)


def _strangers(session: Session) -> list[Reporter]:
    """Return the reporters that plugins bring; one that cannot even be made is left out."""
    return list(session.manager.reporters())


def _log(session: Session) -> None:
    """Show what drivers log, on the standard error."""
    import logging

    level = logging.DEBUG if session.verbose else logging.ERROR if session.quiet else logging.WARNING
    logging.basicConfig(level=level, format="%(name)s: %(message)s", stream=sys.stderr)

"""Show the current or last run: what is up and what is waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._help import Command
from tierdeps.cli._options import instance_argument, json_option, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import fitted
from tierdeps.cli.run import EXIT_FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.journal import Journal, RunRecord
    from tierdeps.journal.orphaned import LeftProcess

#: The maximal number of drivers that are listed without ``--all``; further ones are counted.
MAX_DRIVERS_SHOWN = 20


@click.command(
    "status",
    cls=Command,
    examples=(
        ("tierdeps status", "Show the instance that runs, or the one that ran last."),
        ("tierdeps status --watch graph.toml", "Keep showing the state until the run ends."),
    ),
)
@instance_argument
@click.option("--all", "every", is_flag=True, help="Show all drivers, not only those that are not up.")
@click.option("--list", "listed", is_flag=True, help="List the last run of each instance.")
@click.option("--watch", is_flag=True, help="Keep showing changes until the run is over.")
@json_option("Output format; json with --watch prints one document per line, for each change.")
@session_options
def command(
    session: Session, graphs: tuple[str, ...], every: bool, listed: bool, watch: bool, format_name: str
) -> None:
    """Show the current or last run: what is up and what is waiting.

    Exits 4 if the run failed or was killed, and 2 if nothing has been started yet.
    """
    from tierdeps.journal import Journal

    with Journal.open(readonly=True) as journal:
        if listed:
            if watch or graphs or every:
                raise click.UsageError("--list shows all instances and takes no GRAPH, --all or --watch")
            _list(session, journal, format_name)
        else:
            _status(session, journal, graphs, every=every, watched=watch, as_json=format_name == "json")


def _status(
    session: Session, journal: Journal, graphs: tuple[str, ...], *, every: bool, watched: bool, as_json: bool
) -> None:
    from tierdeps.cli.run.instances import chosen_run
    from tierdeps.journal.status import status_of

    run = chosen_run(session, journal, graphs)
    if watched:
        from tierdeps.cli.run.watch import watch

        run = watch(session, journal, run, as_json=as_json)
    status = status_of(
        run,
        every=every or as_json,
        limit=None if every or as_json else MAX_DRIVERS_SHOWN,
        left=() if run.alive else _left(run),
    )
    if not watched:
        if as_json:
            from tierdeps.formats.status import render_json as render

            _show(session, render(status, session.view()))
        else:  # without importing formats: this is called often
            from tierdeps.journal.text import status_lines

            _show(session, fitted(status_lines(status, session.palette()), ANSWER.stream))
    if status.failed:
        raise click.exceptions.Exit(EXIT_FAILED)


def _left(run: RunRecord) -> tuple[LeftProcess, ...]:
    """Return the processes that runs of this run's instance left."""
    from tierdeps.processes.leftovers import left_processes

    return left_processes(run.info.instance, search=run.killed and run.info.mode == "leave-running")


def _list(session: Session, journal: Journal, format_name: str) -> None:
    if format_name == "json":
        from tierdeps.formats.instances import render_json as render
    else:
        from tierdeps.formats.instances import render_text as render
    lines = render(journal.instances(), session.view())
    _show(session, lines if format_name == "json" else fitted(lines, ANSWER.stream))


def _show(session: Session, lines: Iterable[str]) -> None:
    session.show("".join(f"{line}\n" for line in lines))

"""Show what drivers printed and logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import file_names
from tierdeps.cli._help import Command
from tierdeps.cli._options import json_option, run_option, session_options
from tierdeps.cli._session import Session
from tierdeps.cli._times import MOMENT

if TYPE_CHECKING:
    from tierdeps.journal import Journal, RunRecord

#: How many lines of each driver are shown before those that follow.
LAST_BEFORE_NEW = 10


@click.command(
    "logs",
    cls=Command,
    examples=(
        ("tierdeps logs", "Show what the drivers printed in the current or last run."),
        ("tierdeps logs web -f", "Show the last lines of one driver, and new ones until the run ends."),
        ("tierdeps logs web db --since 10m", "Show two drivers together, the last ten minutes."),
        ("tierdeps logs --run 2", "Show the run before the last one."),
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines until the run ends.")
@click.option(
    "--lines",
    "-n",
    "last",
    type=click.IntRange(min=0),
    metavar="N",
    help="Show the last N lines of each driver [default: all; with --follow: 10].",
)
@click.option(
    "--since",
    type=MOMENT,
    metavar="TIME",
    help="Show lines from that time on: 2026-11-30T09:00, or how long ago, such as 90s or 1h30m.",
)
@run_option("run")
@click.option("--timestamps", "-t", is_flag=True, help="Show the time of each line.")
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="GRAPH",
    shell_complete=file_names,
    help="The graph that the run was started from; may be repeated.",
)
@json_option("Output format; json prints an object for each line.")
@session_options
def command(
    session: Session,
    names: tuple[str, ...],
    follow: bool,
    last: int | None,
    since: float | None,
    number: int,
    timestamps: bool,
    graphs: tuple[str, ...],
    format_name: str,
) -> None:
    """Show what drivers printed and logged.

    Without a NAME, all drivers are shown, each line behind the name of its driver. The run is the current or last one
    of these GRAPHs; without a GRAPH, of any. Exits 2 if the logs of that run have been removed.
    """
    from tierdeps.cli.run.log_view import LogView, show_log
    from tierdeps.journal import Journal
    from tierdeps.processes.open_files import raise_limit

    if last is None and since is None and follow:
        last = LAST_BEFORE_NEW
    raise_limit()
    with Journal.open(readonly=True) as journal:
        run = _run(session, journal, graphs, number)
        view = LogView(as_json=format_name == "json", timestamps=timestamps)
        show_log(session, journal, run, names, view, last=last, since=since, follow=follow)


def _run(session: Session, journal: Journal, graphs: tuple[str, ...], number: int) -> RunRecord:
    from tierdeps.cli.run.instances import chosen_run, earlier_run

    latest = chosen_run(session, journal, graphs)
    if number == 1:
        return latest
    run = earlier_run(journal, latest, number)
    _refuse_removed(session, run, number)
    return run


def _refuse_removed(session: Session, run: RunRecord, number: int) -> None:
    """Raise UsageError for a run whose logs are removed by now."""
    from tierdeps.driver_logs.folders import run_folder
    from tierdeps.driver_logs.prune import is_pruned
    from tierdeps.words.sentences import counted

    info, settings = run.info, session.settings
    name = run_folder(info.instance, info.began_at, info.pid)
    leaves = run.alive or info.mode == "leave-running"  # what its processes wrote is elsewhere
    if not leaves and is_pruned(name, settings.log_runs, settings.log_days, run.ended_at or info.began_at):
        kept = f"{counted(settings.log_runs, 'start')} that printed anything, for {counted(settings.log_days, 'day')}"
        raise click.UsageError(
            f"the logs of start {number} of {info.title} have been removed: kept are those of the last {kept}"
            " (log_runs and log_days in the settings)"
        )

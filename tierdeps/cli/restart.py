"""Restart single drivers of a running instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import driver_names, file_names
from tierdeps.cli._drivers import dependents_option, perform
from tierdeps.cli._help import Command
from tierdeps.cli._options import deadline_option, json_option, session_options

if TYPE_CHECKING:
    from tierdeps.cli._drivers import Format
    from tierdeps.cli._session import Session


@click.command(
    "restart",
    cls=Command,
    examples=(
        ("tierdeps restart web", "Restart web in the only instance that runs."),
        ("tierdeps restart --dry-run db --graph graph.toml", "Show what would be restarted with db."),
    ),
)
@click.argument("drivers", nargs=-1, required=True, metavar="NAME...", shell_complete=driver_names)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="GRAPH",
    shell_complete=file_names,
    help="Graph that the instance was started from; may be repeated [default: the only instance that runs].",
)
@dependents_option
@click.option("--dry-run", is_flag=True, help="Show what would be done, without doing it.")
@deadline_option
@json_option("Output format; json prints one event per line, then the result.")
@session_options
def command(
    session: Session,
    drivers: tuple[str, ...],
    graphs: tuple[str, ...],
    dependents: bool | None,
    dry_run: bool,
    deadline: float,
    format_name: Format,
) -> None:
    """Restart single drivers of a running instance.

    They are stopped and started again, with the drivers whose dependency on them says so (on_restart; by default what
    requires them), in order; all others go on undisturbed. A driver that was lost or stopped is started, with what it
    requires and what was stopped because of it. Exits 4 if a driver does not come up again; the run goes on.
    """
    perform(
        session,
        graphs,
        "restart",
        drivers,
        dependents=dependents,
        deadline=deadline,
        format_name=format_name,
        dry_run=dry_run,
    )

"""Apply changes of the graph and the settings to a running instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from tierdeps.cli._drivers import driver_option, perform
from tierdeps.cli._help import Command
from tierdeps.cli._options import deadline_option, instance_argument, json_option, session_options
from tierdeps.cli._session import Session

if TYPE_CHECKING:
    from typing import NoReturn

    from tierdeps.control.messages import Reload

Format = Literal["text", "json"]


@click.command(
    "reload",
    cls=Command,
    examples=(
        ("tierdeps reload graph.toml", "Apply the changes of graph.toml to the instance that runs it."),
        ("tierdeps reload --dry-run graph.toml", "Show what would be stopped and started."),
        ("tierdeps reload --driver web", "Run the reload_command of web, and leave everything else alone."),
    ),
)
@instance_argument
@click.option("--dry-run", is_flag=True, help="Show what would be done, without doing it.")
@click.option(
    "--allow-empty", is_flag=True, help="Accept a graph that starts no driver: everything that runs is stopped."
)
@driver_option("reload")
@deadline_option
@json_option("Output format; json prints one event per line, then the result.")
@session_options
def command(
    session: Session,
    graphs: tuple[str, ...],
    dry_run: bool,
    allow_empty: bool,
    drivers: tuple[str, ...],
    deadline: float,
    format_name: Format,
) -> None:
    """Apply changes of the graph and the settings to a running instance.

    The instance is the one that was started from these GRAPHs; without a GRAPH, the only one that runs. Drivers that
    were removed or changed are stopped together with what requires them, new ones are started, all others go on
    undisturbed. If the new graph has errors, nothing is done; if it does not come up, the old one is restored.

    If the start was killed, and workers of a fleet hold its drivers, another start in the background continues with
    them.

    With --driver, no file is read: only these drivers reload, a process by its reload_command. One that fails to reload
    goes on as it was.
    """
    if drivers:
        if allow_empty:
            raise click.UsageError("--driver reloads drivers that run, to which --allow-empty does not apply")
        perform(
            session,
            graphs,
            "reload",
            drivers,
            dependents=None,
            deadline=deadline,
            format_name=format_name,
            dry_run=dry_run,
        )
    from tierdeps.cli.run.held import held_run, take_over_in_background
    from tierdeps.control.messages import Reload

    held = held_run(graphs)
    if held is not None:
        take_over_in_background(session, held, dry_run=dry_run)
    _reload(session, graphs, Reload(format_name, session.verbose, dry_run, allow_empty, session.quiet), deadline)


def _reload(session: Session, graphs: tuple[str, ...], request: Reload, deadline: float) -> NoReturn:
    """Have the running instance reload, and exit. Raises RunError."""
    from tierdeps.cli.run.client import send_request
    from tierdeps.cli.run.instances import running_instance
    from tierdeps.errors import DeadlineExceeded, RunError

    run = running_instance(graphs)
    try:
        code = send_request(session, run, request, deadline)
    except DeadlineExceeded:
        raise RunError(
            f"{run.info.title}, process {run.info.pid}, did not reload within {deadline:g} s, and is still reloading;"
            " tierdeps status shows what it waits for"
        ) from None
    if code is None:
        raise RunError(f"process {run.info.pid} ended before it reported the result of the reload; see tierdeps status")
    raise click.exceptions.Exit(code)

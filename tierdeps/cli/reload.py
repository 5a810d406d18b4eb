"""Have a running instance read its graph and settings again, and become what they say."""

from __future__ import annotations

from typing import Literal

import click

from tierdeps.cli._completion import file_names
from tierdeps.cli._options import SECONDS, session_options
from tierdeps.cli._session import Session

Format = Literal["text", "json"]


@click.command("reload")
@click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--allow-empty", is_flag=True, help="A graph that brings no driver up is fine; what runs is stopped.")
@click.option("--deadline", type=SECONDS, default=1800, show_default=True, metavar="S", help="How long to wait.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: an event a line, and what came out last.",
)
@session_options
def command(
    session: Session,
    graphs: tuple[str, ...],
    dry_run: bool,
    allow_empty: bool,
    deadline: float,
    format_name: Format,
) -> None:
    """Have a running instance read its graph and settings again, and become what they say.

    It is the one that was started from these GRAPHs, or without one the only one that runs. What went or changed
    is stopped, with all that requires it, and what is new is started; the rest is not touched. Where the new graph has
    errors, or nothing to start, nothing is done, and where it does not come up the old one is restored.
    """
    from tierdeps.cli.run.client import send_request
    from tierdeps.cli.run.instances import running_instance
    from tierdeps.control.messages import Reload
    from tierdeps.errors import DeadlineExceeded, RunError

    run = running_instance(graphs)
    try:
        code = send_request(session, run, Reload(format_name, session.verbose, dry_run, allow_empty), deadline)
    except DeadlineExceeded:
        raise RunError(
            f"{run.info.title}, process {run.info.pid}, did not reload within {deadline:g} s, and goes on with it;"
            " what it waits for is told by tierdeps status"
        ) from None
    if code is None:
        raise RunError(f"process {run.info.pid} ended before it said how the reload went; see tierdeps status")
    raise click.exceptions.Exit(code)

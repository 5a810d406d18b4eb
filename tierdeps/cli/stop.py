"""Stop a running instance in reverse, and wait until it is over."""

from __future__ import annotations

from typing import Literal

import click

from tierdeps.cli._completion import file_names
from tierdeps.cli._options import SECONDS, events_option, session_options
from tierdeps.cli._session import Session

Format = Literal["text", "json"]


@click.command("stop")
@click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)
@click.option("--fast", is_flag=True, help="Wait for nothing longer than a second.")
@click.option(
    "--left", is_flag=True, help="Stop the processes that an earlier start with --leave-running left; nothing else."
)
@click.option("--deadline", type=SECONDS, default=1800, show_default=True, metavar="S", help="How long to wait.")
@events_option
@session_options
def command(
    session: Session, graphs: tuple[str, ...], fast: bool, left: bool, deadline: float, format_name: Format
) -> None:
    """Stop a running instance in reverse, and wait until it is over.

    It is the one that was started from these GRAPHs, or without one the only one that runs. With --left it is what an
    earlier start left: processes that are known to be its own by when they started, and by the marks that they bear.
    """
    if left:
        from tierdeps.cli.run.leftovers import stop_left

        raise click.exceptions.Exit(stop_left(session, graphs, deadline, format_name, fast=fast))
    from tierdeps.cli.run.client import stop_instance
    from tierdeps.cli.run.instances import running_instance
    from tierdeps.control.client import ProcessHandle
    from tierdeps.control.messages import FastStop, Stop
    from tierdeps.errors import DeadlineExceeded, RunError

    run = running_instance(graphs)
    request = (FastStop if fast else Stop)(format_name, session.verbose)
    with ProcessHandle(run.info.pid, run.info.started) as process:
        try:
            code = stop_instance(session, run, process, request, deadline)
        except DeadlineExceeded:
            raise RunError(
                f"{run.info.title}, process {run.info.pid}, did not stop within {deadline:g} s, and goes on stopping;"
                " what it waits for is told by tierdeps status, and tierdeps stop --fast waits for nothing"
            ) from None
    raise click.exceptions.Exit(code)
